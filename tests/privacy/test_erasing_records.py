"""What names nobody and belongs to an erased person's ticket or order goes with them, and no load brings it back."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import pytest

from include.load.quarantine_sheet import landed_columns, write_sheet
from include.load.replay import replay_workspace
from include.load.source_load import SourceLoader
from include.pipeline import steps
from include.privacy import erase as erasing
from include.privacy.detector import find_values
from include.privacy.erase import erase_people
from include.privacy.values import Values
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from tests.load.conftest import Company

# Answers are loaded before the tickets that they belong to, lines before their orders.
DECLARATION = """
source: shop
timezone: UTC
currency: EUR
tables:
  people:
    files: people*.csv
    format: csv
    key: id
    entities:
      customers:
        columns: {customer_key: id, created_at: at}
  answers:
    files: answers*.csv
    format: csv
    key: id
    entities:
      surveys:
        columns:
          survey_answer_key: id
          customer_key: who
          ticket_key: ticket
          order_key: order
          kind: {constant: csat}
          asked_at: at
          comment_text: said
  lines:
    files: lines*.csv
    format: csv
    key: id
    deletes: {tombstone: {column: gone}}
    entities:
      order_items:
        columns: {order_item_key: id, order_key: order, amount: n}
  tickets:
    files: tickets*.csv
    format: csv
    key: id
    entities:
      tickets:
        columns: {ticket_key: id, customer_key: who, order_key: order, opened_at: at, ticket_text: said}
  orders:
    files: orders*.csv
    format: csv
    key: id
    entities:
      orders:
        columns: {order_key: id, customer_key: who, ordered_at: at, amount: n, original_order_key: of}
"""
# What is A1's says hersNN, what stays says keptNN. T3 and T4 are nobody's, on an order of A1's and of B1's; R3 and R4
# are nobody's returns of them.
FILES = {
    "people": "id,at|A1,2024-01-01|B1,2024-01-02",
    "orders": "id,who,at,n,of,note|O1,A1,2024-02-01,10,,hers1|O2,B1,2024-02-02,20,,kept2|R3,,2024-02-03,-4,O1,hers3"
    "|R4,,2024-02-03,-5,O2,kept4",
    "lines": "id,order,n,engraving,gone|10,O1,6,hers10,|11,O1,4,,|12,O2,20,kept12,|13,R3,-4,hers13,|14,R4,-5,kept14,"
    "|17,O1,many,hers17,|18,O2,many,kept18,",
    "tickets": "id,who,order,at,said|T1,A1,,2024-03-01,hers31|T2,B1,,2024-03-01,kept32|T3,,O1,2024-03-01,hers33"
    "|T4,,O2,2024-03-01,kept34",
    "answers": "id,who,ticket,order,at,said"
    "|20,,T1,,2024-03-02,hers20|21,,T2,,2024-03-02,kept21|22,B1,T1,,2024-03-02,kept22|23,A1,,,2024-03-02,hers23"
    "|24,,T3,,2024-03-02,hers24|25,,,O1,2024-03-02,hers25|26,,,O2,2024-03-02,kept26|27,,T4,,2024-03-02,kept27"
    "|40,,T1,,never,hers40|41,,T2,,never,kept41|42,,T1,hers42|43,,T2,kept43|44,B1,T1,kept44",
}
# The same source, later: tickets of hers that no list can know, and what belongs to them.
LATER = {
    "answers_2": "id,who,ticket,order,at,said"
    "|50,,T1,,2024-04-02,hers50|51,,T8,,2024-04-02,hers51|52,,T9,,2024-04-02,hers52|53,,T2,,2024-04-02,kept53"
    "|54,B1,T9,,2024-04-02,kept54|55,,T8,,never,hers55|20,,,,2024-04-03,hers20|23,,,,2024-04-03,hers23",
    "tickets_2": "id,who,order,at,said|T8,A1,,2024-04-01,hers58|T9,,O1,2024-04-01,hers59|T1,,,2024-04-01,hers31",
    "lines_2": "id,order,n,engraving,gone|15,O1,0,hers15,|16,O2,0,kept16,|11,O1,4,,yes",
}
HERS = Values.of(words=[f"hers{n}" for n in range(100)])
ANSWERS = "select string_agg(id, ' ' order by id) from raw.shop__answers"


def _kept(texts: str) -> set[str]:
    return set(re.findall(r"kept\d+", texts))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        shop = _company(folder)
        shop.data.mkdir(parents=True)
        shop.declare(DECLARATION)
        _write(shop, FILES)
        shop.load()
        with open_warehouse(shop.workspace) as connection:
            connection.execute(
                "create table core.fct_surveys as select 'shop:' || survey_answer_key as survey_answer_id, "
                "'shop:' || ticket_key as ticket_id, customer_id "
                "from raw.surveys left join core.customer_xref using (source, customer_key)"
            )
    return folder


@pytest.fixture
def shop(loaded: Path, tmp_path: Path, home: Path) -> Company:
    for part in ("home", "shop"):
        shutil.copytree(loaded / part, tmp_path / part, symlinks=True)
    return _company(tmp_path, 1)


def _company(folder: Path, batches: int = 0) -> Company:
    place = folder / "shop"
    return Company(Workspace("shop", (place / "shop.yml",), data=place / "data"), batches)


def _write(shop: Company, files: dict[str, str]) -> None:
    for name, lines in files.items():
        shop.write(f"{name}.csv", lines.replace("|", "\n") + "\n")


def _erase(shop: Company, **options):
    return erase_people(shop.workspace, ["shop:A1"], "Ann", "asked", progress=lambda line: None, **options)


def _texts(shop: Company) -> str:
    """All that is landed, in the contract's tables or refused."""
    tables = ("raw.shop__answers", "raw.shop__lines", "raw.shop__tickets", "raw.shop__orders", "raw.surveys")
    tables += ("raw.tickets", "ops.quarantine")
    return "\n".join(row for one in tables for (row,) in shop.rows(f"select to_json(t)::varchar from {one} t"))


