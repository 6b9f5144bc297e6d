"""Churn alerts, their outcomes and the retention plan against a walk through the dates of every customer."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import silences
from tests.dbt_project.silences import LAST, LEAD
from tests.dbt_project.warehouse_by_hand import World

BUILT = "+churn_alerts +alert_outcomes +alert_quality +retention_plan"
SCORED = [*silences.MONTH_ENDS[-4:], LAST]


@pytest.fixture(scope="module")
def made(world):
    """The company built; a few of the last dates are scored, with one customer in five unknown."""
    rows = silences.tables()
    company = world()
    for entity, frame in rows.items():
        company.load(entity, frame)
    company.build(LAST, "+stg_crm__orders", data_tests=False)  # for the ids alone
    ids = company.read("select customer_id, customer_key from core.customer_xref order by 2")
    random = np.random.default_rng(8)
    scores = ids.merge(pd.DataFrame({"as_of_date": SCORED}), how="cross").assign(lead_days=LEAD, model_version="1")
    scores["churn_probability"] = [
        None if random.random() < 0.2 else round(random.random(), 4) for _ in range(len(scores))
    ]
    values = ids.assign(as_of_date=LAST, clv_12m=[round(random.gamma(1, 300), 2) for _ in range(len(ids))])
    with company.connect() as connection:
        for table, frame in (("churn_scores", scores), ("clv_scores", values)):
            connection.register("rows", frame.drop(columns="customer_key"))
            connection.execute(f"insert into scores.{table} by name from rows")
    company.build(LAST, BUILT)
    return company, rows, ids.set_index("customer_id")["customer_key"], scores


@pytest.fixture(scope="module")
def alerts(made) -> pd.DataFrame:
    found = made[0].read("select * from marts.churn_alerts")
    for column in ("opened_on", "due_on", "closed_on"):
        found[column] = [None if pd.isna(day) else day.date() for day in found[column]]
    return found.assign(customer_key=found["customer_id"].map(made[2]))


@pytest.fixture(scope="module")
def walked(made) -> dict[tuple[str, date], dict]:
    company, rows, keys, scores = made
    tiers = company.read("select customer_id, as_of_date, tier from marts.customer_tiers")
    tier = {(keys[row.customer_id], row.as_of_date.date()): row.tier for row in tiers.itertuples()}
    score = {(row.customer_key, row.as_of_date): row.churn_probability for row in scores.dropna().itertuples()}
    coupons_from = rows["orders"].dropna(subset="coupon_key")["ordered_on"].min()
    return {
        (key, alert["opened_on"]): alert
        for key, one in silences.customers(rows).items()
        for alert in silences.walk(
            one, lambda day, key=key: tier.get((key, day)), lambda day, key=key: score.get((key, day)), coupons_from
        )
    }


def test_alerts_are_those_of_a_walk_through_the_dates(alerts, walked):
    assert set(walked) == set(zip(alerts["customer_key"], alerts["opened_on"], strict=True))
    for row in alerts.itertuples():
        truth = walked[row.customer_key, row.opened_on]
        told = {name: getattr(row, name) for name in ("signals", "points", "level", "due_on", "status", "closed_on")}
        assert told == {name: truth[name] for name in told}, (row.customer_key, row.opened_on)
        assert (None if pd.isna(row.close_reason) else row.close_reason) == truth["close_reason"]
    signals = set(", ".join(alerts["signals"]).split(", "))
    assert signals == set(silences.POINTS), "every signal of the policy fires for somebody"
    assert set(alerts["close_reason"].dropna()) == {"bought", "lost", "ran_out"}
    assert set(alerts["level"]) == {"urgent", "high", "normal"}


def test_nobody_has_two_open_alerts(alerts):
    """Of one customer the next alert is opened on the day the former closed, or later."""
    for _, own in alerts.sort_values("opened_on").groupby("customer_id"):
        closed, opened = own["closed_on"].tolist()[:-1], own["opened_on"].tolist()[1:]
        assert all(before is not None and before <= after for before, after in zip(closed, opened, strict=True))
    assert alerts.groupby("customer_id").size().max() >= 4


def test_an_open_alert_says_how_urgent_it_is_today(made, alerts):
    """By what the walk finds at the last day; of the closed nothing."""
    company, rows, _, scores = made
    people = silences.customers(rows)
    tiers = company.read(f"select customer_id, tier from marts.customer_tiers where as_of_date = '{LAST}'")
    tier = tiers.set_index("customer_id")["tier"]
    score = scores[scores["as_of_date"] == LAST].dropna().set_index("customer_key")["churn_probability"]
    for row in alerts.itertuples():
        if row.status == "closed":
            assert pd.isna(row.level_now) and pd.isna(row.points_now)
            continue
        one = people[row.customer_key]
        fired = one.signals(LAST, score.get(row.customer_key), True) if one.is_judged(LAST) else []
        points = sum(silences.POINTS[signal] for signal in fired) + silences.TIER_POINTS.get(tier[row.customer_id], 0)
        level = next(name for name, at_least, _ in silences.LEVELS if points >= at_least) if fired else None
        assert (None if pd.isna(row.level_now) else row.level_now) == level
    assert (alerts["level_now"].notna() & (alerts["level_now"] != alerts["level"])).any()


def test_the_owner_is_who_looked_after_the_customer_that_day(made, alerts):
    assigned = made[1]["manager_assignments"]
    for row in alerts.itertuples():
        own = assigned[(assigned["customer_key"] == row.customer_key) & assigned["role"].isna()]
        day = row.opened_on
        now = own[(own["starts_on"] <= day) & (own["ends_on"] >= day)] if len(own) else own
        expected = f"shop:{now['manager_key'].iloc[-1]}" if len(now) else "retention"
        assert (row.owner, row.owner_kind) == (expected, "manager" if len(now) else "team")
    assert set(alerts["owner_kind"]) == {"manager", "team"}


def test_an_offer_fits_level_and_tier(alerts):
    for row in alerts.itertuples():
        is_pressing = row.level in ("urgent", "high")
        best = is_pressing and row.tier in ("diamond", "gold")
        assert row.offer == ("personal_call" if best else "strong_coupon" if is_pressing else "gentle_coupon")


def test_ids_outlast_the_month_and_another_as_of_date(made, alerts, tmp_path):
    """Told two weeks earlier, alerts of the month-ends before have the same ids, and say the same of their opening."""
    company = made[0]
    company.copy_to(tmp_path / "now")
    earlier = company.build(date(2024, 6, 3), BUILT, data_tests=False).read("select * from marts.churn_alerts")
    World(company.dbt, like=tmp_path / "now")
    before = alerts[alerts["opened_on"] <= date(2024, 5, 31)].set_index("alert_id")
    then = earlier.set_index("alert_id")
    assert set(before.index) <= set(then.index)
    opening = ["customer_id", "level", "signals", "owner", "offer"]
    pd.testing.assert_frame_equal(then.loc[before.index, opening], before[opening])


def test_an_outcome_is_the_label_that_models_are_trained_on(made, alerts):
    """Read from the purchases by hand, and equal to what churn training takes as truth."""
    company, rows, _, _ = made
    outcomes = company.read("select * from marts.alert_outcomes where kind = 'alert'").set_index("subject_id")
    assert set(outcomes.index) == set(alerts["alert_id"])
    labels = company.read(f"select * from int.int_churn__outcomes where lead_days = {LEAD}")
    labels = labels.set_index(["customer_id", "as_of_date"])["has_churned"]
    people = silences.customers(rows)
    for row in alerts.itertuples():
        outcome = outcomes.loc[row.alert_id]
        ends = row.opened_on + timedelta(days=LEAD)
        label = labels.get((row.customer_id, pd.Timestamp(row.opened_on)))
        if ends > LAST:
            assert pd.isna(outcome["outcome"]) and pd.isna(label) and pd.isna(outcome["net_revenue"])
            continue
        bought = [day for day in people[row.customer_key].purchases if row.opened_on < day <= ends]
        assert outcome["outcome"] == ("bought" if bought else "lost") == ("lost" if label else "bought")
        if bought:
            assert outcome["bought_on"].date() == bought[0]
            assert outcome["days_to_purchase"] == (bought[0] - row.opened_on).days
        own = rows["orders"].query(
            "customer_key == @row.customer_key and ordered_on > @row.opened_on and ordered_on <= @ends"
        )
        assert outcome["net_revenue"] == pytest.approx(float(own["amount"].sum()))
    assert set(outcomes["outcome"].dropna()) == {"bought", "lost"} and outcomes["outcome"].isna().any()


def test_precision_and_recall_by_month_are_counted_by_hand(made, alerts):
    company, rows, _, _ = made
    people = silences.customers(rows)
    quality = company.read("select * from marts.alert_quality").set_index(["as_of_date", "signal"])
    for day in silences.MONTH_ENDS:
        judged = {key for key, one in people.items() if one.is_judged(day)}
        ends = day + timedelta(days=LEAD)
        lost = {key for key in judged if not any(day < bought <= ends for bought in people[key].purchases)}
        for signal in ("any", "gone_quiet", "off_rhythm"):
            own = alerts if signal == "any" else alerts[alerts["signals"].str.contains(signal)]
            opened = set(own[own["opened_on"] == day]["customer_key"])
            open_now = own[
                [
                    begun <= day and (end is None or end > day)
                    for begun, end in zip(own["opened_on"], own["closed_on"], strict=True)
                ]
            ]
            standing = set(open_now["customer_key"]) & judged
            if not judged:
                assert (pd.Timestamp(day), signal) not in quality.index
                continue
            row = quality.loc[(pd.Timestamp(day), signal)]
            assert (row["judged"], row["opened"], row["standing"]) == (len(judged), len(opened), len(standing))
            assert row["is_known"] == (ends <= LAST)
            if ends > LAST:
                assert pd.isna(row["recall"]) and pd.isna(row["precision_of_opened"])
                continue
            if opened:
                assert row["precision_of_opened"] == pytest.approx(len(opened & lost) / len(opened), abs=1e-6)
            if lost:
                assert row["recall"] == pytest.approx(len(standing & lost) / len(lost), abs=1e-6)
    known = quality.xs("any", level="signal").query("is_known")
    assert known["precision_of_opened"].notna().sum() >= 10 and known["recall"].notna().sum() >= 10


def test_the_plan_weighs_what_is_saved_against_its_cost(made, alerts):
    company, _, _, scores = made
    plan = company.read("select * from marts.retention_plan")
    values = company.read("select customer_id, clv_12m from scores.clv_scores").set_index("customer_id")["clv_12m"]
    keys = company.read("select customer_id, customer_key from core.customer_xref").set_index("customer_id")[
        "customer_key"
    ]
    score = scores[scores["as_of_date"] == LAST].set_index("customer_key")["churn_probability"]
    policy = {"message": (0.5, 0.01), "coupon": (12, 0.05), "service_recovery": (25, 0.2), "manager_call": (30, 0.1)}
    meant = set()
    for row in alerts[alerts["status"] == "open"].itertuples():
        meant |= {(row.alert_id, "message"), (row.alert_id, "coupon")}
        if {"late_answer", "negative_word"} & set(row.signals.split(", ")):
            meant.add((row.alert_id, "service_recovery"))
        if row.level in ("urgent", "high"):
            meant.add((row.alert_id, "manager_call"))
    assert set(zip(plan["alert_id"], plan["intervention"], strict=True)) == meant
    gains: dict[str, dict[str, float]] = {}
    for row in plan.itertuples():
        cost, effect = policy[row.intervention]
        probability = score[keys[row.customer_id]]
        if pd.isna(probability):
            assert pd.isna(row.roi) and pd.isna(row.comes_first) and not row.is_best
            continue
        saved = round(probability * effect * float(values[row.customer_id]), 4)
        gains.setdefault(row.customer_id, {})[row.intervention] = saved - cost
        assert float(row.expected_value_saved) == pytest.approx(saved, abs=1e-4)
        assert row.roi == pytest.approx((saved - cost) / cost, abs=1e-4)
        assert row.comes_first == (row.roi > 2)
    for customer, own in plan.groupby("customer_id"):
        best = set(own[own["is_best"]]["intervention"])
        known = gains.get(customer, {})
        assert best == {max(known, key=known.get)} if known and max(known.values()) > 0 else not best
    assert plan["comes_first"].fillna(False).any() and plan["is_best"].any() and plan["roi"].isna().any()
    ranked = plan.dropna(subset="roi").sort_values("place")
    assert ranked["roi"].is_monotonic_decreasing and ranked["place"].iloc[0] == 1
