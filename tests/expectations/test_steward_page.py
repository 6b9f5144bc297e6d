"""What a steward sees, offline."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from expectations.checkpoint import QualityGateFailed, run_checkpoint
from expectations.results import QualityResult, create_quality_table, replace_results
from expectations.steward.health_by_build import remember_health
from expectations.steward.results import open_failures
from expectations.steward_page import forget_old_pages, write_steward_page
from include.warehouse.connection import open_warehouse
from tests.expectations.tiny_warehouse import BUILD, PERSON, corrupt

_START = datetime(2020, 3, 1)
# What makes a browser fetch something when the page opens.
_REQUEST = re.compile(r"<(script|link|img|iframe|object)\b|@import|url\(|https?://", re.IGNORECASE)


def _audit(connection, day: int, passed: bool, *others: str) -> None:
    """An audit of that day; rules of `others` fail."""
    results = [
        QualityResult(
            f"build{day:02}", "marts", "marts", table, "a_rule", None, "blocking", holds, f"{day} rows",
            None if holds else day, "why", _START + timedelta(days=day),
        )
        for table, holds in [("customer_tiers", passed), *((other, False) for other in others)]
    ]  # fmt: skip
    replace_results(connection, f"build{day:02}", "marts", results)


def test_a_failure_counts_from_the_first_audit_after_it_last_passed(workspace):
    with open_warehouse(workspace) as connection:
        for day, passed in enumerate([False, True, False, False]):
            _audit(connection, day, passed)
        (failure,) = open_failures(connection)
    assert (failure.since, failure.audits, failure.observed) == ("2020-03-03 00:00", 2, "3 rows")


def test_what_fails_is_told_with_its_owner_its_trend_and_what_to_do(workspace, tmp_path):
    manifest = tmp_path / "manifest.json"
    model = {"resource_type": "model", "schema": "marts", "alias": "customer_tiers", "group": "customer_value"}
    owner = {"name": "Customer <value>"}
    manifest.write_text(
        json.dumps({"nodes": {"m": model}, "groups": {"g": {"name": "customer_value", "owner": owner}}})
    )
    with open_warehouse(workspace) as connection:
        for day in range(2, 9):
            _audit(connection, day, day == 5, "nobodys")
        page = write_steward_page(workspace.quality, "tiny", connection, manifest).read_text()
    assert "Customer &lt;value&gt;" in page and "Data engineering" in page
    assert "rows: 4 → ? → 6 → 7 → 8" in page and "rows: 4 → 5 → 6 → 7 → 8" in page
    assert "build the marts again. Until then nothing is published." in page


def test_a_rule_that_never_passed_fails_since_its_first_audit(workspace):
    with open_warehouse(workspace) as connection:
        for day in range(3):
            _audit(connection, day, passed=False)
        (failure,) = open_failures(connection)
    assert (failure.since, failure.audits) == ("2020-03-01 00:00", 3)


def test_a_rule_that_passed_again_is_not_open(workspace):
    with open_warehouse(workspace) as connection:
        _audit(connection, 0, passed=False)
        _audit(connection, 1, passed=True)
        assert open_failures(connection) == []
        page = write_steward_page(workspace.quality, "tiny", connection).read_text()
    assert "Every rule holds in the latest audit of every layer." in page


def test_pages_open_without_a_request_and_link_to_pages_that_exist(workspace):
    corrupt(workspace, "update marts.customer_tiers set tier = 'copper'")
    for layer in ("raw", "marts"):
        try:
            run_checkpoint(workspace, layer, BUILD, progress=lambda _: None)
        except QualityGateFailed:
            assert layer == "marts"
    pages = list(workspace.quality.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        text = page.read_text()
        assert _REQUEST.search(text) is None, (page, _REQUEST.search(text))
        for link in re.findall(r'href="([^"#]+)"', text):
            assert (page.parent / link).is_file(), (page, link)
    failing = (workspace.quality / "data_docs" / BUILD / "marts" / "marts.customer_tiers.html").read_text()
    assert "tier_not_in_policy" in failing
    assert "3 unexpected rows" in failing


@pytest.mark.parametrize("kept", [1, 2])
def test_pages_of_old_builds_go_and_their_results_stay(workspace, kept):
    with open_warehouse(workspace) as connection:
        for day in range(3):
            _audit(connection, day, passed=True)
            (workspace.quality / "data_docs" / f"build{day:02}").mkdir(parents=True)
        forget_old_pages(workspace.quality, connection, kept_builds=kept)
        results = connection.execute("select count(distinct build_id) from ops.quality_results").fetchone()[0]
    left = sorted(path.name for path in (workspace.quality / "data_docs").iterdir())
    assert left == [f"build{day:02}" for day in range(3 - kept, 3)]
    assert results == 3


_QUARANTINE = """
create or replace table ops.quarantine as from ops.quarantine limit 0;
insert into ops.quarantine (source, table_name, file, line, batch_id, reasons, content, quarantined_at, row_id, since)
values ('shop', 'people', 'people.csv', 7, '2',
        [{'code': 'wrong_type', 'column': 'joined', 'reason': 'customers.created_at needs a timestamp'}],
        '{"joined":"anna.berg@example.com","phone":"+49 30 1234567","Größe":"x"}', '2020-03-06', 'r1', '2020-03-05'),
    ('shop', 'people', 'people.csv', 9, '2', [{'code': 'garbled', 'column': null, 'reason': 'quotes do not pair up'}],
        '{"_text":"Anna Berg;\\"1980"}', '2020-03-06', 'r2', '2020-03-06')
