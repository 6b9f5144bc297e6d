"""Policies as tables of the schema `policy`, for SQL and scoring to read."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from include.policies import data_health
from include.policies.reader import Policies
from include.policies.registry import MODULES
from include.policies.tiers_policy import levels

_COLUMNS = {
    "policy_version": "policy_version varchar",
    "rfm_settings": "recency_metric varchar, frequency_metric varchar, monetary_metric varchar",
    "rfm_segments": "position integer, segment varchar, segment_zh varchar, r_from integer, r_to integer, "
    "f_from integer, f_to integer, m_from integer, m_to integer",
    "clv_settings": "horizon_days integer, annual_discount_rate double, margin_rate double, interval_level double, "
    "candidates varchar[], champion_metrics varchar[], better_by double, much_worse double, bias_within double",
    "clv_tiers": "level integer, tier varchar, tier_zh varchar, top_share decimal(9, 6)",
    **data_health.TABLES,
    "survivorship": "column_name varchar, rule varchar",
    "source_priority": "source varchar, position integer",
    "currencies": "name varchar, code varchar",
    **{table: columns for one in MODULES for table, columns in one.TABLES.items()},
}


def write_policy_tables(connection: duckdb.DuckDBPyConnection, policies: Policies) -> None:
    """Replace every table of the schema `policy`, all in one transaction."""
    rows = _rows(policies)
    connection.begin()
    try:
        connection.execute("create schema if not exists policy")
        for table, columns in _COLUMNS.items():
            connection.execute(f"create or replace table policy.{table} ({columns})")
            if rows[table]:
                marks = ", ".join("?" * len(rows[table][0]))
                connection.executemany(
                    f"insert into policy.{table} values ({marks})", [list(row) for row in rows[table]]
                )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _rows(policies: Policies) -> dict[str, list[Sequence]]:
    rfm, clv = policies["rfm"], policies["clv"]
    identity, standards = policies["identity"], policies["standards"]
    return {
        "policy_version": [(policies.version,)],
        "rfm_settings": [(rfm["recency_metric"], rfm["frequency_metric"], rfm["monetary_metric"])],
        "rfm_segments": [
            (position, segment["name"], segment.get("zh"), *segment["r"], *segment["f"], *segment["m"])
            for position, segment in enumerate(rfm["segments"], 1)
        ],
        "clv_settings": [
            (
                clv["horizon_days"],
                clv["annual_discount_rate"],
                clv["margin_rate"],
                clv["interval_level"],
                clv["candidates"],
                clv["champion_metrics"],
                clv["better_by"],
                clv["much_worse"],
                clv["bias_within"],
            )
        ],
        "clv_tiers": levels(clv["tiers"]),
        **data_health.table_rows(policies["data_health"]),
        "survivorship": [(item["column"], item["rule"]) for item in identity["survivorship"]],
        "source_priority": [(source, position) for position, source in enumerate(identity["source_priority"], 1)],
        "currencies": sorted({item["name"].lower(): item["code"] for item in standards["currencies"]}.items()),
        **{table: rows for one in MODULES for table, rows in one.table_rows(policies[one.STEM]).items()},
    }