def _nothing_is_missing(shop: Company) -> None:
    """The ledger closes: what was refused is open or resolved, and what was read became something."""
    lost = "rows_read <> rows_accepted + rows_unchanged + rows_quarantined"
    assert shop.rows(f"from ops.load_ledger where {lost}") == []
    refused = "select batch_id, sum(rows_quarantined)::int from ops.load_ledger where kind = 'load' group by all"
    waiting = "select batch_id, count(*)::int from ops.quarantine group by all order by all"
    assert shop.rows(f"from ({refused}) t(b, n) where n > 0 order by all") == shop.rows(waiting)


def test_it_goes_from_everywhere_and_what_is_anybody_elses_stays(shop):
    kept = _kept(_texts(shop))
    assert kept == {f"kept{n}" for n in (2, 4, 12, 14, 18, 21, 22, 26, 27, 32, 34, 41, 43, 44)}
    assert find_values(shop.workspace.home, HERS)
    content = {path: path.read_bytes() for path in shop.data.iterdir()}
    done = _erase(shop)
    assert done.beyond_reach == []
    assert find_values(shop.workspace.home, HERS) == []
    assert _kept(_texts(shop)) == kept
    assert shop.rows(ANSWERS) == [("21 22 26 27",)]
    assert shop.rows("select string_agg(id, ' ' order by id) from raw.shop__tickets") == [("T2 T4",)]
    left = "select string_agg(survey_answer_id, ' ' order by survey_answer_id) from core.fct_surveys"
    assert shop.rows(left) == [("shop:21 shop:22 shop:26 shop:27",)]
    assert {path: path.read_bytes() for path in shop.data.iterdir()} == content
    _nothing_is_missing(shop)


def test_the_books_keep_their_rows_without_what_they_do_not_need(shop):
    books = shop.rows("select * exclude (note, who) from raw.shop__orders order by id")
    items = "select order_item_key, order_key, amount from raw.order_items order by all"
    lines = shop.rows(items)
    _erase(shop)
    for _ in range(2):
        left = shop.rows("select * exclude (note, who) from raw.shop__orders order by id")
        assert [row[:4] for row in left] == [row[:4] for row in books]
        assert shop.rows("select who, note from raw.shop__orders order by id") == [
            (None, None),
            ("B1", "kept2"),
            (None, None),
            ("", "kept4"),
        ]
        assert shop.rows(items) == lines
        refused = (
            "select json_extract_string(content, ['id', 'engraving']) from ops.quarantine where table_name = 'lines'"
        )
        assert shop.rows(f"{refused} and resolved_at is null order by line") == [(["17", None],), (["18", "kept18"],)]
        engraved = "select list(engraving order by id) from raw.shop__lines"
        assert shop.rows(engraved) == [([None, None, "kept12", None, "kept14"],)]
        shop.load(full_refresh=True)


