"""What a steward sees, offline."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from expectations.checkpoint import QualityGateFailed, run_checkpoint
from expectations.results import QualityResult, replace_results
from expectations.steward_page import forget_old_pages, open_failures, write_steward_page
from include.warehouse.connection import open_warehouse
from tests.expectations.tiny_warehouse import BUILD, corrupt

_START = datetime(2020, 3, 1)
# What makes a browser fetch something when the page opens.
_REQUEST = re.compile(r"<(script|link|img|iframe|object)\b|@import|url\(|https?://", re.IGNORECASE)


def _audit(connection, day: int, passed: bool, table: str = "customer_tiers") -> None:
    rows = None if passed else day
    result = QualityResult(
        f"build{day:02}", "marts", "marts", table, "a_rule", None, "blocking", passed, f"{day} rows", rows, "why",
        _START + timedelta(days=day),
    )  # fmt: skip
    replace_results(connection, f"build{day:02}", "marts", [result])


def test_a_failure_counts_from_the_first_audit_after_it_last_passed(workspace):
    with open_warehouse(workspace) as connection:
        for day, passed in enumerate([False, True, False, False]):
            _audit(connection, day, passed)
        (failure,) = open_failures(connection)
    assert (failure.since, failure.audits, failure.observed) == ("2020-03-03 00:00", 2, "3 rows")


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
