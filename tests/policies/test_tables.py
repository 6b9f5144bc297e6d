"""The tables that SQL and scoring read say what the files say, however often they are written."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import read_policies
from include.policies.tables import write_policy_tables
from include.workspace import Workspace


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        for _ in range(2):
            write_policy_tables(connection, read_policies(Workspace("shop", ())))
        yield connection


def test_tiers_keep_their_order_and_exact_shares(connection):
    rows = connection.execute(
        "select level, tier, tier_zh, top_share::varchar from policy.tiers order by level"
    ).fetchall()
    assert rows == [
        (1, "diamond", "钻石", "0.050000"),
        (2, "gold", "黄金", "0.200000"),
        (3, "silver", "白银", "0.500000"),
        (4, "bronze", "青铜", None),
    ]


def test_conditions_are_rows(connection):
    rows = connection.execute("from policy.tier_overrides order by position, condition_no").fetchall()
    assert rows == [
        ("diamond_vip", 1, "diamond", 1, "monthly_spend", ">", 50000.0),
        ("diamond_vip", 1, "diamond", 2, "complaint_rate", "<", 0.03),
        ("black_card", 2, "diamond", 1, "net_revenue_12m", ">=", 100000.0),
    ]


def test_every_setting_is_one_row_and_every_list_is_there(connection):
    for table in ("policy_version", "tier_settings", "rfm_settings", "churn_settings", "clv_settings"):
        assert connection.execute(f"select count(*) from policy.{table}").fetchone() == (1,), table
    for table in ("rfm_segments", "churn_risk_tiers", "clv_tiers"):
        assert connection.execute(f"select count(*) from policy.{table}").fetchone()[0] >= 3, table
    assert connection.execute("select leads from policy.churn_settings").fetchone() == ([90, 180],)


def test_rules_of_data_health_are_comparisons(connection):
    rows = connection.execute(
        "select rule, left_column, operator, right_column, right_value, within from policy.data_health_rules "
        "where rule in ('lines_add_up', 'cost_is_not_negative') order by position"
    ).fetchall()
    assert rows == [
        ("cost_is_not_negative", "unit_cost", ">=", None, "0", 0.0),
        ("lines_add_up", "amount", "=", "lines_amount", None, 0.01),
    ]
    bars = connection.execute("select dimension, at_least from policy.data_health_dimensions order by at_least, 1")
    assert bars.fetchall()[0] == ("completeness", 0.85)


def test_conditions_of_tags_are_rows(connection):
    rows = connection.execute(
        "select tag, condition_no, subject, operator, operand from policy.tag_conditions "
        "where tag in ('promising_value', 'lapsing') order by position, condition_no"
    ).fetchall()
    assert rows == [
        ("promising_value", 1, "clv_tier", "is", "top high"),
        ("lapsing", 1, "rhythm_ratio", ">", "2"),
        ("lapsing", 2, "purchase_days_lifetime", ">=", "3"),
        ("lapsing", 3, "recency_days", "<=", "365"),
    ]


def test_rules_of_the_lifecycle_have_four_places_for_conditions(connection):
    rows = connection.execute(
        "select rule, stage, needs_memory, metric_1, operator_1, value_1, metric_2, value_2, metric_4 "
        "from policy.lifecycle_rules order by position"
    ).fetchall()
    by_rule = {row[0]: row[1:] for row in rows}
    assert by_rule["never_bought"] == ("prospect", False, "orders_lifetime", "=", 0.0, None, None, None)
    assert by_rule["bought_again"][:3] == ("won_back", True, "months_since_return")
    assert by_rule["far_off_own_rhythm"][5:7] == ("rhythm_ratio", 5.0)
    assert rows[-1][3:] == (None,) * 6
    assert connection.execute("select sum(weight) from policy.lifecycle_health_parts").fetchone()[0] == pytest.approx(1)


def test_value_drivers_name_their_three_levers(connection):
    rows = connection.execute(
        "select lever, lever_name, lever_name_zh from policy.value_driver_levers where driver = 'renewal'"
    ).fetchall()
    assert [lever for lever, *_ in rows] == ["base", "rate", "worth"] and rows[1][1:] == ("share won", "续约率")
    assert connection.execute("select count(*) from policy.value_drivers").fetchone() == (11,)