def test_no_load_brings_it_back(shop):
    _erase(shop)
    kept = _kept(_texts(shop))
    shop.load(full_refresh=True)
    assert find_values(shop.workspace.home, HERS) == []
    assert _kept(_texts(shop)) == kept and shop.rows(ANSWERS) == [("21 22 26 27",)]
    ledger = "from ops.load_ledger where kind = 'load' and batch_id = 'batch-2'"
    told = shop.rows(f"select table_name, rows_read::int, rows_erased::int {ledger}")
    assert {table: counts for table, *counts in told} == {
        "people": [1, 1],
        "orders": [4, 0],
        "lines": [7, 0],
        "tickets": [2, 2],
        "answers": [7, 6],
    }
    _nothing_is_missing(shop)
    _write(shop, LATER)
    shop.load()
    assert "hers" not in _texts(shop)
    assert _kept(_texts(shop)) == kept | {"kept53", "kept54", "kept16"}
    assert shop.rows(ANSWERS) == [("21 22 26 27 53 54",)]
    later = "select order_item_key, order_key, amount::int from raw.order_items where order_item_key in ('11', '15')"
    assert shop.rows(later) == [("15", "O1", 0)], "the books lose what the source deletes, and nothing else"
    _nothing_is_missing(shop)


def test_what_came_before_its_ticket_goes_when_the_ticket_is_known(shop):
    _erase(shop)
    _write(shop, {"answers_2": LATER["answers_2"]})
    shop.load()
    assert shop.rows(ANSWERS) == [("21 22 26 27 51 52 53 54",)], "nobody can know yet whose they are"
    _write(shop, {"tickets_2": LATER["tickets_2"]})
    shop.load()
    assert shop.rows(ANSWERS) == [("21 22 26 27 53 54",)]
    assert "hers" not in _texts(shop)
    _nothing_is_missing(shop)


def test_landing_files_are_rewritten_without_it(shop):
    kept = {path.name: _kept(path.read_text()) for path in shop.data.iterdir()}
    done = _erase(shop, landing=True)
    assert (done.found, done.beyond_reach) == ([], [])
    assert find_values(shop.data, HERS) == []
    assert {path.name: _kept(path.read_text()) for path in shop.data.iterdir()} == kept
    rows = _texts(shop)
    result = shop.load(full_refresh=True)
    assert (result.total("rows_erased"), _kept(_texts(shop))) == (0, _kept(rows))
    assert shop.rows(ANSWERS) == [("21 22 26 27",)]


def test_a_ticket_that_is_somebody_elses_now_takes_nothing_along(shop):
    _erase(shop)
    _write(shop, {"tickets_2": "id,who,order,at,said|T1,B1,,2024-04-01,kept61"})
    shop.load()
    _write(shop, {"answers_2": "id,who,ticket,order,at,said|60,,T1,,2024-04-02,kept60"})
    shop.load()
    assert {"kept60", "kept61"} <= _kept(_texts(shop))


@pytest.mark.parametrize("step", ["cut_quarantine", pytest.param("cut_corrections", marks=pytest.mark.verify)])
def test_a_killed_erasure_is_completed(shop, monkeypatch, step):
    kept = _kept(_texts(shop))
    with monkeypatch.context() as patched:
        patched.setattr(erasing, step, _die)
        with pytest.raises(KeyboardInterrupt):
            _erase(shop)
    erase_people(shop.workspace, [], "Ann", "asked", progress=lambda line: None)
    assert find_values(shop.workspace.home, HERS) == []
    assert _kept(_texts(shop)) == kept
    _nothing_is_missing(shop)


def test_a_killed_load_leaves_it_to_the_next(shop, monkeypatch):
    _erase(shop)
    _write(shop, LATER)
    with monkeypatch.context() as patched:
        patched.setattr(SourceLoader, "cut_belonging", _die)
        with pytest.raises(KeyboardInterrupt):
            shop.load()
    assert "hers51" in _texts(shop)
    shop.load()
    assert shop.rows(ANSWERS) == [("21 22 26 27 53 54",)]
    assert "hers" not in _texts(shop)