"""
_PAIR = """
create or replace table core.match_review as select 'm1' as pair_id, 0.84::double as probability,
    3.1::double as match_weight, 'c1' as customer_id_a, 'shop' as source_a, 'a' as customer_key_a,
    'c2' as customer_id_b, 'till' as source_b, 'b' as customer_key_b,
    [{'field': 'name', 'agreement': 'close', 'weight': 4.2, 'value_a': 'Anna Berg', 'value_b': 'Ana Berg'},
     {'field': 'email', 'agreement': 'equal', 'weight': null, 'value_a': $email, 'value_b': $email},
     {'field': 'phone', 'agreement': 'different', 'weight': -2.5, 'value_a': $phone, 'value_b': null},
     {'field': 'birth', 'agreement': 'equal', 'weight': 6.0, 'value_a': '1980-05-17', 'value_b': '1980-05-17'}]
        as evidence
"""


def _page(workspace, *statements: str) -> str:
    with open_warehouse(workspace) as connection:
        create_quality_table(connection)
        for statement in statements:
            used = {key: value for key, value in PERSON.items() if f"${key}" in statement}
            connection.execute(statement, used)
        return write_steward_page(workspace.quality, "tiny", connection).read_text(encoding="utf-8")


def test_refused_rows_are_shown_by_their_form_with_what_to_do(workspace):
    page = _page(workspace, _QUARANTINE)
    assert "<strong>2</strong> rows in quarantine" in page
    assert "customers.created_at needs a timestamp" in page and "2020-03-05 00:00" in page
    assert "people.csv, line 7" in page and "<code>xxxx.xxxx@xxxxxxx.xxx</code>" in page and "+99·99·9999999" in page
    assert "xxxx·xxxx;&quot;9999" in page
    assert "give a format, codes or an expression in the declaration" in page
    assert "tierworks replay --workspace tiny" in page and "tierworks quarantine --workspace tiny" in page


def test_the_commonest_forms_of_a_faulty_column_are_counted(workspace):
    values = [f"{number},50" for number in range(10, 17)] + ["1o", "anna.berg@example.com"]
    rows = ", ".join(
        f"""('shop', 'sales', 's.csv', {line}, '2', [{{'code': 'wrong_type', 'column': 'paid', 'reason': 'a number'}}],
        '{{"paid":"{value}"}}', '2020-03-06', 'r{line}', '2020-03-06')"""
        for line, value in enumerate(values)
    )
    page = _page(workspace, _QUARANTINE.split("values")[0] + f"values {rows}")
    told = re.search("Commonest in .*</p>", page)[0]
    assert re.findall(r"<code>(.*?)</code> (\d+ rows?)", told) == [
        ("99,99", "7 rows"), ("9x", "1 row"), ("xxxx.xxxx@xxxxxxx.xxx", "1 row"),
    ]  # fmt: skip


def test_reasons_beyond_the_first_are_folded(workspace):
    rows = ", ".join(
        f"""('shop', 'sales', 's.csv', {line}, '2',
        [{{'code': 'wrong_type', 'column': 'c{line}', 'reason': 'a number'}}], '{{}}', '2020-03-06', 'r{line}',
        '2020-03-06')"""
        for line in range(12)
    )
    page = _page(workspace, _QUARANTINE.split("values")[0] + f"values {rows}")
    assert "<summary>2 reasons more, 2 rows</summary>" in page
    assert all(f">c{line}</div>" in page for line in range(12))


def test_a_resolved_row_is_open_no_more(workspace):
    mended = "update ops.quarantine set resolved_at = '2020-03-07', resolved_by = '3', resolution = 'mended'"
    page = _page(workspace, _QUARANTINE, mended)
    assert "No row waits in quarantine." in page and "quarantine is empty" in page
    assert "Rows brought in or replaced" in page and "people.csv, line 7" not in page


def test_pairs_stand_side_by_side_and_say_how_to_decide(workspace):
    page = _page(workspace, _PAIR)
    assert "<strong>1</strong> pair to decide" in page and "84.0 %" in page and "m1" in page
    assert "shop · c1" in page and "till · c2" in page
    assert "a***@***" in page and "***67" in page and "1980-**-**" in page and "A. B." in page
    assert "+4.2" in page and "-2.5" in page and "tierworks matches --workspace tiny decide" in page


def test_what_is_under_its_bar_comes_first_with_its_history(workspace):
    page = _page(
        workspace,
        "update marts.data_health set score = 0.6, numerator = 6, refused_rows = 2, passed = false",
        "insert into marts.data_health select * replace (date '2020-01-31' as as_of_date, false as is_current, "
        "0.95 as dated_score) from marts.data_health",
        "update marts.data_health_summary set measures_failed = 1",
    )
    assert "<strong>1</strong> measure under its bar" in page
    assert page.index("Under their bar, the furthest first") < page.index("Tables with a column under its bar")
    assert "60.0 %" in page and "4 of 10 are not, 2 rows refused" in page
    assert "from 95.0 % on 2020-01-31 to 90.0 % on 2020-02-29" in page


def test_health_tells_what_changed_since_the_build_before(workspace):
    with open_warehouse(workspace) as connection:
        remember_health(connection, BUILD, _START)
        connection.execute("update marts.data_health_summary set build_id = 'later', score = 0.95")
        remember_health(connection, "later", _START + timedelta(days=1))
        remember_health(connection, "later", _START + timedelta(days=2))  # audited again
        create_quality_table(connection)
        page = write_steward_page(workspace.quality, "tiny", connection).read_text(encoding="utf-8")
    assert "▲ 5.0 points since the build before" in page


def test_nothing_personal_is_on_the_page(workspace):
    page = _page(workspace, _QUARANTINE, _PAIR)
    planted = [*PERSON.values(), "Ana Berg", "anna.berg", "Anna", "1234567", "1980-05"]
    assert [value for value in planted if value in page] == []


class _Outline(HTMLParser):
    """What a screen reader goes by: headings, captions, scopes, labels and ids."""

    def __init__(self) -> None:
        super().__init__()
        self.headings, self.ids, self.links, self.faults = [], [], [], []
        self._tables: list[bool] = []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and found["href"].startswith("#"):
            self.links.append(found["href"][1:])
        if tag == "table":
            self._tables.append(False)
        if tag == "caption":
            self._tables[-1] = True
        if tag == "th" and "scope" not in found:
            self.faults.append("th without scope")
        if tag == "svg" and found.get("aria-hidden") != "true" and not found.get("aria-label"):
            self.faults.append("svg without words")

    def handle_endtag(self, tag):
        if tag == "table" and not self._tables.pop():
            self.faults.append("table without caption")


def test_the_page_can_be_read_without_seeing_it(workspace):
    page = _page(workspace, _QUARANTINE, _PAIR, "update marts.data_health set score = 0.6, passed = false")
    outline = _Outline()
    outline.feed(page)
    assert outline.faults == []
    assert outline.headings.count(1) == 1 and outline.headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(outline.headings))
    assert len(outline.ids) == len(set(outline.ids)) and set(outline.links) <= set(outline.ids)
    assert '<html lang="en">' in page and 'name="viewport"' in page
    assert _REQUEST.search(page) is None
