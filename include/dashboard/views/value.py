"""What customers will bring, what they cost to win, and which channels bring good ones."""

from __future__ import annotations

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Page

FILTERS, DATES_OF = ("tier", "region", "channel"), "value_concentration"
_BARS = 24
_CUT = 6  # times the least ratio: one channel that cost nothing must not hide the others


def show(page: Page) -> None:
    if page.missing("clv_scores"):
        return
    page.figures(_expected)
    left, right = st.columns(2)
    with left, page.part(page.words("value.spread"), "clv_scores.clv_12m"):
        _spread(page)
    with right, page.part(page.words("value.by_tier"), "clv_scores.clv_12m"):
        _by_tier(page)
    with page.part(page.words("value.ltv_cac"), "ltv_cac.ltv_cac", is_of_version=True):
        _ltv_cac(page)
    with page.part(page.words("value.funnel"), "acquisition_funnel.conversion", is_of_version=True):
        _funnel(page)
    with page.part(page.words("value.channels"), "channel_quality.cost_per_buyer", is_of_version=True):
        _channels(page)


def _expected(page: Page) -> list[Figure]:
    words = page.words
    found = {
        row["as_of_date"]: row
        for row in page.rows(
            f"""
            select as_of_date, avg(clv_12m)::double as mean, sum(clv_12m)::double as total,
                avg(probability_alive) as alive, sum(expected_purchases_12m) as purchases
            from {page.chosen.of("clv_scores", "in ($as_of::date, $before::date)")} group by 1
            """
        )
    }
    now, before = found.get(page.chosen.as_of, {}), found.get(page.chosen.before, {})
    measures = (
        ("mean", "expected_clv_12m", "expected_clv_12m", page.money),
        ("total", "value_total", "clv_scores.clv_12m", page.money),
        ("alive", "alive", "clv_scores.probability_alive", words.share),
        ("purchases", "purchases", "clv_scores.expected_purchases_12m", words.number),
    )
    figures = []
    for name, label, source, write in measures:
        told = (lambda moved: words.points(moved).lstrip("+")) if name == "alive" else None
        change = page.change(now.get(name), before.get(name), told)
        good = None if change is None else now[name] > before[name]
        figures.append(Figure(words(f"figure.{label}"), write(now.get(name)), source, change, good))
    return figures


def _spread(page: Page) -> None:
    """Customers by expected margin, the best hundredth as one bar; counted in the file, not here."""
    words = page.words
    rows = page.rows(
        f"""
        with values_of as (
            select clv_12m::double as clv from {page.chosen.of("clv_scores")} where clv_12m is not null
        ),
        top as (select greatest(quantile_cont(clv, 0.99), 1) as top from values_of)
        select least(greatest(floor(clv / (top / {_BARS})), 0), {_BARS})::integer as bar,
            any_value(top) / {_BARS} as width, count(*) as customers
        from values_of, top group by 1 order by 1
        """
    )
    if page.empty(rows, "scores"):
        return
    rows = [
        row
        | {
            "from": words.number(row["bar"] * row["width"]) + ("+" if row["bar"] == _BARS else ""),
            "told": words.number(row["customers"]),
        }
        for row in rows
    ]
    axis = words("customers")
    drawn = charts.columns(rows, "from", "customers", "told", axis, dated=False)
    drawn["encoding"]["x"]["title"] = words("value.spread.axis", currency=page.published.currency)
    columns = [(words("value.spread.axis", currency=page.published.currency), "from"), (axis, "told")]
    page.chart(drawn, words("value.spread.tells"), rows, columns)


