"""People are erased from everything a workspace holds, others keep all of theirs, and no load brings anybody back."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from pathlib import Path

import duckdb
import pytest

from include.actions.decided import DECIDED
from include.actions.ledger import LEDGER, ActionLedger
from include.privacy import erase as erasing
from include.privacy.detector import find_values
from include.privacy.erase import erase_people
from include.privacy.export import export_person
from include.privacy.people import UnknownPerson, find_people
from include.privacy.values import Values
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from tests.load.conftest import Company

DECLARATION = """
source: shop
timezone: Europe/Berlin
currency: EUR
tables:
  people:
    files: people*.csv.gz
    format: csv
    key: id
    entities:
      customers:
        columns: {customer_key: id, email: mail, phone: tel, full_name: name, created_at: at}
  orders:
    files: orders*.csv
    format: csv
    skip_lines: [2, ^Total]
    key: id
    entities:
      orders:
        columns: {order_key: id, customer_key: who, ordered_at: at, amount: amount}
  notes:
    files: notes*.jsonl
    format: jsonl
    key: id
    entities:
      feedback:
        columns: {feedback_key: id, customer_key: who, written_at: at, feedback_text: said}
  points:
    files: points*.parquet
    format: parquet
    key: id
    entities:
      points:
        columns: {points_entry_key: id, customer_key: who, kind: {constant: earned}, points: n, booked_at: at}
