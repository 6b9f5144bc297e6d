"""Writing scores and the tiers that policies derive from them; the caller opens the transaction."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pyarrow as pa

from include.warehouse.staleness import note_scores, staleness_of_marts

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

# What a past date is told by hindsight nobody was warned by: it must not change what later dates say.
_SCORED_LATER = """
    insert into scores.scored_later
    select $day
    where not exists (from scores.churn_scores where as_of_date = $day)
        and exists (from scores.churn_scores where as_of_date > $day)
"""

# Equal values share a rank and so a tier; the share is of the customers who have a value. Who is worth nothing is in
# the last tier, however many they are.
_VALUE_TIERS = """
    insert into scores.clv_tiers by name
    with ranked as (
        select
            *,
            rank() over (partition by as_of_date order by clv_12m desc nulls last)
            / nullif(count(clv_12m) over (partition by as_of_date), 0) as rank_share
        from scores.clv_scores
        where as_of_date in (select unnest(?::date[]))
    )
    select
        customer_id, as_of_date, model_name, model_version, scored_at,
        case when clv_12m is not null then (
            select tiers.tier from policy.clv_tiers as tiers
            where tiers.top_share is null or (ranked.clv_12m > 0 and ranked.rank_share <= tiers.top_share)
            order by tiers.level limit 1
        ) end as value_tier
    from ranked
"""


def write_churn_scores(
    connection: duckdb.DuckDBPyConnection, as_of: date, scores: pa.Table, scored_at: datetime
) -> None:
    """Replace the churn scores and risk tiers of the date by `scores`; other dates stay as they were scored.

    A date that is scored for the first time after a later one is noted in `scored_later`.
    """
    connection.execute(_SCORED_LATER, {"day": as_of})
    for table in ("churn_scores", "churn_risk_tiers"):
        connection.execute(f"delete from scores.{table} where as_of_date = ?", [as_of])
    _stage(connection, "churn_scores", scores, scored_at)
    connection.execute("insert into scores.churn_scores by name from scored order by as_of_date, customer_id")
    connection.execute(_CHURN_TIERS, [as_of])


def write_value_scores(
    connection: duckdb.DuckDBPyConnection, as_of: date, scores: pa.Table, scored_at: datetime
) -> None:
    """Replace the lifetime values and value tiers of every date up to `as_of` by `scores`.

    Dates of which nothing is stale and no value another one stay as they were scored; the marts are told of the first
    that does not.
    """
    _stage(connection, "clv_scores", scores, scored_at)
    before, after = _digests(connection, "scores.clv_scores"), _digests(connection, "scored")
    stale_from = staleness_of_marts(connection)
    other = [day for day in before | after if day <= as_of and (day >= stale_from or before.get(day) != after.get(day))]
    if other:
        dates = "(select unnest(?::date[]))"
        for table in ("clv_scores", "clv_tiers"):
            connection.execute(f"delete from scores.{table} where as_of_date in {dates}", [other])
        connection.execute(
            f"insert into scores.clv_scores from scored where as_of_date in {dates} order by as_of_date, customer_id",
            [other],
        )
        connection.execute(_VALUE_TIERS, [other])
        note_scores(connection, min(other))


def _digests(connection: duckdb.DuckDBPyConnection, table: str) -> dict[date, int]:
    """Of each as-of date the sum of its rows' hashes, without what names the model."""
    told = (
        "customer_id, probability_alive, expected_purchases_12m, expected_spend, clv_12m, clv_12m_low, clv_12m_high, "
        "interval_level, model_family, purchase_family, score_reason, model_name"
    )
    return dict(connection.execute(f"select as_of_date, sum(hash({told})) from {table} group by as_of_date").fetchall())


def _stage(connection: duckdb.DuckDBPyConnection, table: str, scores: pa.Table, scored_at: datetime) -> None:
    """Make `scored`, a temporary table of the scores in the types of the table that they are for."""
    connection.execute(f"create or replace temp table scored as from scores.{table} limit 0")
    connection.register("arrived", scores)
    try:
        connection.execute("insert into scored by name select *, ?::timestamp as scored_at from arrived", [scored_at])
    finally:
        connection.unregister("arrived")
