"""Promotion at once, demotion after the grace, and dates inside a month: a customer a story."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

MONTHS = [date(2024, month, 28) for month in range(1, 8)]
POLICY = """
metric: net_revenue_1m
fallback_metric: net_revenue_lifetime
grace_periods: 3
tiers:
  - {name: gold,   zh: 黄金, top_share: 0.2}
  - {name: silver, zh: 白银, top_share: 0.5}
  - {name: bronze, zh: 青铜}
overrides:
  - {rule: whale, tier: gold, when: "orders_1m >= 3 and net_revenue_1m > 40"}
  - {rule: complains_little, tier: gold, when: "complaint_rate < 0.5"}
"""
# Revenue a month from January to July, of ten customers: the best two of a month are gold, the next three silver.
STORIES = {
    "steady": [100, 100, 100, 100, 100, 100, 100],
    "climbs": [1, 1, 1, 95, 95, 95, 95],
    "falls": [99, 99, 2, 2, 2, 2, 2],
    "bounces": [50, 99.5, 45, 45, 99, 45, 45],
    "returns_all": [20, 20, -5, -5, -5, -5, -5],
    "filler_a": [60, 60, 97, 60, 60, 60, 60],
    "filler_b": [55, 55, 55, 55, 55, 55, 55],
    "filler_c": [3, 3, 3, 3, 3, 3, 3],
    "filler_d": [4, 4, 4, 4, 4, 4, 4],
    "whale": [0.5, 0.5, 0.5, 39, None, None, None],
}
QUALIFIED = {
    "falls": ["gold", "silver", *["bronze"] * 5],
    "bounces": ["silver", "gold", "silver", "silver", "gold", "silver", "silver"],
}


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    policies = tmp_path_factory.mktemp("policies")
    (policies / "tiers.yml").write_text(POLICY, encoding="utf-8")
    rows = [
        {"customer_key": name, "ordered_on": day, "amount": Decimal(str(amount))}
        for name, amounts in STORIES.items()
        for day, amount in zip(MONTHS, amounts, strict=True)
        if amount is not None
    ]
    # `whale` buys thrice in April only, and so fires a rule that their rank would not give.
    rows += [{"customer_key": "whale", "ordered_on": date(2024, 4, day), "amount": Decimal(1)} for day in (1, 2)]
    rows += [{"customer_key": "newcomer", "ordered_on": date(2024, 8, 10), "amount": Decimal(500)}]
    orders = pd.DataFrame(rows).assign(source="shop")
    orders["order_key"] = [f"o{n}" for n in range(len(orders))]
    orders["ordered_at"] = pd.to_datetime(orders["ordered_on"])
    shop = world(policies)
    shop.load("orders", orders)
    return shop


@pytest.fixture(scope="module")
def at_july(made):
    made.build(date(2024, 7, 31))
    return tables(made)


@pytest.fixture(scope="module")
def inside_august(made, at_july):
    made.build(date(2024, 8, 15), "+customer_tiers +tier_history +tier_migration", data_tests=False)
    return tables(made)


def tables(made):
    by_name = "join core.customer_xref using (customer_id) order by customer_key, "
    return {
        "tiers": made.read(f"select * from marts.customer_tiers {by_name} as_of_date"),
        "history": made.read(f"select * from marts.tier_history {by_name} valid_from"),
        "migration": made.read("select * from marts.tier_migration"),
    }


def story(tables, name, column):
    rows = tables["tiers"]
    return list(rows.loc[rows["customer_key"] == name, column])


def test_promotion_is_immediate(at_july):
    assert story(at_july, "climbs", "qualified_tier")[2:4] == ["bronze", "gold"]
    assert story(at_july, "climbs", "tier")[2:4] == ["bronze", "gold"]
    assert story(at_july, "climbs", "rule")[3] == "top_share"


def test_demotion_comes_at_the_third_miss(at_july):
    """Gold was last reached in January, silver in February; each is kept for two misses and lost at the third."""
    assert story(at_july, "falls", "qualified_tier") == QUALIFIED["falls"]
    assert story(at_july, "falls", "tier") == ["gold", "gold", "gold", "silver", "bronze", "bronze", "bronze"]
    assert story(at_july, "falls", "rule") == ["top_share", *["grace"] * 3, *["top_share"] * 3]


def test_reaching_the_bar_in_between_starts_the_grace_anew(at_july):
    assert story(at_july, "bounces", "qualified_tier") == QUALIFIED["bounces"]
    assert story(at_july, "bounces", "tier") == ["silver", *["gold"] * 6]


def test_nothing_earned_is_the_lowest_tier_and_says_so(at_july):
    """A metric that is not positive never ranks into a tier, however small the company."""
    assert story(at_july, "returns_all", "qualified_rule")[2:] == ["not_positive"] * 5
    assert story(at_july, "returns_all", "qualified_tier")[2:] == ["bronze"] * 5


def test_an_override_decides_while_it_holds_and_an_unknown_metric_never_fires(at_july):
    """41 in three orders is no gold by rank; the rule gives it for that month alone. Complaints are not known."""
    assert story(at_july, "whale", "qualified_tier")[3] == "bronze"
    assert story(at_july, "whale", "tier")[2:5] == ["bronze", "gold", "bronze"]
    assert story(at_july, "whale", "rule")[2:5] == ["top_share", "override:whale", "not_positive"]
    assert not at_july["tiers"]["rule"].str.contains("complains_little").any()


def test_history_is_without_gap_or_overlap_and_tells_each_date(at_july):
    """Every tier row lies in exactly one spell, of the same tier; spells follow each other day by day."""
    spells = at_july["history"]
    for _, own in spells.groupby("customer_key"):
        ends = own["valid_to"].iloc[:-1] + pd.Timedelta(days=1)
        assert list(ends) == list(own["valid_from"].iloc[1:])
        assert own["valid_to"].isna().tolist() == [False] * (len(own) - 1) + [True]
        assert list(own["previous_tier"].iloc[1:]) == list(own["tier"].iloc[:-1])
    joined = at_july["tiers"].merge(spells, on="customer_key", suffixes=("", "_spell"))
    inside = (joined["as_of_date"] >= joined["valid_from"]) & ~(joined["as_of_date"] > joined["valid_to"])
    assert (joined.loc[inside, "tier"] == joined.loc[inside, "tier_spell"]).all()
    assert inside.sum() == len(at_july["tiers"])


def test_migration_counts_everyone_once(at_july):
    moves, tiers = at_july["migration"], at_july["tiers"]
    assert moves.groupby("as_of_date")["customers"].sum().to_dict() == tiers.groupby("as_of_date").size().to_dict()
    april = moves[(moves["as_of_date"] == "2024-04-30") & (moves["from_tier"] == "gold")]
    assert april["share_of_from_tier"].sum() == pytest.approx(1)
    assert april.set_index("to_tier")["customers"]["silver"] == 1  # falls


def test_a_date_inside_a_month_moves_nobody(at_july, inside_august):
    """Only month-ends drive tiers: the current date carries July's, and a newcomer takes what they earn."""
    for name in STORIES:
        at_month_ends = story(at_july, name, "tier")
        assert story(inside_august, name, "tier") == [*at_month_ends, at_month_ends[-1]]
        assert story(inside_august, name, "rule")[-1] == "carried"
    assert story(inside_august, "newcomer", "tier") == ["gold"]
    assert story(inside_august, "newcomer", "rule") == ["top_share"]
    assert "2024-08-15" not in set(inside_august["migration"]["as_of_date"].astype(str))


def test_ties_share_a_tier(world):
    """Twenty customers, the best three equal: a bar of 5 % reaches rank 1, which all three hold."""
    amounts = [10, 10, 10, *range(1, 18)]
    orders = pd.DataFrame(
        {"amount": [Decimal(value) for value in amounts[:3]] + [Decimal(1) / (v + 1) for v in amounts[3:]]}
    )
    orders["amount"] = [round(value, 4) for value in orders["amount"]]
    orders = orders.assign(source="shop", ordered_on=date(2024, 1, 5), ordered_at=pd.Timestamp("2024-01-05"))
    orders["customer_key"] = orders["order_key"] = [f"k{n}" for n in range(20)]
    tied = world()
    tied.load("orders", orders)
    tiers = tied.build(date(2024, 1, 31), "+customer_tiers", data_tests=False).read(
        "select * from marts.customer_tiers"
    )
    assert tiers["tier"].value_counts()["diamond"] == 3
    assert (tiers.loc[tiers["metric_rank"] == 1, "tier"] == "diamond").all()
    assert tiers.groupby("metric_value")["tier"].nunique().max() == 1
