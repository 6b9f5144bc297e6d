"""A backfill tells past dates as a run on the date would, beside what readers see, and can be started again."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from include.pipeline import steps
from include.pipeline.backfill import (
    DATES,
    WEEKLY,
    Backfill,
    BackfillRefused,
    plan_backfill,
    return_to_latest,
    tell_past_date,
)
from include.publishing.versions import PublishedVersion, current_version, list_versions
from include.warehouse.builds import LAYERS, current_build
from include.warehouse.connection import open_published, open_warehouse
from include.workspace import Workspace, resolve_workspace
from tests.chain.small_company import make_small_company
from tests.pipeline.conftest import published_digests, run_chain

pytestmark = pytest.mark.timeout(600)
NOVEMBER, DECEMBER, JANUARY = date(2023, 11, 30), date(2023, 12, 31), date(2024, 1, 31)
QUIET = {"progress": lambda _: None}


def backfill(workspace: Workspace, wanted: Backfill) -> list[str | None]:
    told = [tell_past_date(workspace, day, wanted, {}, **QUIET) for day in plan_backfill(workspace, wanted)]
    return_to_latest(workspace, {}, **QUIET)
    return told


def test_three_past_month_ends(company: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    latest = run_chain(company)
    seen, as_of = os.readlink(company.current), current_version(company).as_of_date
    assert _month_ends_told(company) >= 12, "the first run tells a year of month-ends, without a run for each"
    wanted = Backfill(first=date(2023, 11, 1), last=date(2024, 2, 15))
    assert plan_backfill(company, wanted) == [JANUARY, DECEMBER, NOVEMBER]

    with monkeypatch.context() as broken:
        broken.setattr(steps, "score", _stop)
        with pytest.raises(InterruptedError):
            tell_past_date(company, JANUARY, wanted, {}, **QUIET)
    assert published_digests(company) == latest, "what readers see outlives a backfill that stops"

    assert all(backfill(company, wanted))
    past = {version.as_of_date: version for version in list_versions(company) if version.aside}
    assert set(past) == {NOVEMBER, DECEMBER, JANUARY}
    assert (os.readlink(company.current), published_digests(company)) == (seen, latest)
    with open_warehouse(company, read_only=True) as connection:
        held = current_build(connection)
    assert (held.as_of, held.layers) == (as_of, LAYERS)

    before = {path: path.stat().st_mtime_ns for path in company.versions.rglob("*")}
    assert backfill(company, wanted) == [None, None, None], "started again, it has nothing to do"
    assert {path: path.stat().st_mtime_ns for path in company.versions.rglob("*")} == before

    direct = resolve_workspace(str(make_small_company(tmp_path / "direct", customers=250)))
    run_chain(direct, DECEMBER)
    assert _figures(past[DECEMBER]) == _figures(current_version(direct))


def test_what_cannot_be_told_is_refused_before_anything_is_written(company: Workspace):
    with pytest.raises(BackfillRefused, match="acme has published nothing yet: run it once"):
        plan_backfill(company, Backfill(first=NOVEMBER, last=JANUARY))
    company.register()
    steps.load(company, "batch-1", **QUIET)
    company.current.mkdir()
    with open_warehouse(company, read_only=True) as connection:
        first, last = connection.execute("select min(ordered_on), max(ordered_on) from raw.orders").fetchone()
    before = company.warehouse.read_bytes()
    year = timedelta(days=365)
    for wanted, words in (
        (Backfill(first=JANUARY, last=last + year), rf"and 9 more: in the future of acme, .* nothing after {last}"),
        (Backfill(DATES, dates=(first - year,)), rf"{first - year}: before the first order of acme, on {first}"),
        (Backfill(WEEKLY, first=JANUARY, last=NOVEMBER), "no date to tell: weekly, none between"),
        (Backfill(first=NOVEMBER), "month-ends need a first and a last date"),
        (Backfill(DATES), "no dates are given"),
        (Backfill(first=NOVEMBER, last=JANUARY, score=False), "leave scores on, or publishing off"),
        (Backfill(WEEKLY, first=first, last=last), "dates are to be published and keep_past_dates .* keeps 36"),
    ):
        with pytest.raises(BackfillRefused, match=words):
            plan_backfill(company, wanted)
    assert company.warehouse.read_bytes() == before
    weeks = plan_backfill(company, Backfill(WEEKLY, first=NOVEMBER, last=DECEMBER))
    assert weeks == [NOVEMBER + timedelta(weeks=number) for number in (4, 3, 2, 1, 0)]


def _stop(*_) -> None:
    raise InterruptedError


def _month_ends_told(workspace: Workspace) -> int:
    with open_published(workspace.published_file) as connection:
        query = "select count(distinct as_of_date) from {} where as_of_date = last_day(as_of_date)"
        tables = ("customer_metrics", "customer_tiers", "clv_scores")
        return min(connection.execute(query.format(table)).fetchone()[0] for table in tables)


def _figures(version: PublishedVersion) -> dict[str, str]:
    return {name: table["digest"] for name, table in version.tables.items() if name != "load_ledger"}
