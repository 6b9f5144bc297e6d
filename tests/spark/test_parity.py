"""The same project on both engines: every table that dbt makes on Spark is DuckDB's, row for row."""

from __future__ import annotations

import duckdb
import pytest

from tests.spark.parity import Parity, built_tables, compare

pytestmark = pytest.mark.spark
# What the others are made of may count in wider types on one engine; what is published may not.
_PUBLISHED = {"core", "marts"}


@pytest.fixture(scope="module")
def parities(company, cluster, dbt_on_spark) -> list[Parity]:
    found = []
    with duckdb.connect(str(company.workspace.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for table in built_tables(dbt_on_spark.target):
            parity = compare(connection, table, cluster.warehouse / f"{table.schema}.db" / table.name)
            parity.seconds = company.seconds.get(table.name)
            parity.seconds_on_spark = dbt_on_spark.seconds[table.name]
            if table.schema not in _PUBLISHED:
                parity.mistyped.clear()
            found.append(parity)
    return found


def test_every_table_is_equal_row_for_row(parities, capsys):
    with capsys.disabled():
        print(f"\n{'table':42} {'rows':>7} {'columns':>8} {'DuckDB s':>9} {'Spark s':>8}  difference")
        for parity in parities:
            duck = "" if parity.seconds is None else f"{parity.seconds:.2f}"
            print(
                f"{parity.table:42} {parity.rows:7} {parity.columns:8} {duck:>9} {parity.seconds_on_spark:8.1f}"
                f"  {parity.told()}"
            )
    assert len(parities) > 40
    assert not [f"{parity.table}: {parity.told()}" for parity in parities if not parity.is_equal]


def test_the_company_fills_the_marts(parities):
    """Empty tables are equal whatever their models say: no more of them than a small company and its policies leave."""
    empty = {parity.table for parity in parities if not parity.rows}
    by_policy = {"int.int_tier__overrides", "int.int_tier__holds"}
    of_key_accounts = {"int.int_account_value__managers", "marts.account_review"}
    of_unknown_touches = {"int.int_campaigns__region_weeks", "int.int_campaigns__region_effects"}
    of_actions = {"core.fct_action_results", "int.int_actions__followed", "marts.action_outcomes"}
    of_topics = {"marts.feedback_topics", "marts.feedback_topic_words"}
    allowed = by_policy | of_key_accounts | of_unknown_touches | of_actions | of_topics
    assert empty <= {"marts.identity_log", "marts.erasure_log"} | allowed


def test_grains_hold_on_spark(dbt_on_spark):
    dbt_on_spark("test", "--select", "tag:marts,test_name:one_row_per")
