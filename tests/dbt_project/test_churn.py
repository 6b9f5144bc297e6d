"""Outcomes, signals and causes of churn against pandas that reads the made-up shop anew for every customer and date.

The policy has leads of its own: what is looked for follows the policy, in every table.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import relations, shop

AS_OF = date(2024, 4, 17)
LEADS = (40, 75)
HOURS, SOLVED_HOURS = 5, 30
POLICY = f"""
leads: [{LEADS[0]}, {LEADS[1]}]
eligible_within_days: 60
minimum_purchase_days: 3
late_answer_hours: {HOURS}
late_solution_hours: {SOLVED_HOURS}
"""
CLOSED = {"k5": (date(2023, 9, 14), "Too Expensive"), "k9": (date(2024, 1, 3), "moved"), "k13": (AS_OF, "as before")}


@pytest.fixture(scope="module")
def rows():
    tables = relations.tables()
    dice = np.random.default_rng(8)
    tickets = tables["tickets"]
    answered = tickets["opened_at"] + pd.to_timedelta(dice.integers(1, 900, len(tickets)), unit="m")
    told = dice.random(len(tickets)) < 0.8
    tables["tickets"] = tickets.assign(
        first_answered_at=answered.where(told), first_answered_on=answered.dt.date.where(told)
    )
    customers = shop.customers(tables["orders"])
    for key, (day, reason) in CLOSED.items():
        own = customers["customer_key"] == key
        customers.loc[own, ["closed_on", "close_reason"]] = [day, reason]
        customers.loc[own, "closed_at"] = pd.Timestamp(day)
    return tables | {"customers": customers}


@pytest.fixture(scope="module")
def made(world, rows, tmp_path_factory):
    policies = tmp_path_factory.mktemp("policies")
    (policies / "churn.yml").write_text(POLICY, encoding="utf-8")
    (policies / "alerts.yml").write_text(f"lead_days: {LEADS[0]}\n", encoding="utf-8")
    (policies / "accounts.yml").write_text(f"churn_lead_days: {LEADS[0]}\n", encoding="utf-8")
    made = world(policies)
    for entity, frame in rows.items():
        made.load(entity, frame)
    made.build(AS_OF, "+churn_causes +churn_scores +int_churn__groups")
    keys = "join core.customer_xref using (customer_id) order by customer_id, as_of_date"
    return {
        "features": made.read(
            f"select features.*, source, customer_key from int.int_churn__features as features {keys}"
        ),
        "outcomes": made.read("select * from int.int_churn__outcomes"),
        "leavers": made.read("select * from int.int_churn_causes__leavers"),
        "causes": made.read("select * from marts.churn_causes"),
        "months": made.read("select as_of_date from ops.as_of_dates where is_month_end").as_of_date,
        "reasons": made.read("select * from policy.churn_reasons"),
    }


def days_of(frame: pd.DataFrame, day: str, row) -> pd.Series:
    own = frame[(frame["source"] == row.source) & (frame["customer_key"] == row.customer_key)]
    return pd.to_datetime(own[day])


def known_late(rows) -> pd.DataFrame:
    """Complaints with the day by whose end the hours for an answer or a solution had passed without one."""
    tickets = rows["tickets"].query("kind == 'complaint' and opened_on <= @AS_OF")
    end = pd.Timestamp(AS_OF)
    opened = pd.to_datetime(tickets["opened_at"])
    late = []
    for moment, hours in (("first_answered_at", HOURS), ("solved_at", SOLVED_HOURS)):
        happened = pd.to_datetime(tickets[moment])
        happened = happened.where(happened.dt.normalize() <= end)
        in_time = (happened - opened) <= pd.Timedelta(hours=hours)
        day = opened.dt.normalize() + pd.Timedelta(days=int(np.ceil(hours / 24)))
        late.append(day.where(~in_time))
    return tickets.assign(late_on=np.fmin(*[one.to_numpy() for one in late]))


def test_outcomes_follow_the_leads_of_the_policy(made, rows):
    sales = rows["orders"].merge(
        rows["order_items"].groupby(["source", "order_key"]).kind.first().rename("line_kind"),
        on=["source", "order_key"],
        how="left",
    )
    sales = sales[sales["kind"].fillna(sales["line_kind"]) == "sale"]
    expected = []
    for row in made["features"].itertuples():
        bought = pd.DatetimeIndex(sorted(set(days_of(sales, "ordered_on", row))))
        before = bought[bought <= row.as_of_date]
        eligible = len(before) >= 3 and (row.as_of_date - before.max()).days <= 60
        assert row.is_eligible == eligible, row
        for lead in LEADS:
            until = row.as_of_date + timedelta(days=lead)
            if eligible and until <= pd.Timestamp(AS_OF):
                left = not ((bought > row.as_of_date) & (bought <= until)).any()
                expected.append((row.customer_id, row.as_of_date, lead, left))
    order = ["customer_id", "as_of_date", "lead_days"]
    expected = pd.DataFrame(expected, columns=[*order, "has_churned"]).sort_values(order, ignore_index=True)
    found = made["outcomes"].sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert 0.1 < expected.has_churned.mean() < 0.9


def test_signals_are_what_the_rows_say(made, rows):
    late, uses = known_late(rows), 0
    for row in made["features"].itertuples():
        after = row.as_of_date + pd.Timedelta(days=1)
        mine = days_of(late, "late_on", row).dropna()
        mine = mine[mine < after]
        opened = days_of(late, "opened_on", row)
        opened = opened[opened < after]
        assert (
            (row.days_since_complaint == (row.as_of_date - opened.max()).days)
            if len(opened)
            else np.isnan(row.days_since_complaint)
        )
        assert (
            (row.days_since_late_complaint == (row.as_of_date - mine.max()).days)
            if len(mine)
            else np.isnan(row.days_since_late_complaint)
        )
        assert row.late_complaints_3m == (mine >= after - pd.DateOffset(months=3)).sum()
        assert row.late_complaints_12m == (mine >= after - pd.DateOffset(months=12)).sum()
        last_purchase = row.as_of_date - pd.Timedelta(days=row.recency_days)
        assert row.late_complaints_since_purchase == int(len(mine) > 0 and mine.max() >= last_purchase)
        uses += row.late_complaints_since_purchase
    assert uses > 20


def test_a_closed_account_and_what_was_told_are_known_from_that_day_on(made):
    for row in made["features"].itertuples():
        day, _ = CLOSED.get(row.customer_key, (None, None)) if row.source == "web" else (None, None)
        closed = day is not None and row.as_of_date >= pd.Timestamp(day)
        assert row.account_closed == closed
        told = {"k5": "says_price", "k9": "says_moved"}.get(row.customer_key) if closed else None
        assert (row.told_reason if isinstance(row.told_reason, str) else None) == told


def test_causes_count_who_left_once_beside_who_stayed(made):
    features = made["features"].set_index(["customer_id", "as_of_date"])
    outcomes = made["outcomes"].query("lead_days == @LEADS[0]")
    outcomes = outcomes[outcomes.as_of_date.isin(made["months"])].sort_values(["customer_id", "as_of_date"])
    months = outcomes.as_of_date.dt.year * 12 + outcomes.as_of_date.dt.month
    before = outcomes.groupby("customer_id").has_churned.shift()
    follows = months - months.groupby(outcomes.customer_id).shift() == 1
    again = outcomes.has_churned & before.eq(True) & follows
    counted = outcomes[~again].join(features[["complaints_12m", "rhythm_ratio"]], on=["customer_id", "as_of_date"])
    causes = made["causes"].query("group_kind == 'all'").set_index(["as_of_date", "reason"])
    assert len(causes) > 50
    for day, group in counted.groupby("as_of_date"):
        left, stayed = group[group.has_churned], group[~group.has_churned]
        if left.empty:
            assert day not in causes.index
            continue
        for reason, holds in (("complaints", group.complaints_12m >= 1), ("silent", group.rhythm_ratio > 1)):
            row = causes.loc[(day, reason)]
            assert (row.lost_customers, row.stayed_customers) == (len(left), len(stayed))
            assert row.lost_with_signal == holds[group.has_churned].sum()
            if len(stayed):
                assert row.stayed_share == pytest.approx(holds[~group.has_churned].mean(), abs=1e-6)


def test_tiers_and_segments_add_up_to_all_and_every_reason_has_its_team(made):
    causes = made["causes"]
    totals = causes.groupby(["as_of_date", "reason", "group_kind"]).lost_customers.sum().unstack()
    assert (totals["tier"] == totals["all"]).all()
    assert (totals["rfm_segment"].dropna() <= totals["all"]).all()
    teams = causes.drop_duplicates("reason").set_index("reason")[["cause", "team"]].sort_index()
    pd.testing.assert_frame_equal(teams, made["reasons"].set_index("reason")[["cause", "team"]].sort_index())
