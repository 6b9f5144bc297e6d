"""One date gives one set of tables, told on its evening or by a backfill years later; a correction reaches the past."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from include.cli.main import main
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
from include.policies.reader import PolicyError
from include.publishing.digests import version_digests
from include.publishing.versions import current_version, list_versions
from include.warehouse.builds import LAYERS, current_build
from include.warehouse.connection import open_published, open_warehouse
from include.workspace import Workspace, resolve_workspace
from tests.chain.small_company import make_small_company
from tests.pipeline.conftest import published_digests, run_chain

pytestmark = pytest.mark.timeout(1500)
NOVEMBER, DECEMBER, JANUARY = date(2023, 11, 30), date(2023, 12, 31), date(2024, 1, 31)
MID_MONTH = date(2024, 1, 10)
PAST = Backfill(DATES, dates=(DECEMBER, MID_MONTH, JANUARY))
QUIET = {"progress": lambda _: None}
# What was read is told in full whatever the as-of date, so the row ledger alone may differ.
LEDGER = {"main.load_ledger", "main.quarantine_summary"}


def _backfill(workspace: Workspace, wanted: Backfill) -> list[str | None]:
    told = [tell_past_date(workspace, day, wanted, {}, **QUIET) for day in plan_backfill(workspace, wanted)]
    return_to_latest(workspace, {}, **QUIET)
    return told


@pytest.mark.verify
def test_past_dates_are_told_beside_what_readers_see(
    lived_in: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    latest, seen, as_of = published_digests(lived_in), os.readlink(lived_in.current), current_version(lived_in)
    assert {"main.customer_tiers", "main.churn_scores", "main.clv_scores"} <= set(latest)

    with monkeypatch.context() as stopped:
        stopped.setattr(steps, "score", _stop)
        with pytest.raises(InterruptedError):
            tell_past_date(lived_in, JANUARY, PAST, {}, **QUIET)
    assert all(_backfill(lived_in, PAST))
    past = {version.as_of_date: version for version in list_versions(lived_in) if version.aside}
    assert set(past) == {DECEMBER, JANUARY, MID_MONTH}
    assert (os.readlink(lived_in.current), published_digests(lived_in)) == (seen, latest), "readers stay"
    for day, version in past.items():
        with open_published(version.folder / "tierworks.duckdb") as connection:
            assert connection.execute("select max(ordered_on) <= ? from fct_orders", [day]).fetchone() == (True,)

    before = {path: path.stat().st_mtime_ns for path in lived_in.versions.rglob("*")}
    assert _backfill(lived_in, PAST) == [None, None, None], "started again, it has nothing to do"
    assert {path: path.stat().st_mtime_ns for path in lived_in.versions.rglob("*")} == before

    with open_warehouse(lived_in, read_only=True) as connection:
        held = current_build(connection)
    assert (held.as_of, held.layers) == (as_of.as_of_date, LAYERS)
    steps.publish(lived_in, as_of.as_of_date, **QUIET)
    assert published_digests(lived_in) == latest, "back at the latest date"

    folder = make_small_company(tmp_path / "cut", customers=250)
    _cut(folder, MID_MONTH)
    fresh = run_chain(resolve_workspace(str(folder)), MID_MONTH)
    with open_published(past[MID_MONTH].folder / "tierworks.duckdb") as connection:
        told = version_digests(connection)
    assert _marts(told) == _marts(fresh), (
        "a date told years later equals its evening, in a company whose data end there"
    )


def test_the_first_run_tells_a_year_of_month_ends(lived_in: Workspace):
    with open_published(lived_in.published_file) as connection:
        for table in ("customer_metrics", "customer_tiers", "rfm_scores", "clv_scores", "tier_migration"):
            query = f"select count(distinct as_of_date) from {table} where as_of_date = last_day(as_of_date)"
            assert connection.execute(query).fetchone()[0] >= 12, table


def test_what_cannot_be_told_is_refused_before_anything_is_written(lived_in: Workspace, home: Path):
    fresh = resolve_workspace(str(lived_in.data))
    with pytest.raises(BackfillRefused, match="acme has published nothing yet: run it once"):
        plan_backfill(fresh, PAST)
    assert not fresh.home.exists()


def test_dates_that_cannot_be_told_are_named(lived_in: Workspace):
    with open_warehouse(lived_in, read_only=True) as connection:
        first, last = connection.execute("select min(ordered_on), max(ordered_on) from raw.orders").fetchone()
    before = lived_in.warehouse.read_bytes()
    year = timedelta(days=365)
    for wanted, words in (
        (Backfill(first=JANUARY, last=last + year), rf"and 9 more: in the future of acme, .* nothing after {last}"),
        (Backfill(DATES, dates=(first - year,)), rf"{first - year}: before the first order of acme, on {first}"),
        (
            Backfill(WEEKLY, first=JANUARY, last=NOVEMBER),
            "weekly, the first date, 2024-01-31, is after the last, 2023-11-30",
        ),
        (Backfill(first=NOVEMBER), "month-ends need a first and a last date"),
        (Backfill(DATES), "no dates are given"),
        (Backfill(first=NOVEMBER, last=JANUARY, score=False), "leave scores on, or publishing off"),
        (Backfill(WEEKLY, first=first, last=last), "dates are to be published and keep_past_dates .* keeps 36"),
    ):
        with pytest.raises(BackfillRefused, match=words):
            plan_backfill(lived_in, wanted)
    assert lived_in.warehouse.read_bytes() == before
    assert plan_backfill(lived_in, Backfill(first=date(2023, 11, 1), last=date(2024, 2, 15))) == [
        JANUARY,
        DECEMBER,
        NOVEMBER,
    ]
    weeks = plan_backfill(lived_in, Backfill(WEEKLY, first=NOVEMBER, last=DECEMBER))
    assert weeks == [NOVEMBER + timedelta(weeks=number) for number in (4, 3, 2, 1, 0)]


def test_no_step_goes_on_with_a_broken_policy(lived_in: Workspace, tmp_path: Path):
    (tmp_path / "tiers.yml").write_text("grace_periods: 3\nmetric: monthly_spendings\n")
    broken = Workspace(lived_in.name, lived_in.declarations, policies=tmp_path, data=lived_in.data)
    before = lived_in.warehouse.read_bytes()
    for step in (
        lambda: steps.load(broken, "batch-x", **QUIET),
        lambda: steps.identify(broken, **QUIET),
        lambda: steps.build(broken, JANUARY, "core", **QUIET),
        lambda: steps.score(broken, JANUARY, {}, **QUIET),
        lambda: steps.train(broken, JANUARY, {}, **QUIET),
        lambda: steps.build(broken, JANUARY, "marts", **QUIET),
        lambda: steps.audit(broken, JANUARY, "raw", **QUIET),
        lambda: steps.publish(broken, JANUARY, **QUIET),
        lambda: plan_backfill(broken, PAST),
    ):
        with pytest.raises(PolicyError, match=r"tiers\.yml:2: metric: unknown metric monthly_spendings"):
            step()
    assert lived_in.warehouse.read_bytes() == before


@pytest.mark.verify
def test_a_corrected_old_order_is_news_and_changes_past_month_ends(lived_in: Workspace):
    with open_published(lived_in.published_file) as connection:
        as_of = connection.execute("select as_of_date from published_version").fetchone()[0]
    assert steps.news(lived_in, as_of) is None
    steps.load(lived_in, "batch-2", lambda line: None)
    assert steps.news(lived_in, as_of) is None
    assert steps.news(lived_in, date(2024, 1, 31)) == f"the published version is for {as_of}"

    sales = lived_in.data / "sales.csv"
    header, first, *others = sales.read_text().splitlines()
    cells = first.split(";")
    paid = header.split(";").index("paid")
    day = date.fromisoformat(cells[header.split(";").index("at")][:10])
    cells[paid] = str(round(float(cells[paid]) + 1000, 2))
    sales.write_text("\n".join([header, ";".join(cells), *others]) + "\n")
    steps.load(lived_in, "batch-3", lambda line: None)
    assert steps.news(lived_in, as_of) == "rows came or went in shop/sales"

    with open_published(lived_in.published_file) as connection:
        before = _revenue(connection)
    run_chain(lived_in, batch_id="batch-4")
    with open_published(lived_in.published_file) as connection:
        after = _revenue(connection)
    moved = {month: round(after[month] - before[month], 2) for month in before}
    assert moved == {month: 1000 if month >= day else 0 for month in before}
    assert sum(1 for month in moved if day <= month < as_of) > 6
    assert steps.news(lived_in, as_of) is None


@pytest.mark.verify
def test_a_row_that_a_steward_mends_reaches_readers(lived_in: Workspace, tmp_path: Path):
    with open_published(lived_in.published_file) as connection:
        before = _revenue(connection)
    as_of = max(before)
    sales = lived_in.data / "sales.csv"
    header, first, *_ = sales.read_text().splitlines()
    cells = dict(zip(header.split(";"), first.split(";"), strict=True))
    cells |= {"line": "M1", "receipt": "RM1", "paid": "7o0"}
    with sales.open("a") as file:
        file.write(";".join(cells.values()) + "\n")
    steps.load(lived_in, "batch-5", **QUIET)
    steps.audit(lived_in, as_of, "raw", **QUIET)
    assert "<strong>1</strong> row in quarantine" in _stewards_page(lived_in)

    sheet, name = tmp_path / "sheet.csv", lived_in.name
    assert main(["quarantine", "--workspace", name, "--export", str(sheet)]) == 0
    sheet.write_text(sheet.read_text().replace("7o0", "700"))
    assert main(["replay", "--workspace", name, "--file", str(sheet), "--by", "eva"]) == 0
    run_chain(lived_in, as_of, batch_id="batch-6")
    with open_published(lived_in.published_file) as connection:
        after = _revenue(connection)
        told = connection.execute("select net_revenue::integer from fct_orders where order_id like '%RM1'").fetchall()
        ledger = connection.execute(
            "select bool_and(rows_read = rows_accepted + rows_unchanged + rows_quarantined), "
            "count(*) filter (kind = 'replay' and rows_accepted = 1) from load_ledger"
        ).fetchone()
        refused = connection.execute("select rows_quarantined, rows_open from quarantine_summary").fetchall()
    assert told == [(700,)]
    assert round(after[as_of] - before[as_of], 2) == 700
    assert (ledger, refused) == ((True, 1), [(1, 0)])
    page = _stewards_page(lived_in)
    assert "quarantine is empty" in page and "Resolved rows of 1 reason" in page


@pytest.mark.verify
def test_steps_of_two_dates_may_take_turns_in_one_warehouse(lived_in: Workspace):
    """Each step makes sure of the ground it stands on; this comes last, since it publishes an earlier date."""
    steps.build(lived_in, DECEMBER, "core", **QUIET)
    steps.audit(lived_in, JANUARY, "raw", **QUIET)
    with open_warehouse(lived_in) as connection:
        connection.execute("delete from scores.churn_scores")
    steps.score(lived_in, DECEMBER, {}, **QUIET)
    with open_warehouse(lived_in, read_only=True) as connection:
        assert current_build(connection).as_of == DECEMBER
        scored = connection.execute("select distinct as_of_date from scores.churn_scores").fetchall()
    assert scored == [(DECEMBER,)]
    steps.build(lived_in, JANUARY, "marts", **QUIET)
    steps.publish(lived_in, JANUARY, **QUIET)
    with open_published(lived_in.published_file) as connection:
        assert connection.execute("select as_of_date from published_version").fetchone() == (JANUARY,)
        assert connection.execute("select max(as_of_date) from customer_tiers").fetchone() == (JANUARY,)


def _stewards_page(workspace: Workspace) -> str:
    return (workspace.quality / "index.html").read_text(encoding="utf-8")


def _stop(*_) -> None:
    raise InterruptedError


def _marts(digests: dict[str, str]) -> dict[str, str]:
    return {table: digest for table, digest in digests.items() if table not in LEDGER}


def _cut(folder: Path, day: date) -> None:
    """Remove every row of an event after the day, as if the files had been taken on that evening."""
    for name, column in (("sales", "at"), ("people", "joined")):
        path = folder / f"{name}.csv"
        mark = ";" if name == "sales" else ","
        with duckdb.connect() as connection:
            connection.read_csv(str(path), delimiter=mark, all_varchar=True).create("found")
            connection.execute(f'create table kept as from found where left("{column}", 10) <= ?', [str(day)])
            connection.execute(f"copy kept to '{path}' (header, delimiter '{mark}')")


def _revenue(connection) -> dict[date, float]:
    query = "select as_of_date, sum(net_revenue_lifetime) from customer_metrics group by 1"
    return {month: float(total) for month, total in connection.execute(query).fetchall()}
