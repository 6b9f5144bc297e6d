"""The tables of the schema `scores`."""

from __future__ import annotations

import duckdb

from include.scoring.purchase_tables import PURCHASE_TABLES
from ml.churn.reasons import reason_columns

_KEY = "customer_id varchar not null, as_of_date date not null"
_MODEL = "model_name varchar, model_version varchar"
_REASONS = ", ".join(f"{name} {'double' if name.endswith('_value') else 'varchar'}" for name in reason_columns())
SCORE_TABLES = {
    "churn_scores": f"{_KEY}, lead_days integer not null, churn_probability double, score_reason varchar, {_MODEL}, "
    f"model_run_id varchar, scored_at timestamp, {_REASONS}",
    "churn_risk_tiers": f"{_KEY}, lead_days integer not null, risk_tier varchar, {_MODEL}, scored_at timestamp",
    "clv_scores": f"{_KEY}, probability_alive double, expected_purchases_12m double, expected_spend decimal(18,4), "
    f"clv_12m decimal(18,4), score_reason varchar, {_MODEL}, model_run_id varchar, scored_at timestamp",
    "clv_tiers": f"{_KEY}, value_tier varchar, {_MODEL}, scored_at timestamp",
    "model_monitor": "as_of_date date not null, model_name varchar not null, model_version varchar, "
    "reference_date date, scored_on date, part varchar, item varchar, tenth integer, customers bigint, psi double, "
    "psi_limit double, expected double, observed double, expected_low double, expected_high double, "
    "is_beyond boolean, reason varchar, training_asked_on date",
    "model_quality": "as_of_date date not null, model_name varchar not null, model_version varchar, "
    "model_run_id varchar, metric varchar, position integer, value double, reason varchar",
    **PURCHASE_TABLES,
}


def create_score_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables that are not there yet, empty, so that what reads scores builds before any model exists."""
    connection.execute("create schema if not exists scores")
    for name, columns in SCORE_TABLES.items():
        connection.execute(f"create table if not exists scores.{name} ({columns})")
    for column in _REASONS.split(", "):
        # A warehouse made before scores had reasons gets them.
        connection.execute(f"alter table scores.churn_scores add column if not exists {column}")
