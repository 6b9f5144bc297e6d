"""What campaigns did, what channels cost, what is foretold and who is on the lists, each computed once more by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.dbt_project import campaigns_by_hand as hand

BUILT = "+campaign_roi +channel_performance +campaign_rehearsal +strategy_review +scenario_overlap"
MEASURED = ("r1", "r2", "r3", "r4", "r5")


@pytest.fixture(scope="module")
def company(world):
    made = world()
    for entity, rows in {
        "customers": hand.people(),
        "orders": hand.orders(),
        "campaigns": hand.campaigns(),
        "campaign_touches": hand.touches(),
        "marketing_spend": hand.SPEND,
    }.items():
        made.load(entity, rows)
    decided = hand.actions()
    with made.connect() as connection:
        connection.register("decided", decided.drop(columns=["person", "customer_key"]))
        connection.execute("insert into scores.planned_actions by name select * from decided")
    return made.build(hand.LAST, BUILT)


@pytest.fixture(scope="module")
def roi(company):
    found = company.read("select * from marts.campaign_roi")
    return found.assign(key=found["campaign_id"].str.removeprefix("shop:")).set_index("key")


@pytest.fixture(scope="module")
def by_hand():
    return hand.ByHand()


def degrees_of(by_hand, key: str) -> float:
    return by_hand.against_peers(key).degrees if key == "m1" else by_hand.against_control(key)[2]


def within(effect: float, error: float, degrees: float) -> tuple[float, float, float]:
    reach = error * stats.t.ppf(0.975, degrees)
    return effect, effect - reach, effect + reach


def told(row, name: str) -> tuple[float, float, float]:
    return tuple(float(row[f"{name}{end}"]) for end in ("", "_lower", "_upper"))


@pytest.mark.parametrize("key", MEASURED)
def test_a_control_group_tells_the_effect_with_its_interval(roi, by_hand, key):
    row, (treated, control) = roi.loc[key], by_hand.arms(key)
    assert (row["design"], row["reason"]) == ("randomised", "randomised")
    assert (row["treated"], row["controls"]) == (len(treated), len(control))
    effect, error, degrees = by_hand.against_control(key)
    expected = np.array(within(effect, error, degrees)) * len(treated)
    assert told(row, "incremental_revenue") == pytest.approx(expected, rel=1e-4, abs=0.05)
    assert told(row, "incremental_margin") == pytest.approx(hand.MARGIN * expected, rel=1e-3, abs=0.5)
    for measure, name in (("buyer", "buyers"), ("retained", "retained")):
        expected = np.array(within(*by_hand.against_control(key, measure))) * len(treated)
        assert told(row, f"incremental_{name}") == pytest.approx(expected, rel=1e-4, abs=0.01)
    assert row["margin_is_assumed"]


def test_a_control_group_that_is_not_as_declared_is_not_relied_on(roi, by_hand):
    treated, control = by_hand.arms("b1")
    chance = stats.chisquare([len(treated), len(control)], (len(treated) + len(control)) * np.array([0.9, 0.1])).pvalue
    row = roi.loc["b1"]
    assert chance < 0.001 and row["reason"] == "broken_ratio" and row["reason_en"] and row["reason_zh"]
    assert (row["design"], row["treated"], row["controls"]) == ("randomised", len(treated), len(control))
    assert not row["is_stop_flagged"] and pd.notna(row["incremental_margin"])


def test_without_a_control_those_who_bought_alike_are_compared(roi, by_hand):
    row = roi.loc["m1"]
    found = by_hand.against_peers("m1")
    assert (row["design"], row["reason"], row["controls"]) == ("matched", "matched", 0)
    assert (row["compared_treated"], row["compared_others"]) == (found.treated, found.peers)
    assert abs(row["imbalance"]) < 0.1
    expected = np.array(within(found.effect, found.error, found.degrees)) * row["treated"]
    assert told(row, "incremental_revenue") == pytest.approx(expected, rel=1e-4, abs=0.05)


def test_a_region_is_compared_with_those_that_went_alike(roi, by_hand):
    """A third more was planted in the North: the interval holds it and not nought."""
    row = roi.loc["g1"]
    assert (row["design"], row["reason"], row["compared_regions"]) == ("region", "region", 2)
    expected = within(*by_hand.against_regions("g1"))
    assert told(row, "incremental_revenue") == pytest.approx(expected, rel=1e-3, abs=0.5)
    assert float(row["incremental_revenue_lower"]) > 0


@pytest.mark.parametrize(
    ("key", "reason"),
    [("a1", "only_answers"), ("n1", "nobody_known"), ("y1", "too_early"), ("f1", "too_few")],
)
def test_where_nothing_can_be_known_the_reason_says_why(roi, key, reason):
    row = roi.loc[key]
    assert row["reason"] == reason and row["reason_en"] and row["reason_zh"]
    assert pd.isna(row["incremental_margin"]) and pd.isna(row["roi"]) and not row["is_stop_flagged"]


def test_only_what_has_begun_is_judged(roi):
    assert set(roi.index) == set(hand.BY_KEY) - {"p1", "p2"}


def test_cost_is_told_for_the_whole_or_booked(roi, by_hand):
    """r2 has no figure of its own: what its sent touches cost, and what was booked for it."""
    assert (float(roi.loc["r1", "cost"]), roi.loc["r1", "cost_basis"]) == (150, "campaign")
    sent = 0.5 * len(by_hand.arms("r2")[0])
    assert (float(roi.loc["r2", "cost"]), roi.loc["r2", "cost_basis"]) == (sent + 40, "touches_and_bookings")
    assert pd.isna(roi.loc["n1", "cost"]) and pd.isna(roi.loc["n1", "cost_basis"])
    assert float(roi.loc["r5", "cost"]) == -20 and roi.loc["r5", ["roi", "roi_lower", "roi_upper"]].isna().all()
    for row in roi[roi["roi"].notna()].itertuples():
        assert row.roi == pytest.approx(float(row.incremental_margin / row.cost) - 1, abs=1e-5)
        assert row.roi_lower == pytest.approx(float(row.incremental_margin_lower / row.cost) - 1, abs=1e-5)


def test_stop_rules_are_tried_in_their_order(roi):
    judged = roi[roi["reason"].isin(["randomised", "matched", "region"])]
    assert len(judged) >= 6
    for row in judged.itertuples():
        expected = None
        if float(row.incremental_margin_upper) < 0:
            expected = "harmful"
        elif row.roi_upper < 0:
            expected = "never_pays"
        elif row.roi_lower < 0 and row.roi < 0 and row.days_measured >= 28:
            expected = "unproven"
        assert (row.stop_rule if isinstance(row.stop_rule, str) else None) == expected, row.Index
        assert row.is_stop_flagged == (expected is not None)


def test_discounts_over_the_cap_are_flagged(roi):
    """0.12, but 0.20 for win-back."""
    assert roi["over_cap_by"].dropna().to_dict() == {"r1": "offered", "r3": "offered"}
    assert roi.loc["f1", "discount_cap"] == 0.20 and roi.loc["r1", "discount_cap"] == 0.12


def test_coupons_are_counted(roi, by_hand):
    redeemed = by_hand.touches[by_hand.touches["kind"] == "redeemed"]
    assert roi.loc["m1", ["redeemed", "redeemers"]].tolist() == [len(redeemed), redeemed["customer_key"].nunique()]
    assert roi.loc["r1", "redeemed"] == 0


def test_channels_count_steps_and_share_out_money(company, roi, by_hand):
    found = company.read("select * from marts.channel_performance").set_index(["channel", "month", "objective"])
    assert len(found) == 9
    rows = by_hand.touches[by_hand.touches["campaign_key"] == "r1"]
    treated = rows[rows["customer_key"].isin(by_hand.arms("r1")[0])]
    people = {kind: own["customer_key"].nunique() for kind, own in treated.groupby("kind")}
    row = found.loc[("email", pd.Timestamp("2023-06-01"), "retention")]
    assert row[["contacts", "sent", "delivered", "opened", "converted"]].tolist() == [
        people[kind] for kind in ("targeted", "sent", "delivered", "opened", "converted")
    ]
    assert row["opened_rate"] == pytest.approx(people["opened"] / people["delivered"], abs=1e-6)
    assert row["cost_per_contact"] == pytest.approx(150 / people["sent"], abs=1e-5)
    assert row["cost_per_conversion"] == pytest.approx(150 / people["converted"], abs=1e-5)
    end = pd.Timestamp("2023-07-02")
    stayed = by_hand.purchase_days(end + pd.Timedelta(days=1), end + pd.Timedelta(days=90))[by_hand.arms("r1")[0]] > 0
    assert (row["retained"], row["retained_rate"]) == (stayed.sum(), pytest.approx(stayed.mean(), abs=1e-6))
    assert float(row["incremental_margin"]) == pytest.approx(float(roi.loc["r1", "incremental_margin"]), abs=1e-3)
    assert row["return_per_contact"] == pytest.approx(
        float(roi.loc["r1", "incremental_margin"]) / people["sent"], abs=1e-4
    )
    late = found.loc[("sms", pd.Timestamp("2024-06-01"), "retention")]
    assert late["measured_contacts"] == 0 and pd.isna(late["return_per_contact"]) and pd.isna(late["retained"])
    coupons = found.loc[("unknown", pd.Timestamp("2024-03-01"), "loyalty")]
    assert coupons["contacts"] == len(by_hand.arms("m1")[0]) and coupons["converted"] == roi.loc["m1", "redeemers"]


def test_the_past_foretells_the_next_campaign(company, by_hand):
    """Effects of those that are over are pooled by DerSimonian and Laird, and those alike drawn to the average."""
    found = company.read("select * from marts.campaign_rehearsal").set_index("plan_id")
    past = company.read(
        "select * from marts.campaign_roi where reason in ('randomised', 'matched') and is_over order by starts_on"
    )
    assert past["campaign_id"].str.removeprefix("shop:").tolist() == [*MEASURED, "m1"]
    effects = past["incremental_margin"].astype(float).to_numpy() / past["treated"].to_numpy()
    sizes = (1 / (1 / past["compared_treated"] + 1 / past["compared_others"])).to_numpy()
    half = (past["incremental_margin_upper"] - past["incremental_margin_lower"]).astype(float).to_numpy() / 2
    errors = (
        half
        / past["treated"].to_numpy()
        / past["campaign_id"]
        .map(lambda name: stats.t.ppf(0.975, degrees_of(by_hand, name.removeprefix("shop:"))))
        .to_numpy()
    )
    alike = ((past["objective"] == "retention") & (past["channel"] == "email")).to_numpy()
    assert alike.tolist() == [True, False, False, True, True, False]
    spread = (errors**2 * sizes).mean()
    mean = sizes @ effects / sizes.sum()
    distance = sizes @ (effects - mean) ** 2 / spread
    tau = max(0.0, (distance - 5) / (sizes.sum() - (sizes**2).sum() / sizes.sum()))
    weights = 1 / (1 / sizes + tau)
    own = alike.sum() / (alike.sum() + 4)
    pooled = own * np.average(effects[alike], weights=weights[alike]) + (1 - own) * np.average(effects, weights=weights)
    variance = own**2 * spread / weights[alike].sum() + (1 - own) ** 2 * spread / weights.sum() + tau * spread
    plan = found.loc["shop:p1"]
    assert (plan["plan_kind"], plan["comparable_campaigns"], plan["alike_campaigns"]) == ("planned", 6, 3)
    assert plan["expected_effect"] == pytest.approx(pooled, abs=1e-3)
    reach = stats.t.ppf(0.975, 4) * np.sqrt(variance)
    assert plan["expected_effect_upper"] - plan["expected_effect"] == pytest.approx(reach, rel=5e-3)
    assert plan["is_limited_by_budget"] and float(plan["expected_cost"]) <= 1
    assert "shop:p2" not in found.index, "not announced by the date of the run"
    first = found.loc["shop:r1"]
    assert first["missing"] == "too_few_comparable" and first["reached"] == len(by_hand.arms("r1")[0])
    assert found.loc["shop:r5", "comparable_campaigns"] == 4
    assert found.loc["shop:r5", "is_as_expected"] in (True, False) and pd.isna(first["is_as_expected"])


def test_thoughts_are_rehearsed_on_their_audience(company):
    found = company.read("select * from marts.campaign_rehearsal where plan_kind = 'thought_of'").set_index("plan_id")
    lists = company.read("select audience, reachable from marts.scenario_overlap where audience = other_audience")
    reachable = lists.set_index("audience")["reachable"]
    for plan, audience in (("wake_up_by_sms", "dormant_wake_up"), ("second_order_by_app", "second_purchase")):
        row = found.loc[plan]
        assert row["audience"] == audience and row["expected_reach"] == int(reachable[audience] * 0.8)
    assert found["discount_rate"].to_dict() == {"wake_up_by_sms": 0.10, "second_order_by_app": 0.05}
    assert not found["is_over_cap"].any(), "the caps are 20 % for winning back and 12 %"


def test_a_discount_over_the_cap_of_its_objective_is_told_before_the_launch(company):
    found = company.read("select * from marts.campaign_rehearsal where plan_kind = 'campaign'").set_index("plan_id")
    caps = found["objective"].map({"win_back": 0.20, "acquisition": 0.15}).fillna(0.12)
    told = company.read("select campaign_id, discount_rate from core.dim_campaign").set_index("campaign_id")
    told = told["discount_rate"].reindex(found.index)
    assert found.loc[told.isna(), "is_over_cap"].isna().all()
    known = found[told.notna()]
    assert known["is_over_cap"].tolist() == (told > caps)[told.notna()].tolist()
    assert set(known["is_over_cap"]) == {True, False}


def test_strategies_add_up_their_campaigns(company, roi):
    found = company.read("select * from marts.strategy_review").set_index(["strategy_kind", "strategy"])
    recent = roi[(roi["starts_on"] > "2023-06-30") & (roi["objective"] == "retention")]
    doubtful = recent["reason"].isin(["unbalanced", "broken_ratio"])
    usable = recent[recent["incremental_margin"].notna() & recent["cost"].notna() & ~doubtful]
    row = found.loc[("objective", "retention")]
    assert (row["campaigns"], row["measured_campaigns"]) == (len(recent), len(usable))
    margin, cost = usable["incremental_margin"].astype(float).sum(), usable["cost"].astype(float).sum()
    half = (usable["incremental_margin_upper"] - usable["incremental_margin_lower"]).astype(float) / 2
    assert row["roi"] == pytest.approx((margin - cost) / cost, abs=1e-4)
    assert row["roi_upper"] - row["roi"] == pytest.approx(np.sqrt((half**2).sum()) / cost, abs=1e-3)
    before = roi.loc["r1"]
    assert row["previous_roi"] == pytest.approx(before["roi"], abs=1e-6)
    expected = (
        "stop" if row["roi_upper"] < 0 else "grow" if row["roi_lower"] > 0 else "keep" if row["roi"] > 0 else "mend"
    )
    assert row["verdict"] == expected
    assert found.loc[("channel", "poster"), "campaigns"] == 2


def test_the_review_reads_what_the_nightly_actions_did(company):
    """Treated less held back in the 60 days after, from the orders; an objective of theirs alone has a row."""
    found = company.read("select * from marts.strategy_review").set_index(["strategy_kind", "strategy"])
    decided, orders = hand.actions(), hand.orders()
    both = decided[["customer_key", "as_of_date"]].merge(orders, on="customer_key")
    days = (pd.to_datetime(both["ordered_on"]) - pd.to_datetime(both["as_of_date"])).dt.days
    bought = both[days.between(1, 60)].groupby("customer_key")["amount"].agg(["size", "sum"]).astype(float)
    decided = decided.join(bought, on="customer_key").fillna({"size": 0, "sum": 0})
    for (kind, strategy), row in found.iterrows():
        own = decided if kind == "all" else decided[decided["objective"].eq(strategy) & (kind == "objective")]
        if not len(own):
            assert row.filter(like="actions_").isna().all(), (kind, strategy)
            continue
        treated, held = own[~own["is_control"]], own[own["is_control"]]
        assert (row["actions_treated"], row["actions_controls"]) == (len(treated), len(held))
        assert row["actions_cost"] == sum(treated["cost"])
        for figure, column in (("orders", "size"), ("revenue", "sum")):
            effect = treated[column].mean() - held[column].mean()
            error = np.sqrt(treated[column].var() / len(treated) + held[column].var() / len(held))
            assert row[f"actions_{figure}_effect"] == pytest.approx(effect, abs=1e-5)
            assert row[f"actions_{figure}_standard_error"] == pytest.approx(error, abs=1e-5)
        assert row["actions_revenue_low"] == pytest.approx(effect - 1.959964 * error, abs=1e-4)
        assert row["actions_revenue_high"] == pytest.approx(effect + 1.959964 * error, abs=1e-4)
    alone = found.loc[("objective", "cross_sell")]
    assert (alone["campaigns"], alone["measured_campaigns"]) == (0, 0) and pd.isna(alone["roi"])
    assert alone["verdict"] == ("act" if alone["actions_revenue_low"] > 0 else "watch")
    assert found.loc[("objective", "win_back"), "verdict"] == "learn" and found.loc[("all", "all"), "campaigns"] > 5


def test_audiences_hold_everyone_for_whom_all_conditions_hold(company):
    members = company.read("select * from marts.scenario_audiences")
    facts = company.read("select * from int.int_audiences__facts").set_index("customer_id")
    expected = {
        "new_customer_welcome": (facts["tenure_days"] <= 30) & (facts["purchase_days_lifetime"] == 1),
        "birthday": (facts["days_to_birthday"] <= 14) & (facts["recency_days"] <= 365),
        "dormant_wake_up": facts["recency_days"].between(91, 365) & (facts["purchase_days_lifetime"] >= 2),
        "vip_care": (facts["tier_level"] == 1) & (facts["recency_days"] <= 180),
    }
    for audience, holds in expected.items():
        own = members[members["audience"] == audience]
        assert set(own["customer_id"]) == set(facts.index[holds.fillna(False).astype(bool)]), audience
    assert not members["audience"].isin(["expiring_points", "complaint_recovery", "high_value_at_risk"]).any()
    for _, own in members.groupby("audience"):
        assert own.sort_values("place")["net_revenue_12m"].is_monotonic_decreasing
        assert sorted(own["place"]) == list(range(1, len(own) + 1))
    people = company.read("select customer_id, birth_on, accepts_marketing from core.dim_customer").set_index(
        "customer_id"
    )
    said = members["customer_id"].map(people["accepts_marketing"])
    assert said.isna().any() and (members["is_reachable"].astype(bool) == said.eq(True).fillna(False)).all()
    birthdays = people["birth_on"]
    for customer, days in facts["days_to_birthday"].items():
        there = pd.Timestamp(hand.LAST) + pd.Timedelta(days=int(days))
        born = birthdays[customer]
        assert 0 <= days < 366 and (
            (there.month, there.day) == (born.month, born.day) or (born.month, born.day) == (2, 29)
        )


def test_overlap_counts_who_is_in_both(company):
    members = company.read("select audience, customer_id from marts.scenario_audiences")
    lists = members.groupby("audience")["customer_id"].agg(set)
    found = company.read("select * from marts.scenario_overlap").set_index(["audience", "other_audience"])
    names = found.index.get_level_values(0).unique()
    assert len(names) == 12 and len(found) == 144
    for one, other in product(names, names):
        here, there = lists.get(one, set()), lists.get(other, set())
        row = found.loc[(one, other)]
        assert (row["customers"], row["other_customers"], row["shared"]) == (len(here), len(there), len(here & there))
        if here | there:
            assert row["likeness"] == pytest.approx(len(here & there) / len(here | there), abs=1e-6) or not here


def test_without_campaigns_there_are_lists_and_thoughts_alone(world):
    made = world()
    made.load("orders", hand.orders().head(400))
    made.build(hand.LAST, BUILT)
    for mart, rows in {
        "campaign_roi": 0,
        "channel_performance": 0,
        "strategy_review": 0,
        "campaign_rehearsal": 2,
    }.items():
        assert made.read(f"select count(*) as n from marts.{mart}")["n"][0] == rows, mart
    assert made.read("select count(*) as n from marts.scenario_overlap")["n"][0] == 144
