"""What the models read from the warehouse, as Arrow tables, and the policies that steer them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from ml.clv.families import ChoiceRule

FEATURES, SUMMARIES = "int_churn__features", "int_clv__summaries"


@dataclass(frozen=True)
class ScoringPolicy:
    """`leads` in days; `value` holds what `ml.clv.scoring.score_value` is told; `choice` says which family of
    lifetime value scores; `version` is of all policies."""

    leads: tuple[int, ...]
    minimum_positives: int
    champion_metric: str
    value: dict[str, float]
    choice: ChoiceRule
    version: str


def read_policy(connection: duckdb.DuckDBPyConnection) -> ScoringPolicy:
    leads, positives, metric = connection.execute(
        "select leads, minimum_positives, champion_metric from policy.churn_settings"
    ).fetchone()
    settings = ("horizon_days", "annual_discount_rate", "margin_rate", "interval_level")
    value = connection.execute(f"select {', '.join(settings)} from policy.clv_settings").fetchone()
    candidates, metrics, *bars = connection.execute(
        "select candidates, champion_metrics, better_by, much_worse, bias_within from policy.clv_settings"
    ).fetchone()
    choice = ChoiceRule(tuple(candidates), tuple(metrics), *bars)
    (version,) = connection.execute("select policy_version from policy.policy_version").fetchone()
    return ScoringPolicy(
        tuple(sorted(leads)), positives, metric, dict(zip(settings, value, strict=True)), choice, version
    )


def read_inputs(connection: duckdb.DuckDBPyConnection, as_of: date) -> tuple[pa.Table, pa.Table]:
    """Churn features and purchase summaries of dates up to `as_of`, ordered by date and customer; decimals as doubles.

    Raises
    ------
    LookupError: a feature model has not been built.
    """
    return read_feature_model(connection, FEATURES, as_of), read_feature_model(connection, SUMMARIES, as_of)


def as_of_dates(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[date]:
    rows = connection.execute("select as_of_date from ops.as_of_dates where as_of_date <= ? order by 1", [as_of])
    return [day for (day,) in rows.fetchall()]


def read_feature_model(connection: duckdb.DuckDBPyConnection, table: str, as_of: date) -> pa.Table:
    """Rows of a model of the schema `int` of dates up to `as_of`, ordered by date and customer; decimals as doubles.

    Raises
    ------
    LookupError: the model has not been built.
    """
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'int' and table_name = ? order by ordinal_position",
        [table],
    ).fetchall()
    if not columns:
        raise LookupError(f"int.{table} is not in the warehouse. Build the layer core first.")
    fields = ", ".join(
        f'"{name}"::double as "{name}"' if kind.startswith(("DECIMAL", "HUGEINT")) else f'"{name}"'
        for name, kind in columns
    )
    return connection.execute(
        f'select {fields} from "int"."{table}" where as_of_date <= ? order by as_of_date, customer_id', [as_of]
    ).to_arrow_table()
