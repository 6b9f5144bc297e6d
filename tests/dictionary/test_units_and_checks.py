"""Units as names and types say them, and checks in words."""

from __future__ import annotations

import pytest

from include.dictionary.checks import Check, checks_by_table
from include.dictionary.units import MONEY, unit_of


@pytest.mark.parametrize(
    ("name", "data_type", "unit"),
    [
        ("net_revenue_12m", "DECIMAL(18,4)", MONEY),
        ("net_revenue_per_customer", "DOUBLE", MONEY),
        ("average_order_value_12m", "DOUBLE", MONEY),
        ("clv_12m", "DECIMAL(18,4)", MONEY),
        ("exchange_rate", "DECIMAL(18,10)", f"{MONEY} a unit"),
        ("original_unit_cost", "DECIMAL(18,4)", "original currency"),
        ("balance_points", "DECIMAL(18,4)", "points"),
        ("quantity", "DECIMAL(18,4)", "units"),
        ("incremental_buyers", "DECIMAL(18,4)", "customers"),
        ("recency_days", "BIGINT", "days"),
        ("paused_minutes", "DOUBLE", "minutes"),
        ("active_days_3m", "BIGINT", "count"),
        ("orders_12m", "BIGINT", "count"),
        ("tier_level", "INTEGER", "place in an order"),
        ("churn_probability", "DOUBLE", "share, 1 is all"),
        ("share_of_from_tier", "DOUBLE", "share, 1 is all"),
        ("gross_revenue_trend_3m", "DOUBLE", ""),
        ("margin_per_cost", "DOUBLE", ""),
        ("z_score", "DOUBLE", ""),
        ("as_of_date", "DATE", "day"),
        ("loaded_at", "TIMESTAMP", "moment, UTC"),
        ("is_current", "BOOLEAN", "true or false"),
        ("tier", "VARCHAR", ""),
    ],
)
def test_a_unit_follows_from_name_and_type(name, data_type, unit):
    assert unit_of(name, data_type) == unit


def test_checks_of_models_and_audits_are_told_in_words():
    column = {"constraints": [{"type": "not_null"}]}
    model = {
        "resource_type": "model",
        "schema": "marts",
        "name": "customer_tiers",
        "columns": {"customer_id": column, "tier": {"constraints": []}, "tier_level": {}},
    }
    relation = {"to": "source('policy', 'tiers')", "field": "tier", "column_name": "tier"}
    always = {"rules": {"levels_are_whole": "tier_level >= 1 and tier is not null"}}
    tests = {
        f"test.{number}": {
            "resource_type": "test",
            "attached_node": "model.t",
            "config": {"severity": "ERROR"},
            "test_metadata": {"name": name, "kwargs": arguments},
        }
        for number, (name, arguments) in enumerate(
            [
                ("one_row_per", {"columns": ["customer_id"]}),
                ("always", always),
                ("relationships", relation),
            ]
        )
    }
    found = checks_by_table({"nodes": {"model.t": model, **tests}})["marts.customer_tiers"]
    assert found[:4] == [
        Check("never null", "", ("customer_id",), "the build stops"),
        Check("key", "One row per customer_id.", ("customer_id",), "the build stops", is_key=True),
        Check("levels are whole", always["rules"]["levels_are_whole"], ("tier_level", "tier"), "the build stops"),
        Check("is in policy.tiers.tier", "", ("tier",), "the build stops"),
    ]
    audited = found[4:]
    assert audited and {check.fails for check in audited} <= {"nothing is published", "it is told"}
    assert all(check.why for check in audited)
