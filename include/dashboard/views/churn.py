"""Who may leave, whom we have warned about, why customers left, and how right the warnings were."""

from __future__ import annotations

from functools import partial

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Link, Page

FILTERS, DATES_OF = ("tier", "region", "channel"), None
_LISTED = 15


def show(page: Page) -> None:
    if page.missing("churn_scores", "churn_risk_tiers", "churn_alerts"):
        return
    lead = page.row(
        "select min(lead_days) as lead from churn_risk_tiers where as_of_date = $as_of and risk_tier is not null"
    ).get("lead")
    page.figures(_warned, partial(_risk, lead=lead))
    left, right = st.columns(2)
    with left, page.part(page.words("churn.risk_by_tier", days=lead or "–"), "churn_risk_tiers.risk_tier"):
        _risk_by_tier(page, lead)
    with right, page.part(page.words("churn.reasons"), "churn_scores.reason_1"):
        _reasons(page, lead)
    with page.part(page.words("churn.open"), "churn_alerts.level"):
        _open(page)
    left, right = st.columns(2)
    with left, page.part(page.words("churn.causes"), "churn_causes.lost_share"):
        _causes(page)
    with right, page.part(page.words("churn.quality"), "alert_quality.precision_of_opened"):
        _quality(page)
    left, right = st.columns(2)
    with left, page.part(page.words("churn.retention"), "retention_plan.roi"):
        _retention(page)
    with right, page.part(page.words("churn.win_back"), "winback_plan.expected_gain"):
        _win_back(page)


def _warned(page: Page) -> list[Figure]:
    words = page.words
    found = page.row(
        f"""
        select count(*) as open, count(*) filter (level_place = 1) as urgent,
            count(*) filter (is_overdue) as overdue
        from churn_alerts where status = 'open' and {page.chosen.keeps}
        """
    )
    return [
        Figure(words("churn.open_warnings"), words.number(found["open"]), "churn_alerts.status"),
        Figure(words("churn.urgent"), words.number(found["urgent"]), "churn_alerts.level"),
        Figure(words("churn.overdue"), words.number(found["overdue"]), "churn_alerts.is_overdue"),
    ]


def _risk(page: Page, lead: int | None) -> list[Figure]:
    found = page.row(
        f"""
        select nullif(count(risk_tier), 0) as scored, count(*) filter (risk_level = 1) as high
        from {page.chosen.of("churn_risk_tiers")} where lead_days = $lead
        """,
        lead=lead,
    )
    high = found["high"] if found["scored"] else None
    return [Figure(page.words("figure.high_risk"), page.words.number(high), "churn_risk_tiers.risk_tier")]


def _risk_by_tier(page: Page, lead: int | None) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select tier, tier_zh, risk_tier, risk_tier_zh, risk_level, count(*) as customers,
            count(*) / sum(count(*)) over (partition by tier) as share
        from {page.chosen.people()} join churn_risk_tiers using (customer_id, as_of_date)
        where lead_days = $lead and risk_tier is not null
        group by tier, tier_zh, tier_level, risk_tier, risk_tier_zh, risk_level order by tier_level, risk_level
        """,
        lead=lead,
    )
    if page.empty(rows, "scores"):
        return
    rows = [
        row
        | {
            "name": words.of(row, "tier"),
            "risk": words.risk(row),
            "share": float(row["share"]),
            "told": f"{words.share(row['share'], 0)} ({words.number(row['customers'])})",
        }
        for row in rows
    ]
    columns = [
        (words("filter.tier"), "name"),
        (words("churn.risk"), "risk"),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("churn.share_of_tier"), lambda row: words.share(row["share"])),
    ]
    drawn = charts.grid(rows, "risk", "name", "share", "told", (words("churn.risk"), words("filter.tier")), 48)
    drawn["encoding"]["x"]["sort"] = [name for _, name in sorted({(row["risk_level"], row["risk"]) for row in rows})]
    page.chart(drawn, words("churn.risk_by_tier.tells", days=lead), rows, columns)


def _reasons(page: Page, lead: int | None) -> None:
    words = page.words
    if page.missing("churn_causes"):
        return
    rows = page.rows(
        f"""
        select reason_1, any_value(reason_en) as reason_1_en, any_value(reason_zh) as reason_1_zh,
            any_value(reason_1_team) as team, count(distinct customer_id) as customers
        from {page.chosen.of("churn_scores")}
        join churn_risk_tiers using (customer_id, as_of_date, lead_days)
        left join (select distinct reason as reason_1, reason_en, reason_zh from churn_causes) using (reason_1)
        where lead_days = $lead and risk_level = 1 and reason_1 is not null
        group by 1 order by customers desc, 1 limit 8
        """,
        lead=lead,
    )
    if page.empty(rows, "scores"):
        return
    rows = [row | {"name": words.of(row, "reason_1"), "told": words.number(row["customers"])} for row in rows]
    columns = [
        (words("churn.reason"), "name"),
        (words("customers"), "told"),
        (words("churn.team"), lambda row: words.value(row["team"])),
    ]
    drawn = charts.bars(rows, "name", "customers", "told", words("churn.customers_at_high_risk"))
    page.chart(drawn, words("churn.reasons.tells", first=rows[0]["name"], told=rows[0]["told"]), rows, columns)


def _open(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        from churn_alerts where status = 'open' and {page.chosen.keeps}
        order by level_place, churn_probability desc nulls last, alert_id limit {_LISTED}
        """
    )
    if page.empty(rows, "warnings"):
        return
    columns = [
        (words("customer"), lambda row: Link(row["customer_id"], f"customer?customer={row['customer_id']}")),
        (words("churn.level"), lambda row: words.of(row, "level")),
        (words("churn.signals"), lambda row: words.of(row, "signals")),
        (words("filter.tier"), lambda row: words.value(row["tier"])),
        (words("churn.probability"), lambda row: words.share(row["churn_probability"], 0)),
        (words("churn.owner"), lambda row: words.value(row["owner"])),
        (words("churn.due"), lambda row: words.day(row["due_on"]) + (" ⚠" if row["is_overdue"] else "")),
        (words("churn.offer"), lambda row: words.of(row, "offer")),
    ]
    page.table(words("churn.open.tells", listed=len(rows)), rows, columns, shown=True)