def _by_tier(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select tier, tier_zh, count(*) as customers, avg(clv_12m)::double as mean, avg(clv_12m_low)::double as low,
            avg(clv_12m_high)::double as high, sum(clv_12m)::double as total
        from {page.chosen.people()} join clv_scores using (customer_id, as_of_date)
        where clv_12m is not null group by tier, tier_zh, tier_level order by tier_level
        """
    )
    if page.empty(rows, "scores"):
        return
    rows = [row | {"name": words.of(row, "tier"), "told": page.money(row["mean"])} for row in rows]
    columns = [
        (words("filter.tier"), "name"),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("figure.expected_clv_12m"), "told"),
        (
            words("bounds"),
            lambda row: words.between(row["low"], row["high"], words.number),
        ),
        (words("figure.value_total"), lambda row: page.money(row["total"])),
    ]
    axis = words("axis.money_a_customer", currency=page.published.currency)
    page.chart(
        charts.bars(rows, "name", "mean", "told", axis, charts.TIERS), words("value.by_tier.tells"), rows, columns
    )


def _ltv_cac(page: Page) -> None:
    words = page.words
    if page.missing("ltv_cac"):
        return
    kinds = [row["group_kind"] for row in page.rows("select distinct group_kind from ltv_cac order by 1")]
    if page.empty(kinds, "costs"):
        return
    kind = page.group_by(kinds, "ltv_by")
    rows = page.rows(
        """
        from ltv_cac where group_kind = $kind
        order by case when $kind = 'cohort' then group_value end desc, ltv_cac desc nulls last
        """,
        kind=kind,
    )
    least = min((row["minimum_ratio"] for row in rows if row["minimum_ratio"] is not None), default=0)
    most = _CUT * least
    known = [
        row
        | {
            "name": words.value(row["group_value"]),
            "told": words.number(row["ltv_cac"], 1) + (" →" if row["ltv_cac"] > most else ""),
            "length": min(row["ltv_cac"], most),
        }
        for row in rows
        if row["ltv_cac"] is not None
    ]
    columns = [
        (words("group"), lambda row: words.value(row["group_value"])),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("value.ltv"), lambda row: page.money(row["ltv"])),
        (words("value.cac"), lambda row: page.money(row["cac"])),
        (words("value.ratio"), lambda row: words.number(row["ltv_cac"], 1)),
        (words("value.minimum"), lambda row: words.number(row["minimum_ratio"], 0)),
        (words("value.under"), lambda row: words.yes(row["is_under_minimum"])),
        (words("value.payback"), lambda row: words.number(row["payback_months"])),
    ]
    told = words("value.ltv_cac.tells", day=words.day(page.published.as_of))
    if known:
        drawn = charts.bars(known[:_BARS], "name", "length", "told", words("value.ratio"))
        page.chart(charts.with_rule(drawn, least, words("value.minimum")), told, rows, columns)
        page.note("value.minimum.note", least=words.number(least), most=words.number(most))
    else:
        page.table(told, rows, columns, shown=True)
    page.of_all_customers()


def _funnel(page: Page) -> None:
    words = page.words
    if page.missing("acquisition_funnel"):
        return
    rows = page.rows(
        """
        select step, step_en, step_zh, step_no, sum(people)::bigint as people, sum(asked)::bigint as asked,
            sum(converted)::bigint as converted
        from acquisition_funnel where len($channel) = 0 or list_contains($channel, channel)
        group by all order by step_no
        """
    )
    if page.empty(rows, "leads"):
        return
    rows = [
        row
        | {
            "name": words.of(row, "step"),
            "told": words.number(row["people"]),
            "rate": words.share(row["converted"] / row["asked"] if row["asked"] else None),
        }
        for row in rows
    ]
    columns = [(words("value.step"), "name"), (words("value.people"), "told"), (words("value.conversion"), "rate")]
    drawn = charts.bars(rows, "name", "people", "told", words("value.people"))
    page.chart(drawn, words("value.funnel.tells", first=rows[0]["told"], last=rows[-1]["told"]), rows, columns)
    if page.chosen.tier or page.chosen.region:
        page.note("by_channel_alone")


def _channels(page: Page) -> None:
    words = page.words
    if page.missing("channel_quality"):
        return
    rows = page.rows(
        "from channel_quality where len($channel) = 0 or list_contains($channel, channel) order by buyers desc"
    )
    if page.empty(rows, "leads"):
        return
    columns = [
        (words("filter.channel"), lambda row: words.value(row["channel"])),
        (words("figure.buyers"), lambda row: words.number(row["buyers"])),
        (words("value.cost_per_buyer"), lambda row: page.money(row["cost_per_buyer"])),
        (words("value.second_purchase"), lambda row: words.share(row["second_purchase_rate"], 0)),
        (words("value.first_year"), lambda row: page.money(row["first_year_margin"])),
        (words("value.false_users"), lambda row: words.share(row["false_user_share"])),
        (words("value.complaints"), lambda row: words.share(row["complaint_rate"])),
        (words("value.unpaid"), lambda row: words.share(row["unpaid_rate"])),
    ]
    page.table(words("value.channels.tells"), rows, columns, shown=True)
    if page.chosen.tier or page.chosen.region:
        page.note("by_channel_alone")
