"""Writing scores and the tiers that policies derive from them; the caller opens the transaction."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pyarrow as pa

_CHURN_TIERS = """
    insert into scores.churn_risk_tiers by name
    select
        scores.customer_id, scores.as_of_date, scores.lead_days, scores.model_name, scores.model_version,
        scores.scored_at,
        (
            select tiers.risk_tier from policy.churn_risk_tiers as tiers
            where scores.churn_probability >= tiers.at_least
            order by tiers.position limit 1
        ) as risk_tier
    from scores.churn_scores as scores
    where scores.as_of_date = ?
"""

# Equal values share a rank and so a tier; the share is of the customers who have a value.
_VALUE_TIERS = """
    insert into scores.clv_tiers by name
    with ranked as (
        select
            *,
            rank() over (partition by as_of_date order by clv_12m desc nulls last)
            / nullif(count(clv_12m) over (partition by as_of_date), 0) as rank_share
        from scores.clv_scores
        where as_of_date <= ?
    )
    select
        customer_id, as_of_date, model_name, model_version, scored_at,
        case when clv_12m is not null then (
            select tiers.tier from policy.clv_tiers as tiers
            where tiers.top_share is null or ranked.rank_share <= tiers.top_share
            order by tiers.level limit 1
        ) end as value_tier
    from ranked
"""


def write_churn_scores(
    connection: duckdb.DuckDBPyConnection, as_of: date, scores: pa.Table, scored_at: datetime
) -> None:
    """Replace the churn scores and risk tiers of the date by `scores`; other dates stay as they were scored."""
    for table in ("churn_scores", "churn_risk_tiers"):
        connection.execute(f"delete from scores.{table} where as_of_date = ?", [as_of])
    _insert(connection, "churn_scores", scores, scored_at)
    connection.execute(_CHURN_TIERS, [as_of])


def write_value_scores(
    connection: duckdb.DuckDBPyConnection, as_of: date, scores: pa.Table, scored_at: datetime
) -> None:
    """Replace the lifetime values and value tiers of every date up to `as_of` by `scores`."""
    for table in ("clv_scores", "clv_tiers"):
        connection.execute(f"delete from scores.{table} where as_of_date <= ?", [as_of])
    _insert(connection, "clv_scores", scores, scored_at)
    connection.execute(_VALUE_TIERS, [as_of])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, scores: pa.Table, scored_at: datetime) -> None:
    connection.register("scored", scores)
    try:
        connection.execute(
            f"insert into scores.{table} by name select *, ?::timestamp as scored_at from scored "
            "order by as_of_date, customer_id",
            [scored_at],
        )
    finally:
        connection.unregister("scored")
