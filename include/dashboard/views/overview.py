"""How the company stands: customers, revenue, leaving and value at a date, and targets where they are set."""

from __future__ import annotations

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Page
from include.dashboard.views import targets

FILTERS, DATES_OF = ("tier", "region", "channel"), "value_concentration"


def show(page: Page) -> None:
    if page.missing("customer_tiers", "customer_metrics"):
        return
    page.figures(_customers, _staying, _worth, _at_risk)
    left, right = st.columns(2)
    with left, page.part(page.words("overview.revenue"), "customer_metrics.net_revenue_1m"):
        _revenue(page)
    with right, page.part(page.words("overview.tiers"), "customer_tiers.tier"):
        _tiers(page)
    with page.part(page.words("overview.targets")):
        targets.show(page)


def _customers(page: Page) -> list[Figure]:
    rows_of = page.chosen.of("customer_metrics", "in ($as_of::date, $before::date)")
    found = {
        row["as_of_date"]: row
        for row in page.rows(
            f"""
            select as_of_date, count(first_purchase_on) as buyers, count(*) filter (orders_12m > 0) as active,
                sum(net_revenue_12m) as net_revenue, sum(profit_12m) as profit
            from {rows_of} group by 1
            """
        )
    }
    now, before = found.get(page.chosen.as_of, {}), found.get(page.chosen.before, {})
    words, told = page.words, [("buyers", "buyers", False), ("active", "active_customers", False)]
    told += [("net_revenue", "net_revenue_12m", True), ("profit", "profit_12m", True)]
    sources = {"net_revenue_12m": "customer_metrics.net_revenue_12m"}
    figures = []
    for name, metric, is_money in told:
        write = page.money if is_money else words.number
        value, change = now.get(name), page.change(now.get(name), before.get(name))
        good = None if change is None or value == before[name] else value > before[name]
        figures.append(Figure(words(f"figure.{metric}"), write(value), sources.get(metric, metric), change, good))
    return figures


def _staying(page: Page) -> list[Figure]:
    words = page.words
    if not page.published.has("lifecycle_stage") or not page.chosen.before:
        return []
    found = _moved(page)
    kept = found["kept"] / found["to_keep"] if found["to_keep"] else None
    lost = found["lost"] if found["to_keep"] else None
    return [
        Figure(words("figure.retention_rate"), words.share(kept), "retention_rate"),
        Figure(words("figure.lost_customers"), words.number(lost), "lost_customers"),
    ]


def _worth(page: Page) -> list[Figure]:
    if not page.published.has("clv_scores"):
        return []
    found = page.row(f"select avg(clv_12m)::double as mean from {page.chosen.of('clv_scores')}")
    return [Figure(page.words("figure.expected_clv_12m"), page.money(found["mean"]), "expected_clv_12m")]


def _moved(page: Page) -> dict:
    """Of the customers not lost at the date before, how many were `to_keep` and `kept`, and who came to be `lost`."""
    if not page.narrows and page.published.has("lifecycle_transitions"):
        counted = page.row(
            """
            with moves as (
                select *, from_stage not in ('new', 'prospect', 'lost') as is_to_keep from lifecycle_transitions
                where as_of_date = $as_of
            )
            select coalesce(sum(customers) filter (is_to_keep), 0)::bigint as to_keep,
                coalesce(sum(customers) filter (is_to_keep and to_stage <> 'lost'), 0)::bigint as kept,
                coalesce(sum(customers) filter (from_stage <> 'lost' and to_stage = 'lost'), 0)::bigint as lost
            from moves having count(*) > 0
            """
        )
        if counted:
            return counted
    return page.row(
        f"""
        select count(*) filter (before.stage not in ('prospect', 'lost')) as to_keep,
            count(*) filter (before.stage not in ('prospect', 'lost') and now.stage <> 'lost') as kept,
            count(*) filter (now.stage = 'lost' and coalesce(before.stage, 'new') <> 'lost') as lost
        from {page.chosen.of("lifecycle_stage")} as now
        left join lifecycle_stage as before
            on before.customer_id = now.customer_id and before.as_of_date = $before and before.unit_kind = 'customer'
        where now.unit_kind = 'customer'
        """
    )


def _at_risk(page: Page) -> list[Figure]:
    """Customers at high risk at the version's own date: risk of the past is told by the versions of the past."""
    if not page.published.has("churn_risk_tiers"):
        return []
    day = page.published.as_of
    found = page.rows(
        f"""
        select lead_days, count(*) filter (risk_level = 1) as high, count(risk_tier) as scored
        from {page.chosen.of("churn_risk_tiers", "= $day::date")} group by 1 order by 1 limit 1
        """,
        day=day,
    )
    told = page.words.number(found[0]["high"]) if found and found[0]["scored"] else page.words.number(None)
    label = page.words("figure.high_risk")
    return [Figure(label, told, "churn_risk_tiers.risk_tier", as_of=day)]


def _revenue(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select as_of_date as month, sum(net_revenue_1m)::double as revenue
        from {page.chosen.of("customer_metrics", "<= $as_of::date")} where is_month_end
        group by 1 having sum(net_revenue_1m) is not null order by 1
        """
    )
    if page.empty(rows, "orders"):
        return
    rows = [row | {"told": page.money(row["revenue"])} for row in rows]
    axis = words("axis.money_a_month", currency=page.published.currency)
    last = rows[-1]
    tells = words("overview.revenue.tells", months=len(rows), month=words.day(last["month"]), value=last["told"])
    columns = [(words("month"), lambda row: words.day(row["month"])), (words("overview.revenue"), "told")]
    page.chart(charts.columns(rows, "month", "revenue", "told", axis), tells, rows, columns)


def _tiers(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select tier, tier_zh, count(*) as customers, count(*) / sum(count(*)) over () as share_of_customers,
            coalesce(sum(net_revenue_12m)::double / nullif(sum(sum(net_revenue_12m)) over (), 0), 0)::double as share
        from {page.chosen.people()} join customer_metrics using (customer_id, as_of_date)
        group by tier, tier_zh, tier_level order by tier_level
        """
    )
    if page.empty(rows, "orders"):
        return
    rows = [row | {"name": words.of(row, "tier"), "told": words.share(row["share"], 0)} for row in rows]
    columns = [
        (words("filter.tier"), "name"),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("share_of_customers"), lambda row: words.share(row["share_of_customers"])),
        (words("share_of_revenue"), lambda row: words.share(row["share"])),
    ]
    tells = words("overview.tiers.tells", parts=", ".join(f"{row['name']} {row['told']}" for row in rows))
    drawn = charts.bars(rows, "name", "share", "told", words("share_of_revenue"), charts.TIERS, share=True)
    page.chart(drawn, tells, rows, columns)
