"""Scorecards of managers against pandas that counts them anew from the rows that were loaded."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project.managed_company import AHEAD, CLOSES, HOLIDAY, LAST, OPENS, TARGETS, id_of, owners

CELL = ["tier", "stage", "region"]


@pytest.fixture(scope="module")
def standing(managed):
    """Tier, stage and region of each buyer at each month-end."""
    return managed.read(
        "select stages.customer_id, stages.as_of_date::date::varchar as day, stage, tier, tier_level, "
        "coalesce(region, 'unknown') as region, net_revenue_3m::double as revenue, net_revenue_12m::double as year "
        "from marts.lifecycle_stage as stages join marts.customer_tiers using (customer_id, as_of_date) "
        "join core.customer_metrics using (customer_id, as_of_date) join core.dim_customer using (customer_id) "
        "where stages.is_month_end"
    )


def quarters(managed_rows: dict, standing: pd.DataFrame) -> pd.DataFrame:
    """Each buyer's quarters of the last year: the cell at the beginning, and what became."""
    found = []
    for months in (0, 3, 6, 9):
        end = (pd.Timestamp(LAST) - pd.offsets.MonthEnd(months)).date() if months else LAST
        start = (pd.Timestamp(end) - pd.offsets.MonthEnd(3)).date()
        began = standing[(standing.day == str(start)) & ~standing.stage.isin(["prospect", "lost"])]
        ended = standing[standing.day == str(end)]
        both = began.merge(ended, on="customer_id", suffixes=("", "_then"))
        both["manager"] = both["customer_id"].map(owners(managed_rows, start))
        found.append(both)
    rows = pd.concat(found)
    rows["lost"] = rows["stage_then"] == "lost"
    rows["upgraded"] = rows["tier_level_then"] < rows["tier_level"]
    return rows


def expected(rows: pd.DataFrame, figure: str) -> pd.Series:
    """What the whole company's rate of the row's cell is, or of the larger group's where the cell is small."""
    size = rows.groupby(CELL)[figure].transform("size")
    return (
        rows.groupby(CELL)[figure].transform("mean").where(size >= 12, rows.groupby(CELL[:2])[figure].transform("mean"))
    )


def part(managed, name: str) -> pd.DataFrame:
    return managed.read(
        f"select * from marts.manager_scorecard_parts where as_of_date = '{LAST}' and part = '{name}'"
    ).set_index("manager_id")


@pytest.mark.parametrize(
    ("name", "figure"), [("retention", "lost"), ("upgrades", "upgraded"), ("portfolio_value", "revenue_then")]
)
def test_what_is_expected_of_a_portfolio(managed, managed_rows, standing, name, figure):
    rows = quarters(managed_rows, standing)
    rows[figure] = rows[figure].astype(float)
    rows["expected"] = expected(rows, figure)
    truth = rows[rows.manager.notna()].groupby("manager")[[figure, "expected"]].sum()
    found = part(managed, name)
    assert set(found.index) == {f"web:{key}" for key in truth.index} - {"web:m2"} and len(found) == 3  # m2 has left
    for manager, row in found.iterrows():
        observed, hoped = truth.loc[manager.removeprefix("web:")]
        assert row["observed"] == pytest.approx(observed, abs=1e-4)
        assert row["expected"] == pytest.approx(hoped, rel=1e-4, abs=1e-3)
        assert row["ratio_lower"] <= row["ratio"] <= row["ratio_upper"]


def test_the_whole_company_is_what_is_expected_of_it(managed, standing, managed_rows):
    """With cells that are never small, observed and expected agree for everybody together."""
    rows = quarters(managed_rows, standing)
    assert rows["lost"].sum() == pytest.approx(expected(rows.assign(lost=rows["lost"] * 1.0), "lost").sum(), rel=0.3)


def test_bounds_hold_the_exact_ones_of_poisson(managed):
    """Byar's bounds are within 4 % of the exact ones from the chi-square distribution, where something happened."""
    from scipy.stats import chi2

    compared = 0
    for name in ("retention", "upgrades", "sla"):
        for row in part(managed, name).itertuples():
            if row.observed >= 3:
                low = chi2.ppf(0.05, 2 * row.observed) / 2 / row.expected
                high = chi2.ppf(0.95, 2 * row.observed + 2) / 2 / row.expected
                assert row.ratio_lower == pytest.approx(low, rel=0.04), name
                assert row.ratio_upper == pytest.approx(high, rel=0.04), name
                compared += 1
    assert compared >= 3


def deadline(opened: pd.Timestamp, minutes: float, by_hours: bool) -> pd.Timestamp:
    """The moment in UTC at which so many minutes are over, counted one by one where only working hours count."""
    if not by_hours:
        return opened + pd.Timedelta(minutes=minutes)
    moments = pd.date_range(opened, periods=30 * 1440, freq="min") + AHEAD
    works = (moments.day_of_week < 5) & (moments.hour >= OPENS) & (moments.hour < CLOSES) & (moments.date != HOLIDAY)
    return moments[np.searchsorted(np.cumsum(works), minutes)] + pd.Timedelta(minutes=1) - AHEAD


