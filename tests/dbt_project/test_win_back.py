"""Win-back against a reading of every lost customer's orders and campaigns."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.dbt_project import lives

LAST = lives.LAST_DAY
RETURN_DAYS, VALUE_DAYS, SHRINKAGE, COST, ACCEPTED_DAYS, MOST = 180, 180, 20, 5, 90, 3
MARGIN = 0.25


@pytest.fixture(scope="module")
def made(world):
    """Lives with pauses, reasons that some give, and four campaigns to win back, each with a control group."""
    orders = lives.orders()
    people = lives.customers(orders)
    people["close_reason"] = [("price", None, "moved", None)[n % 4] for n in range(len(people))]
    days = [LAST - timedelta(days=3 + 40 * (n % 8)) for n in range(len(people))]
    people["closed_on"] = [day if reason else None for day, reason in zip(days, people["close_reason"], strict=True)]
    people["closed_at"] = pd.to_datetime(people["closed_on"])
    begins = [date(2023, 4, 5), date(2023, 9, 5), date(2023, 12, 5), date(2024, 4, 20)]
    told = lives.campaigns(people, begins, ["win_back", "win_back", "retention", "win_back"], seed=2)
    _reach_on_the_day_of_return(told["campaign_touches"], orders)
    company = world()
    entities = {"orders": orders, "customers": people, **told}
    keys = lives.built(company, entities, "+winback_plan +winback_returns +alert_outcomes")
    touches = told["campaign_touches"]
    return company, orders, people.set_index("customer_key"), touches, keys


def _reach_on_the_day_of_return(touches: pd.DataFrame, orders: pd.DataFrame) -> None:
    """Campaign c1 comes to those who paused long on the very day on which they buy again."""
    sales = orders[orders["kind"] == "sale"].drop_duplicates(["customer_key", "ordered_on"])
    sales = sales.sort_values(["customer_key", "ordered_on"])
    silence = pd.to_datetime(sales["ordered_on"]).groupby(sales["customer_key"]).diff()
    returns = sales[silence > pd.Timedelta(days=240)].drop_duplicates("customer_key")
    days = touches["customer_key"].map(returns.set_index("customer_key")["ordered_on"])
    moved = (touches["campaign_key"] == "c1") & days.notna()
    touches.loc[moved, "touched_on"] = days[moved]
    touches["touched_at"] = pd.to_datetime(touches["touched_on"])


@pytest.fixture(scope="module")
def spells(made) -> pd.DataFrame:
    """Each time that somebody was lost, read from their stages, with what followed."""
    company, orders, people, _, keys = made
    stages = company.read("select * from marts.lifecycle_stage where unit_kind = 'customer' and stage = 'lost'")
    tiers = company.read("select customer_id, as_of_date, tier from marts.customer_tiers where is_month_end")
    tier = {(row.customer_id, row.as_of_date): row.tier for row in tiers.itertuples()}
    sales = orders[orders["kind"] == "sale"].groupby("customer_key")["ordered_on"].agg(lambda days: sorted(set(days)))
    rows = []
    for (customer, since), _ in stages.groupby(["customer_id", "since"]):
        key, lost_on = keys[customer], since.date()
        before = [day for day in sales[key] if day <= lost_on]
        after = [day for day in sales[key] if day > lost_on]
        returned = after[0] if after else None
        month_end = pd.Timestamp(before[-1]) + pd.offsets.MonthEnd(0)
        row = {"customer_id": customer, "key": key, "lost_on": lost_on, "returned_on": returned, "last": before[-1]}
        told = people.at[key, "close_reason"]
        row["reason"] = told if isinstance(told, str) and people.at[key, "closed_on"] <= lost_on else "unknown"
        row["tier"] = tier.get((customer, month_end), "unknown")
        row["is_seen"] = lost_on > lives.MONTH_ENDS[0]
        row["is_returned"] = None
        if lost_on + timedelta(days=RETURN_DAYS) <= LAST:
            row["is_returned"] = returned is not None and returned <= lost_on + timedelta(days=RETURN_DAYS)
        row["margin"], row["lasts"] = None, None
        if returned and returned + timedelta(days=VALUE_DAYS) <= LAST:
            own = orders[(orders["customer_key"] == key) & (orders["ordered_on"] >= returned)]
            own = own[own["ordered_on"] < returned + timedelta(days=VALUE_DAYS)]
            row["margin"] = float(sum(own["amount"])) * MARGIN
            row["lasts"] = own[own["kind"] == "sale"]["ordered_on"].nunique() > 1
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def attempts(made, spells) -> pd.DataFrame:
    _, _, _, touches, _ = made
    rows = []
    sent = touches[(touches["kind"] == "sent") & (touches["campaign_key"] != "c2")]
    for spell in spells.itertuples():
        for touch in sent[sent["customer_key"] == spell.key].itertuples():
            on = touch.touched_on
            if on <= spell.lost_on or (spell.returned_on and on > spell.returned_on):
                continue
            ends = on + timedelta(days=ACCEPTED_DAYS)
            accepted = True if spell.returned_on and spell.returned_on <= ends else False if ends <= LAST else None
            bought_on = spell.returned_on if accepted else None
            rows.append((spell.customer_id, spell.lost_on, touch.campaign_key, on, accepted, bought_on))
    return pd.DataFrame(rows, columns=["customer_id", "lost_on", "campaign", "on", "is_accepted", "bought_on"])


def test_returns_by_reason_and_tier(made, spells):
    company = made[0]
    found = company.read("select * from marts.winback_returns").set_index(["reason", "tier"])
    seen = spells[spells["is_seen"]]
    groups = dict(list(seen.groupby(["reason", "tier"])))
    assert set(found.index) == set(groups)
    known, valued = seen["is_returned"].dropna().astype(bool), seen["margin"].dropna()
    rate, worth = known.mean(), valued.mean()
    for name, own in groups.items():
        row = found.loc[name]
        returned, margins = own["is_returned"].dropna().astype(bool), own["margin"].dropna()
        assert (row["lost"], row["known"], row["returned"]) == (len(own), len(returned), returned.sum())
        expected = (returned.sum() + SHRINKAGE * rate) / (len(returned) + SHRINKAGE)
        assert row["expected_return_rate"] == pytest.approx(expected, abs=2e-5)
        assert float(row["expected_worth"]) == pytest.approx(
            (margins.sum() + SHRINKAGE * worth) / (len(margins) + SHRINKAGE), rel=1e-4
        )
        if len(margins):
            assert float(row["worth_of_return"]) == pytest.approx(margins.mean(), rel=1e-4)
            assert row["lasting_share"] == pytest.approx(own["lasts"].dropna().astype(bool).mean(), abs=1e-6)
    assert len(valued) >= 5 and known.sum() >= 5, "returns were seen"


def test_the_plan_is_of_who_is_lost_now(made, spells, attempts):
    company = made[0]
    plan = company.read("select * from marts.winback_plan").set_index("customer_id")
    now = company.read(
        "select * from marts.lifecycle_stage where is_current and stage = 'lost' and unit_kind = 'customer'"
    )
    assert set(plan.index) == set(now["customer_id"])
    groups = company.read("select * from marts.winback_returns").set_index(["reason", "tier"])
    latest = spells.sort_values("lost_on").groupby("customer_id").last()
    for customer, row in plan.iterrows():
        spell = latest.loc[customer]
        assert (row["lost_on"].date(), row["reason"], row["tier"]) == (spell["lost_on"], spell["reason"], spell["tier"])
        own = attempts[attempts["customer_id"] == customer]
        tried = (own["lost_on"] == spell["lost_on"]).sum()
        assert row["attempts"] == tried
        assert row["attempts_ever"] == len(own)
        assert row["accepted_ever"] == sum(accepted is True for accepted in own["is_accepted"])
        if (spell["reason"], spell["tier"]) in groups.index:
            group = groups.loc[(spell["reason"], spell["tier"])]
            value = float(group["expected_return_rate"]) * float(group["expected_worth"])
            assert float(row["expected_value"]) == pytest.approx(value, abs=1e-3)
        assert row["is_worth_it"] == (tried < MOST and float(row["expected_value"]) > COST)
    assert len(plan) > 30


def test_attempts_have_outcomes(made, attempts):
    company = made[0]
    outcomes = company.read("select * from marts.alert_outcomes where kind = 'win_back'")
    told = {(row.customer_id, row.subject_id): row.outcome for row in outcomes.itertuples()}
    words = {True: "bought", False: "lost", None: None}
    truth = {(row.customer_id, f"shop:{row.campaign}"): words[row.is_accepted] for row in attempts.itertuples()}
    assert {key: None if pd.isna(outcome) else outcome for key, outcome in told.items()} == truth
    assert set(truth.values()) == {"bought", "lost", None}
    bought = outcomes[outcomes["outcome"] == "bought"].set_index(["customer_id", "subject_id"])
    won = attempts[attempts["is_accepted"].eq(True)]
    assert len(bought) == len(won) > sum(won["on"] == won["bought_on"]) > 0, "some were reached on the day they bought"
    for row in won.itertuples():
        found = bought.loc[(row.customer_id, f"shop:{row.campaign}")]
        assert (found["bought_on"].date(), found["days_to_purchase"]) == (row.bought_on, (row.bought_on - row.on).days)
        assert found["net_revenue"] > 0


def test_without_campaigns_nothing_was_tried(world):
    company = world()
    company.load("orders", lives.orders(9))
    company.build(LAST, "+winback_plan")
    plan = company.read("select * from marts.winback_plan")
    assert len(plan) > 30 and (plan["attempts"] == 0).all() and plan["expected_value"].notna().all()