def _causes(page: Page) -> None:
    words = page.words
    if page.missing("churn_causes"):
        return
    rows = page.rows(
        """
        from churn_causes where group_kind = 'all' and lost_with_signal > 0
            and as_of_date = (select max(as_of_date) from churn_causes)
            and lead_days = (select min(lead_days) from churn_causes)
        order by lift desc nulls last limit 8
        """
    )
    if page.empty(rows, "left"):
        return
    rows = [row | {"name": words.of(row, "reason"), "told": f"{row['lift'] or 0:.1f} ×"} for row in rows]
    columns = [
        (words("churn.reason"), "name"),
        (words("churn.lost_with"), lambda row: words.share(row["lost_share"])),
        (words("churn.stayed_with"), lambda row: words.share(row["stayed_share"])),
        (words("churn.times"), "told"),
        (words("churn.team"), lambda row: words.value(row["team"])),
    ]
    page.chart(
        charts.bars(rows, "name", "lift", "told", words("churn.times")),
        words("churn.causes.tells", day=words.day(rows[0]["as_of_date"])),
        rows,
        columns,
    )
    page.of_all_customers()


def _quality(page: Page) -> None:
    words = page.words
    if page.missing("alert_quality"):
        return
    found = page.rows("from alert_quality where signal = 'any' and is_known order by as_of_date")
    if page.empty(found, "outcomes"):
        return
    kinds = {"precision_of_opened": "churn.precision", "recall": "churn.recall", "base_rate": "churn.base_rate"}
    rows = [
        {"month": row["as_of_date"], "share": row[kind], "name": words(key), "told": words.share(row[kind])}
        for kind, key in kinds.items()
        for row in found
        if row[kind] is not None
    ]
    columns = [
        (words("month"), lambda row: words.day(row["as_of_date"])),
        (words("churn.opened"), lambda row: words.number(row["opened"])),
        (words("churn.precision"), lambda row: words.share(row["precision_of_opened"])),
        (words("churn.recall"), lambda row: words.share(row["recall"])),
        (words("churn.base_rate"), lambda row: words.share(row["base_rate"])),
    ]
    drawn = charts.lines(rows, "month", "share", "told", "name", words("share"), share=True)
    page.chart(drawn, words("churn.quality.tells"), found, columns)
    page.of_all_customers()


def _retention(page: Page) -> None:
    words = page.words
    if page.missing("retention_plan"):
        return
    rows = page.rows(
        f"""
        select intervention, intervention_en, intervention_zh, count(*) as customers, sum(cost)::double as cost,
            sum(expected_value_saved)::double as saved, count(*) filter (comes_first) as first
        from retention_plan where is_best and {page.chosen.keeps}
        group by 1, 2, 3 order by saved desc nulls last
        """
    )
    if page.empty(rows, "warnings"):
        return
    columns = [
        (words("churn.intervention"), lambda row: words.of(row, "intervention")),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("churn.cost"), lambda row: page.money(row["cost"])),
        (words("churn.saved"), lambda row: page.money(row["saved"])),
        (words("churn.comes_first"), lambda row: words.number(row["first"])),
    ]
    page.table(words("churn.retention.tells"), rows, columns, shown=True)


def _win_back(page: Page) -> None:
    words = page.words
    if page.missing("winback_plan"):
        return
    rows = page.rows(
        f"""
        select reason, count(*) as lost, count(*) filter (is_worth_it) as worth,
            sum(expected_gain) filter (is_worth_it)::double as gain
        from winback_plan where {page.chosen.keeps}
        group by 1 order by gain desc nulls last limit 8
        """
    )
    if page.empty(rows, "left"):
        return
    columns = [
        (words("churn.reason"), lambda row: words.value(row["reason"] or "unknown")),
        (words("churn.lost_customers"), lambda row: words.number(row["lost"])),
        (words("churn.worth_it"), lambda row: words.number(row["worth"])),
        (words("churn.gain"), lambda row: page.money(row["gain"])),
    ]
    page.table(words("churn.win_back.tells"), rows, columns, shown=True)
