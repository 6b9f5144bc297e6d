"""Marts that a retailer of orders and people alone cannot fill: there, with their columns, and empty."""

from __future__ import annotations

import pandas as pd
import pytest

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

# What each mart is about, which neither file tells of.
WITHOUT = {
    "account_metrics": "accounts and households",
    "account_value": "accounts and households",
    "account_review": "key accounts",
    "renewals": "subscription terms",
    "renewal_rates": "subscription terms",
    "plan_migration": "subscription terms",
    "credit_risk_scores": "payments",
    "feedback_scores": "texts of feedback",
    "feedback_topics": "texts of feedback",
    "feedback_topic_words": "texts of feedback",
    "reputation_alerts": "texts of feedback",
    "action_outcomes": "actions that were written back",
    "identity_log": "two records of one person: people here have neither names nor contacts",
    "match_review": "two records of one person",
    "erasure_log": "a request to erase somebody",
}
# Everything else of facts, value and lifecycle is filled, on both.
FILLED = (
    *("customer_metrics", "customer_tags", "rfm_scores", "value_index", "value_index_indicators", "value_matrix"),
    *("value_matrix_moves", "customer_tiers", "tier_history", "tier_migration", "tier_conversion"),
    *("value_concentration", "value_lorenz", "tier_benefits", "points_balance", "customer_milestones", "long_tail"),
    *("lifecycle_stage", "lifecycle_transitions", "lifecycle_curve", "life_table", "lifecycle_health"),
    *("cohort_retention", "value_drivers", "value_driver_levers", "dim_customer", "dim_product", "dim_date"),
    *("churn_alerts", "alert_outcomes", "alert_quality", "retention_plan", "winback_plan", "winback_returns"),
    *("action_budgets", "action_batches"),
    *(
        "churn_causes",
        "fct_orders",
        "fct_order_items",
        "acquisition_funnel",
        "channel_quality",
        "ltv_cac",
    ),
    *("customer_segments", "segment_profiles", "customer_preferences"),
    *("activity_state", "loyalty_scores"),
    *("campaign_rehearsal", "scenario_audiences", "scenario_overlap"),
)


@pytest.mark.parametrize("table", WITHOUT)
def test_a_mart_without_its_entities_is_empty(retailer, table):
    assert len(retailer.read(f"describe {table}")) > 3
    assert retailer.read(f"select count(*) as n from {table}")["n"][0] == 0, WITHOUT[table]


def test_effects_of_campaigns_are_told_where_customers_were_touched(retailer):
    """The grocer's files tell whom each campaign reached; Online Retail's know of none."""
    (touches,) = retailer.read("select count(distinct campaign_id) as n from fct_campaign_touches")["n"]
    effects = retailer.read("select * from strategy_effects where unit_kind = 'campaign'")
    assert (len(effects) > 0) == (touches > 0) == (len(retailer.books.touches) > 0)
    assert len(effects) <= touches and (effects["matched"] <= effects["touched"]).all()


def test_paths_of_growth_are_told_where_two_month_ends_lie_twelve_months_apart(retailer):
    """A year, and a year and nine days, hold no such pair: their twelve month-ends lie eleven months apart at most."""
    ends = set(retailer.books.month_ends)
    expected = {day for day in ends if day - pd.DateOffset(months=12) + pd.offsets.MonthEnd(0) in ends}
    assert set(retailer.read("select distinct as_of_date from value_growth")["as_of_date"]) == expected


@pytest.mark.parametrize("table", FILLED)
def test_every_other_mart_is_filled(retailer, table):
    assert retailer.read(f"select count(*) as n from {table}")["n"][0] > 0