"""
ADDRESSES = {n: f"person{n}@mail.example" for n in range(30)}
NUMBERS = {n: f"+49 30 9{n:06}" for n in range(30)}
GONE = range(0, 30, 3)
THEIRS = Values.of(
    [ADDRESSES[n] for n in GONE],
    [NUMBERS[n] for n in GONE],
    [f"Ada Quill{n}x" for n in GONE],
    [f"K{n:06}" for n in GONE],
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop's files and its home, loaded and published once for all tests."""
    folder = tmp_path_factory.mktemp("erasing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        shop = _company(folder)
        shop.data.mkdir(parents=True)
        shop.declare(DECLARATION)
        _fill(shop)
    return folder


@pytest.fixture
def shop(loaded: Path, tmp_path: Path, home: Path) -> Company:
    """A copy of it of the test's own."""
    for part in ("home", "shop"):
        shutil.copytree(loaded / part, tmp_path / part, symlinks=True)
    return _company(tmp_path, batches=1)


def _company(folder: Path, batches: int = 0) -> Company:
    place = folder / "shop"
    return Company(Workspace("shop", (place / "shop.yml",), data=place / "data"), batches)


def _fill(shop: Company) -> None:
    people = "id,mail,tel,name,at\n" + "".join(
        f"K{n:06},{ADDRESSES[n]},{NUMBERS[n]},Ada Quill{n}x,2024-01-{n % 28 + 1:02}\n" for n in range(30)
    )
    people += f"K900000,{ADDRESSES[0]},broken,row\nK900001,{ADDRESSES[1]},broken,row\n"
    shop.write("people.csv.gz", gzip.compress(people.encode()))
    shop.write(
        "orders.csv",
        '"Orders of March\n\nid,who,at,amount,ship_to\n'
        + "".join(
            f'O{n},K{n % 30:06},2024-02-{n % 28 + 1:02},{n}.5,"Ada Quill{n % 30}x,\rHof,\nBerlin"\n' for n in range(90)
        )
        + "Total,90\n",
    )
    shop.write(
        "notes.jsonl",
        "".join(
            json.dumps(
                {"id": f"F{n}", "who": f"K{n:06}", "at": "2024-03-01", "said": f"call\u2028{NUMBERS[n]}"},
                ensure_ascii=False,
            )
            + "\n"
            for n in range(30)
        ),
    )
    duckdb.execute(
        "copy (select 'P' || n as id, 'K' || lpad(n::varchar, 6, '0') as who, n as n, timestamp '2024-03-02' as at "
        f"from range(30) t(n)) to '{shop.data / 'points.parquet'}' (format parquet)"
    )
    shop.load()
    with open_warehouse(shop.workspace) as connection:
        connection.execute(
            "create table core.fct_orders as select order_key as order_id, customer_id, amount from raw.orders "
            "join core.customer_xref using (source, customer_key)"
        )
        connection.execute(
            "create table marts.people as select customer_id, email, phone from raw.customers "
            "join core.customer_xref using (source, customer_key)"
        )
    _plant(shop.workspace)
    _publish(shop.workspace)


def _plant(workspace) -> None:
    """Values where they should never be, beside those of a person who stays."""
    (workspace.rebuildable / "logs").mkdir(parents=True)
    (workspace.rebuildable / "logs" / "task.log").write_text(f"said {ADDRESSES[0]}\nsaid {ADDRESSES[1]}\n")
    (workspace.rebuildable / "result.html").write_text(f"<b>{NUMBERS[3]}</b><b>{NUMBERS[4]}</b>")
    (workspace.kept / "pushes.jsonl").write_text("".join(f'{{"to": "{ADDRESSES[n]}"}}\n' for n in (0, 1)))
    ledger = ActionLedger(workspace.kept / LEDGER)
    with open_warehouse(workspace, read_only=True) as connection:
        ids = connection.execute("select customer_id from core.customer_xref order by customer_key").fetchall()
    blank = dict.fromkeys(DECIDED)
    rows = [
        blank | {"action_key": f"x{n}", "customer_id": one, "as_of_date": "2024-03-31"} for n, (one,) in enumerate(ids)
    ]
    ledger.note_batch("2024-03-31", "b1", None, [tuple(row.values()) for row in rows])
    ledger.close()
    with sqlite3.connect(workspace.kept / "mlflow.db") as connection:
        connection.execute("create table tags (v text)")
        connection.executemany("insert into tags values (?)", [(ADDRESSES[6],), (ADDRESSES[7],)])
    connection.close()


def _publish(workspace) -> None:
    """A version as publishing leaves one."""
    folder = workspace.versions / "b1"
    (folder / "parquet").mkdir(parents=True)
    with duckdb.connect(str(folder / "tierworks.duckdb")) as connection:
        connection.execute(f"attach '{workspace.warehouse}' as w (read_only)")
        connection.execute("create table people as from w.marts.people order by all")
        connection.execute("create table published_version (tables json)")
        connection.execute("insert into published_version values ('{}')")
        connection.execute(f"copy people to '{folder / 'parquet' / 'people.parquet'}' (format parquet)")
    record = dict.fromkeys(("build_id", "workspace", "policy_version", "code_version"), "x")
    record |= {"as_of_date": "2024-03-31", "published_at": "2024-04-01T00:00:00", "models": {}, "quality": {}}
    (folder / "version.json").write_text(json.dumps(record | {"tables": {"people": {"rows": 30, "digest": "x"}}}))
    for path in (p for p in folder.rglob("*") if p.is_file()):
        path.chmod(0o444)
    workspace.current.symlink_to(Path(workspace.versions.name) / "b1")


def _erase(shop, **options):
    asked = [f"shop:K{n:06}" for n in GONE]
    return erase_people(shop.workspace, asked, "Ann", "asked", progress=lambda line: None, **options)


def test_nothing_of_theirs_is_found_and_all_of_the_others_is_there(shop):
    before = {
        table: shop.rows(f"select count(*) from {table}")[0][0]
        for table in ("raw.orders", "raw.feedback", "raw.customers", "raw.points", "core.fct_orders", "marts.people")
    }
    others = shop.rows("select * exclude (_batch_id, _loaded_at) from raw.feedback order by feedback_key")
    assert find_values(shop.workspace.home, THEIRS) and find_values(shop.data, THEIRS)
    done = _erase(shop, landing=True)
    assert (done.found, done.beyond_reach) == ([], [])
    ours = frozenset({shop.workspace.kept / "erasures.jsonl"})
    assert find_values(shop.workspace.home, THEIRS, ours) == []
    assert find_values(shop.data, THEIRS) == []
    gone = {"raw.orders": 0, "core.fct_orders": 0}
    for table, rows in before.items():
        assert shop.rows(f"select count(*) from {table}") == [(rows - gone.get(table, 10),)], table
    assert shop.rows("select sum(amount)::double, count(customer_key) from raw.orders") == [(90 * 89 / 2 + 45, 60)]
    assert shop.rows("select count(*), count(customer_id) from core.fct_orders") == [(90, 60)]
    stays = [row for row in others if int(row[1][1:]) % 3]
    assert shop.rows("select * exclude (_batch_id, _loaded_at) from raw.feedback order by feedback_key") == stays
    assert shop.rows("select count(*) from ops.quarantine") == [(1,)]
    refused = (
        "select rows_quarantined, rows_read, rows_erased from ops.load_ledger where table_name = 'people' and kind = "
    )
    assert shop.rows(refused + "'load'") == [(1, 31, 1)], "what is erased is no row that was lost"
    log = (shop.workspace.rebuildable / "logs" / "task.log").read_text()
    assert log == f"said ***\nsaid {ADDRESSES[1]}\n"
    assert (shop.workspace.kept / "pushes.jsonl").read_text() == f'{{"to": "{ADDRESSES[1]}"}}\n'
    told = shop.rows("select count(*), min(length(person_hash)), max(values_found), max(keys_erased) from ops.erasures")
    assert told == [(10, 64, 0, 10)]
    with sqlite3.connect(shop.workspace.kept / LEDGER) as ledger:
        assert ledger.execute("select count(*), count(distinct customer_id) from actions").fetchone() == (20, 20)
    ledger.close()
    folder = shop.workspace.versions / "b1"
    assert json.loads((folder / "version.json").read_text())["tables"]["people"]["rows"] == 20
    assert duckdb.sql(f"select count(*) from '{folder}/parquet/people.parquet'").fetchone() == (20,)
    assert (folder / "tierworks.duckdb").stat().st_mode & 0o777 == 0o444


def test_no_load_brings_them_back(shop):
    content = {path: path.read_bytes() for path in shop.data.iterdir()}
    _erase(shop, landing=False)
    assert {path: path.read_bytes() for path in shop.data.iterdir()} == content
    kept = shop.rows("select * exclude (_batch_id, _loaded_at) from raw.orders order by all")
    shop.load(full_refresh=True)
    assert find_values(shop.workspace.home, THEIRS) == []
    assert shop.rows("select * exclude (_batch_id, _loaded_at) from raw.orders order by all") == kept
    ledger = (
        "select table_name, rows_read, rows_erased from ops.load_ledger where batch_id = 'batch-2' and kind = 'load'"
    )
    assert {table: (read, erased) for table, read, erased in shop.rows(ledger)} == {
        "people": (21, 11),
        "orders": (90, 0),
        "notes": (20, 10),
        "points": (20, 10),
    }


def test_a_rewritten_landing_file_loads_as_before_without_them(shop):
    _erase(shop, landing=True)
    kept = shop.rows("select * exclude (_batch_id, _loaded_at, _line) from raw.orders order by all")
    result = shop.load()
    assert shop.rows("select * exclude (_batch_id, _loaded_at, _line) from raw.orders order by all") == kept
    assert (result.total("rows_erased"), result.total("rows_accepted")) == (0, 0)


_SLOW = pytest.mark.verify


@pytest.mark.parametrize(
    "step",
    [
        "_raw",
        pytest.param("take_out", marks=_SLOW),
        "rewrite",
        pytest.param("_versions", marks=_SLOW),
        pytest.param("_files", marks=_SLOW),
        pytest.param("find_values", marks=_SLOW),
    ],
)
def test_killed_anywhere_the_next_call_completes_it(shop, monkeypatch, step):
    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erasing, step, die)
        with pytest.raises(KeyboardInterrupt):
            _erase(shop, landing=True)
    done = erase_people(shop.workspace, [], "Bob", "", progress=lambda line: None)
    assert len(done.log) == 10 and {one.asked_by for one in done.log} == {"Ann"}
    assert find_values(shop.workspace.home, THEIRS) == [] and find_values(shop.data, THEIRS) == []
    assert erase_people(shop.workspace, [], "Bob", "", progress=lambda line: None).log == []