def test_late_tickets(managed, managed_rows):
    """By the hours, pauses and rules of the service policy; expected under the same rule, of the kind and priority.

    What is due at closing time is in time until work begins again, and counts when that is certain.
    """
    tiers = managed.read(
        "select customer_id, as_of_date::date as day, tier from marts.customer_tiers where is_month_end"
    )
    tiers = tiers.set_index(["customer_id", tiers["day"].dt.date])["tier"].to_dict()
    tickets = managed_rows["tickets"].copy()
    rows, spared = [], 0
    for row in tickets.itertuples():
        before = row.opened_on.replace(day=1) - timedelta(days=1)
        is_best = tiers.get((id_of(row.customer_key), before)) == "diamond"
        rule = "complaint" if row.kind == "complaint" else "best" if is_best else "any"
        paused = 0 if pd.isna(row.paused_minutes) else row.paused_minutes
        due = deadline(row.opened_at, TARGETS[rule] + paused, rule != "best")
        passed = deadline(row.opened_at, TARGETS[rule] + paused + 1, rule != "best") - pd.Timedelta(minutes=1)
        late = pd.isna(row.first_answered_at) or row.first_answered_at > passed
        known_on = (passed if late else max(due, row.first_answered_at)) + AHEAD
        spared += not late and row.first_answered_at > due
        owner = owners(managed_rows, row.opened_on).get(id_of(row.customer_key))
        rows.append((rule, known_on.date(), float(late), owner))
    assert spared > 2, "some are answered between closing time and the next morning"
    tickets[["rule", "known_on", "late", "manager"]] = pd.DataFrame(rows, dtype=object)
    tickets["late"] = tickets["late"].astype(float)
    tickets["kind"] = tickets["kind"].fillna("unknown")
    tickets = tickets[(tickets["known_on"] <= LAST) & (tickets["known_on"] > date(2023, 3, 31))]
    group = tickets.groupby(["rule", "kind", "priority"])["late"]
    tickets["rate"] = group.transform("mean").where(
        group.transform("size") >= 12, tickets.groupby("rule")["late"].transform("mean")
    )
    assert set(tickets["rule"]) == set(TARGETS) and group.size().min() < 12 <= group.size().max()
    truth = tickets[tickets.manager.notna()].groupby("manager")[["late", "rate"]].sum()
    found = part(managed, "sla")
    assert len(found) == 3
    for manager, row in found.iterrows():
        late, rate = truth.loc[manager.removeprefix("web:")]
        assert (row["observed"], row["expected"]) == (late, pytest.approx(rate, abs=1e-3))


def test_alerts_count_answers_that_are_late_by_the_same_clock(managed, managed_rows):
    """A complaint is late on the day in whose working hours more than its target went by."""
    complaints = managed_rows["tickets"].query("kind == 'complaint'")
    expected = {}
    for row in complaints.itertuples():
        paused = 0 if pd.isna(row.paused_minutes) else row.paused_minutes
        passed = deadline(row.opened_at, TARGETS["complaint"] + paused + 1, True) - pd.Timedelta(minutes=1)
        if pd.isna(row.first_answered_at) or row.first_answered_at > passed:
            month = ((passed + AHEAD).normalize() + pd.offsets.MonthEnd(0)).date()
            expected[id_of(row.customer_key), month] = expected.get((id_of(row.customer_key), month), 0) + 1
    told = managed.read(
        "select customer_id, as_of_date, late_answers_1m from int.int_alerts__happenings where late_answers_1m > 0 "
        f"and last_day(as_of_date) = as_of_date and as_of_date <= '{LAST}'"
    )
    found = {(row.customer_id, row.as_of_date.date()): row.late_answers_1m for row in told.itertuples()}
    assert found == {key: count for key, count in expected.items() if key[1] <= LAST} and len(found) > 5


def test_lifetime_value_is_shared_and_not_multiplied(managed):
    """Owner and supporters of a customer have the customer's value between them."""
    shared = managed.read(f"select sum(shared_ltv) as v from marts.manager_scorecard where as_of_date = '{LAST}'")["v"][
        0
    ]
    held = managed.read(
        "select sum(clv_12m) as v from marts.clv_scores where customer_id in "
        f"(select customer_id from int.int_managers__held where as_of_date = '{LAST}') and as_of_date = '{LAST}'"
    )["v"][0]
    assert float(shared) == pytest.approx(float(held), abs=0.01) and shared > 0


def test_collaboration_is_what_colleagues_say(managed, managed_rows):
    rows = managed_rows["surveys"].dropna(subset=["score"])
    rows = rows[(rows["asked_on"] <= LAST) & (rows["asked_on"] > date(2023, 3, 31))]
    everyone = rows["score"].mean()
    for manager, row in part(managed, "collaboration").iterrows():
        scores = rows[rows["manager_key"] == manager.removeprefix("web:")]["score"]
        assert row["ratio"] == pytest.approx(scores.mean(), abs=1e-6)
        assert row["judged"] == pytest.approx((scores.sum() + 4 * everyone) / (len(scores) + 4), abs=1e-5)


def test_a_score_is_its_points_and_a_rank_is_within_the_level(managed):
    cards = managed.read("select * from marts.manager_scorecard")
    parts = managed.read(
        "select manager_id, as_of_date, sum(score_points) as points from marts.manager_scorecard_parts group by all"
    )
    both = cards.merge(parts, on=["manager_id", "as_of_date"]).dropna(subset=["score"])
    assert len(both) > 20 and np.allclose(both["score"], both["points"], atol=1e-3)
    ranked = cards[cards["level_rank"].notna()]
    for _, peers in ranked.groupby(["as_of_date", "level"]):
        assert (peers["level_rank"] == peers["score"].rank(ascending=False, method="min")).all()
    assert cards.loc[cards["is_small"], "level_rank"].isna().all()
    changed = cards.dropna(subset=["score_before"])
    before = cards.set_index(["manager_id", "as_of_date"])["score"]
    for row in changed.itertuples():
        assert row.score_before == before[row.manager_id, row.as_of_date - pd.offsets.MonthEnd(1)]
