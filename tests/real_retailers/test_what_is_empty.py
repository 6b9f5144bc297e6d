"""Marts that a retailer of orders and people alone cannot fill: there, with their columns, and empty."""

from __future__ import annotations

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
    "strategy_effects": "campaigns",
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
    *(
        "value_growth",
        "churn_causes",
        "fct_orders",
        "fct_order_items",
        "acquisition_funnel",
        "channel_quality",
        "ltv_cac",
    ),
    *("customer_segments", "segment_profiles", "customer_preferences"),
    *("activity_state", "loyalty_scores"),
)


@pytest.mark.parametrize("table", WITHOUT)
def test_a_mart_without_its_entities_is_empty(retailer, table):
    assert len(retailer.read(f"describe {table}")) > 3
    assert retailer.read(f"select count(*) as n from {table}")["n"][0] == 0, WITHOUT[table]


@pytest.mark.parametrize("table", FILLED)
def test_every_other_mart_is_filled(retailer, table):
    assert retailer.read(f"select count(*) as n from {table}")["n"][0] > 0