def test_a_database_that_does_not_answer_is_told_and_leaves_the_erasure_open(shop, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", "postgresql://nobody:x@127.0.0.1:1/none")
    done = _erase(shop)
    assert done.found == [] and any("erase --resume" in message for message in done.beyond_reach)
    assert (shop.workspace.kept / "erasure_pending.json").stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("TIERWORKS_CONN_SERVING")
    done = erase_people(shop.workspace, [], "Bob", "", progress=lambda line: None)
    assert done.beyond_reach == [] and not (shop.workspace.kept / "erasure_pending.json").exists()
    assert shop.rows("select count(*), min(asked_by) from ops.erasures") == [(10, "Ann")]


def test_what_a_family_shares_stays_with_those_who_stay(shop):
    with open_warehouse(shop.workspace) as connection:
        connection.execute(f"update raw.customers set email = '{ADDRESSES[0]}' where customer_key = 'K000001'")
        people = find_people(connection, ["shop:K000000"])
    assert people.contacts == (NUMBERS[0],)


def test_nobody_is_not_erased(shop):
    with pytest.raises(UnknownPerson, match="K999999"):
        erase_people(shop.workspace, ["shop:K000000", "shop:K999999"], "Ann", "", progress=lambda line: None)
    assert shop.rows("select count(*) from raw.customers") == [(30,)]
    assert not (shop.workspace.kept / "erased.jsonl").exists()


def test_a_person_gets_all_of_theirs_and_nothing_of_others(shop, tmp_path):
    target = tmp_path / "person.zip"
    with open_warehouse(shop.workspace, read_only=True) as connection:
        manifest = export_person(shop.workspace, connection, ADDRESSES[4], target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert manifest["rows"] == {
        "landed/shop__people": 1,
        "landed/shop__orders": 3,
        "landed/shop__notes": 1,
        "landed/shop__points": 1,
        "contract/customers": 1,
        "contract/feedback": 1,
        "contract/orders": 3,
        "contract/points": 1,
        "warehouse/core.customer_xref": 1,
        "warehouse/core.fct_orders": 3,
        "warehouse/marts.people": 1,
        "kept/actions": 1,
    }
    assert find_values(target, Values.of([ADDRESSES[4]], [NUMBERS[4]]))
    assert not find_values(target, Values.of([ADDRESSES[n] for n in range(30) if n != 4]))


def test_the_keys_of_the_list_are_safe_and_its_loss_stops_a_load(shop):
    _erase(shop)
    for name in ("erased.jsonl", "erasure_key", "erasures.jsonl"):
        assert (shop.workspace.kept / name).stat().st_mode & 0o777 == 0o600
    (shop.workspace.kept / "erasure_key").unlink()
    with pytest.raises(ValueError, match="Restore it from a backup"):
        shop.load()
