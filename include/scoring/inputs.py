"""What the models read from the warehouse, as Arrow tables, and the policies that steer them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from include.scoring.churn_inputs import columns_of, read_churn_features, read_reasons
from ml.churn.reasons import Reason
from ml.clv.families import ChoiceRule
from ml.evaluation.groups import SIZES, GroupSizes

SUMMARIES = "int_clv__summaries"


@dataclass(frozen=True)
class ScoringPolicy:
    """`leads` in days; `value` holds what `ml.clv.scoring.score_value` is told; `choice` says which family of
    lifetime value scores; `definition` says what churn is, `reasons` what the indicators of its model are called,
    `sizes` of which groups its quality is told; `version` is of all policies."""

    leads: tuple[int, ...]
    minimum_positives: int
    champion_metric: str
    value: dict[str, float]
    choice: ChoiceRule
    version: str
    definition: str = "non_contractual"
    reasons: tuple[Reason, ...] = ()
    sizes: GroupSizes = SIZES


def read_policy(connection: duckdb.DuckDBPyConnection) -> ScoringPolicy:
    leads, positives, metric, definition, *sizes = connection.execute(
        "select leads, minimum_positives, champion_metric, definition, smallest_group, most_groups "
        "from policy.churn_settings"
    ).fetchone()
    settings = ("horizon_days", "annual_discount_rate", "margin_rate", "interval_level")
    value = connection.execute(f"select {', '.join(settings)} from policy.clv_settings").fetchone()
    candidates, metrics, *bars = connection.execute(
        "select candidates, champion_metrics, better_by, much_worse, bias_within from policy.clv_settings"
    ).fetchone()
    choice = ChoiceRule(tuple(candidates), tuple(metrics), *bars)
    (version,) = connection.execute("select policy_version from policy.policy_version").fetchone()
    value = dict(zip(settings, value, strict=True))
    reasons = read_reasons(connection)
    return ScoringPolicy(
        tuple(sorted(leads)), positives, metric, value, choice, version, definition, reasons, GroupSizes(*sizes)
    )


def read_inputs(connection: duckdb.DuckDBPyConnection, as_of: date) -> tuple[pa.Table, pa.Table]:
    """Churn features and purchase summaries of dates up to `as_of`, ordered by date and customer; decimals as doubles.

    Raises
    ------
    LookupError: a feature model has not been built.
    """
    return read_churn_features(connection, as_of), read_feature_model(connection, SUMMARIES, as_of)


def as_of_dates(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[date]:
    rows = connection.execute("select as_of_date from ops.as_of_dates where as_of_date <= ? order by 1", [as_of])
    return [day for (day,) in rows.fetchall()]


def read_feature_model(connection: duckdb.DuckDBPyConnection, table: str, as_of: date) -> pa.Table:
    """Rows of a model of the schema `int` of dates up to `as_of`, ordered by date and customer; decimals as doubles.

    Raises
    ------
    LookupError: the model has not been built.
    """
    fields = ", ".join(columns_of(connection, table))
    return connection.execute(
        f'select {fields} from "int"."{table}" where as_of_date <= ? order by as_of_date, customer_id', [as_of]
    ).to_arrow_table()
