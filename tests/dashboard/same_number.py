"""Ten figures in SQL written apart from the models, at the date of the version; the tables' prefix is `{at}`."""

from __future__ import annotations

_NOW = "(select as_of_date from {at}published_version)"
_METRICS = "select {figure} from {{at}}customer_metrics where as_of_date = {now}"
_MOVES = """
    select {figure} from {{at}}{table} as now left join {{at}}{table} as before
        on before.customer_id = now.customer_id and before.as_of_date = {before} {further}
    where now.as_of_date = {now} {where}
"""
_BEFORE = "(select max(as_of_date) from {at}customer_tiers where as_of_date < " + _NOW + ")"


def _metrics(figure: str) -> str:
    return _METRICS.format(figure=figure, now=_NOW)


def _stages(figure: str) -> str:
    further, where = "and before.unit_kind = 'customer'", "and now.unit_kind = 'customer'"
    return _MOVES.format(figure=figure, table="lifecycle_stage", now=_NOW, before=_BEFORE, further=further, where=where)


def _tiers(figure: str) -> str:
    where = "and before.tier is not null"
    return _MOVES.format(figure=figure, table="customer_tiers", now=_NOW, before=_BEFORE, further="", where=where)


TEN = {
    "buyers": _metrics("count(first_purchase_on)"),
    "active_customers": _metrics("count(*) filter (where orders_12m > 0)"),
    "net_revenue_12m": _metrics("sum(net_revenue_12m)"),
    "profit_12m": _metrics("sum(profit_12m)"),
    "retention_rate": _stages(
        "avg(case when now.stage <> 'lost' then 1.0 else 0 end) filter (where before.stage not in ('prospect', 'lost'))"
    ),
    "lost_customers": _stages("count(*) filter (where now.stage = 'lost' and coalesce(before.stage, 'new') <> 'lost')"),
    "expected_clv_12m": "select avg(cast(clv_12m as double precision)) from {at}clv_scores where as_of_date = " + _NOW,
    "upgrade_rate": _tiers("avg(case when now.tier_level < before.tier_level then 1.0 else 0 end)"),
    "downgrade_rate": _tiers("avg(case when now.tier_level > before.tier_level then 1.0 else 0 end)"),
    "top_5_revenue_share": "select top_5_share from {at}value_concentration where measure = 'revenue' and as_of_date = "
    + _NOW,
}
