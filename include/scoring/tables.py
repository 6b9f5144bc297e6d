"""The tables of the schema `scores`."""

from __future__ import annotations

import re

import duckdb

from include.scoring.action_tables import ACTION_TABLES
from include.scoring.experiment_tables import EXPERIMENT_TABLES
from include.scoring.purchase_tables import PURCHASE_TABLES
from include.scoring.voice_tables import VOICE_TABLES
from ml.churn.reason_columns import reason_columns

_KEY = "customer_id varchar not null, as_of_date date not null"
_MODEL = "model_name varchar, model_version varchar"
_REASONS = ", ".join(f"{name} {'double' if name.endswith('_value') else 'varchar'}" for name in reason_columns())
SCORE_TABLES = {
    "churn_scores": f"{_KEY}, lead_days integer not null, churn_probability double, score_reason varchar, {_MODEL}, "
    f"model_run_id varchar, scored_at timestamp, {_REASONS}",
    "churn_risk_tiers": f"{_KEY}, lead_days integer not null, risk_tier varchar, {_MODEL}, scored_at timestamp",
    "churn_group_quality": "as_of_date date not null, lead_days integer not null, model_version varchar, "
    "judged_on date, group_kind varchar not null, group_value varchar not null, customers bigint, base_rate double, "
    "mean_prediction double, accuracy double, auc double, calibration_slope double",
    "scored_later": "as_of_date date not null",
    "clv_scores": f"{_KEY}, probability_alive double, expected_purchases_12m double, expected_spend decimal(18,4), "
    "clv_12m decimal(18,4), clv_12m_low decimal(18,4), clv_12m_high decimal(18,4), interval_level double, "
    f"model_family varchar, purchase_family varchar, score_reason varchar, {_MODEL}, "
    "model_run_id varchar, scored_at timestamp",
    "clv_tiers": f"{_KEY}, value_tier varchar, {_MODEL}, scored_at timestamp",
    "model_monitor": "as_of_date date not null, model_name varchar not null, model_version varchar, "
    "reference_date date, scored_on date, part varchar, item varchar, tenth integer, customers bigint, psi double, "
    "psi_limit double, expected double, observed double, expected_low double, expected_high double, "
    "is_beyond boolean, reason varchar, training_asked_on date",
    "customer_segments": f"{_KEY}, segment_no integer, clearness double, segment_no_12m_before integer, "
    f"score_reason varchar, {_MODEL}, model_run_id varchar, scored_at timestamp",
    "segment_names": "as_of_date date not null, segment_no integer not null, segment_en varchar, segment_zh varchar, "
    f"traits_en varchar, traits_zh varchar, {_MODEL}",
    "model_quality": "as_of_date date not null, model_name varchar not null, model_version varchar, "
    "model_run_id varchar, metric varchar, position integer, value double, reason varchar",
    **PURCHASE_TABLES,
    **VOICE_TABLES,
    **EXPERIMENT_TABLES,
    **ACTION_TABLES,
}


# A comma ends a column, unless it stands within the brackets of a type.
_COLUMN_END = re.compile(r", (?![^(]*\))")


def create_score_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables that are not there yet, empty, so that what reads scores builds before any model exists.

    A table of an earlier version of this project gets the columns that it lacks; its rows know nothing of them.
    """
    connection.execute("create schema if not exists scores")
    for name, columns in SCORE_TABLES.items():
        connection.execute(f"create table if not exists scores.{name} ({columns})")
        for column in _COLUMN_END.split(columns):
            addition = column.removesuffix(" not null")
            connection.execute(f"alter table scores.{name} add column if not exists {addition}")