def _die(*args, **kwargs):
    raise KeyboardInterrupt


def test_corrections_of_it_are_forgotten(shop, tmp_path):
    sheet = tmp_path / "sheet.csv"
    with open_warehouse(shop.workspace) as connection:
        columns = landed_columns(connection, "shop", "answers")
        write_sheet(connection, "shop", "answers", "content not like '%_text%'", columns, sheet)
        sheet.write_text(sheet.read_text().replace("never", "2024-03-05"))
        moment = datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)
        replay_workspace(shop.workspace, connection, "fix", moment, lambda line: None, sheet=sheet, corrected_by="Bea")
    corrected = f"from read_parquet('{shop.workspace.kept / 'corrections.parquet'}') select string_agg(content)"
    assert _kept(shop.rows(corrected)[0][0]) == {"kept41"} and "hers40" in shop.rows(corrected)[0][0]
    assert shop.rows(ANSWERS) == [("20 21 22 23 24 25 26 27 40 41",)]
    _erase(shop)
    assert find_values(shop.workspace.home, HERS) == []
    shop.load(full_refresh=True)
    assert find_values(shop.workspace.home, HERS) == []
    assert _kept(shop.rows(corrected)[0][0]) == {"kept41"}
    assert shop.rows(ANSWERS) == [("21 22 26 27 41",)]


@pytest.mark.verify
def test_the_next_build_is_without_it(shop):
    with open_warehouse(shop.workspace) as connection:
        connection.execute("drop table core.fct_surveys")
    shop.workspace.register()
    as_of = datetime.date(2024, 4, 30)
    told = "select string_agg(survey_answer_id, ' ' order by survey_answer_id) from core.fct_surveys"
    steps.build(shop.workspace, as_of, "core", progress=lambda line: None)
    assert shop.rows(told) == [("shop:20 shop:21 shop:22 shop:23 shop:24 shop:25 shop:26 shop:27",)]
    _erase(shop)
    _write(shop, LATER)
    for full_refresh in (False, True):
        shop.load(full_refresh=full_refresh)
        steps.build(shop.workspace, as_of, "core", progress=lambda line: None)
        assert shop.rows(told) == [("shop:21 shop:22 shop:26 shop:27 shop:53 shop:54",)]
        assert shop.rows("select string_agg(ticket_id, ' ' order by ticket_id) from core.fct_tickets") == [
            ("shop:T2 shop:T4",)
        ]
        assert "hers" not in _texts(shop)


def test_lines_that_came_before_their_order_wait_for_the_load_after_a_killed_one(shop, monkeypatch):
    """Lines are looked at only when something new is known, and a killed load knew it already."""
    _erase(shop)
    _write(shop, {"lines_2": "id,order,n,engraving,gone|15,O9,1,hers15,"})
    shop.load()
    _write(shop, {"orders_2": "id,who,at,n,of,note|O9,A1,2024-04-01,1,,hers9"})
    with monkeypatch.context() as patched:
        patched.setattr(SourceLoader, "cut_belonging", _die)
        with pytest.raises(KeyboardInterrupt):
            shop.load()
    assert "hers15" in _texts(shop)
    shop.load()
    assert "hers" not in _texts(shop)
    assert shop.rows("select amount::int from raw.order_items where order_key = 'O9'") == [(1,)]
    assert '"is_new"' not in (shop.workspace.kept / "erased.jsonl").read_text(), "it has been followed everywhere"


@pytest.mark.parametrize(
    ("mapped", "broken"),
    [("ticket_key: ticket", "surveys.ticket_key"), ("order_item_key: id", "order_items.order_item_key")],
)
def test_a_table_that_cannot_be_read_any_more_stops_no_other(shop, mapped, broken):
    """Of tables of the books the quarantine alone is looked at in every load."""
    _erase(shop)
    name, column = mapped.split(": ")
    shop.declare(DECLARATION.replace(mapped, f'{name}: {{expression: "{column} + 1"}}'))
    _write(shop, {"people_2": "id,at|C1,2024-04-01"})
    (message,) = shop.load_failing().messages
    assert f"{broken} cannot be computed" in message
    assert shop.rows("select count(*) from core.customer_xref where customer_key = 'C1'") == [(1,)]
