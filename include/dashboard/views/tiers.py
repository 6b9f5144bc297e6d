"""Who is in which tier, how they moved, and how much the best of them bring."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Page

FILTERS, DATES_OF = ("tier", "region", "channel"), "value_concentration"


def show(page: Page) -> None:
    if page.missing("customer_tiers"):
        return
    page.figures(_counts, _rates)
    left, right = st.columns(2)
    with left, page.part(page.words("tiers.moves"), "tier_migration.share_of_from_tier"):
        _matrix(page)
    with right, page.part(page.words("tiers.history"), "customer_tiers.tier"):
        _history(page)
    with page.part(page.words("tiers.conversion"), "tier_conversion.upgrade_rate"):
        _conversion(page)
    with page.part(page.words("tiers.concentration"), "value_concentration.top_5_share"):
        _concentration(page)


def _counts(page: Page) -> list[Figure]:
    people = page.chosen.people("in ($as_of::date, $before::date)")
    rows = page.rows(
        f"""
        select tier, tier_zh, count(*) filter (as_of_date = $as_of) as customers,
            count(*) filter (as_of_date = $before) as before
        from {people} group by tier, tier_zh, tier_level order by tier_level
        """
    )
    return [
        Figure(
            page.words("tiers.customers_in", tier=page.words.of(row, "tier")),
            page.words.number(row["customers"]),
            "tier_conversion.customers",
            page.change(row["customers"], row["before"]) if page.chosen.before else None,
        )
        for row in rows
    ]


def _moves(page: Page) -> list[dict]:
    """Customers by the tier they held at the date before and the one they hold now."""
    return page.rows(
        f"""
        select coalesce(before.tier, 'new') as from_tier, any_value(before.tier_zh) as from_tier_zh,
            before.tier_level as from_level, now.tier as to_tier, now.tier_zh as to_tier_zh, now.tier_level as to_level,
            count(*) as customers, count(*) / sum(count(*)) over (partition by before.tier) as share
        from {page.chosen.people()} as now
        left join customer_tiers as before on before.customer_id = now.customer_id and before.as_of_date = $before
        group by before.tier, before.tier_level, now.tier, now.tier_zh, now.tier_level
        order by before.tier_level nulls last, to_level
        """
    )


def _rates(page: Page) -> list[Figure]:
    """Of customers who held a tier before: a chosen tier is the one they moved from, as in `tier_conversion`."""
    of_tier = "list_contains($tier, before.tier)" if page.chosen.tier else "true"
    found = page.row(
        f"""
        select count(*) as customers, count(*) filter (now.tier_level < before.tier_level) as upgrade_rate,
            count(*) filter (now.tier_level > before.tier_level) as downgrade_rate
        from {replace(page.chosen, tier=()).people()} as now
        inner join customer_tiers as before on before.customer_id = now.customer_id and before.as_of_date = $before
        where {of_tier}
        """
    )
    return [
        Figure(
            page.words(f"figure.{name}"),
            page.words.share(found[name] / found["customers"] if found["customers"] else None),
            name,
        )
        for name in ("upgrade_rate", "downgrade_rate")
    ]


def _matrix(page: Page) -> None:
    words, moves = page.words, _moves(page)
    if page.chosen.before is None:
        page.note("tiers.no_date_before")
        return
    if page.empty(moves, "orders"):
        return
    across = sorted({(move["to_level"], words.of(move, "to_tier")) for move in moves})
    place = {name: level for level, name in across}
    rows = [
        move
        | {
            "before": words.of(move, "from_tier"),
            "now": words.of(move, "to_tier"),
            "told": f"{words.share(move['share'], 0)} ({words.number(move['customers'])})",
            "share": float(move["share"]),
        }
        for move in moves
    ]
    rows.sort(key=lambda row: (row["from_level"] or 99, place[row["now"]]))
    tells = words("tiers.moves.tells", before=words.day(page.chosen.before), now=words.day(page.chosen.as_of))
    columns = [
        (words("tiers.before"), "before"),
        (words("tiers.now"), "now"),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("tiers.share_of_before"), lambda row: words.share(row["share"])),
    ]
    drawn = charts.grid(rows, "now", "before", "share", "told", (words("tiers.now"), words("tiers.before")), 48)
    drawn["encoding"]["x"]["sort"] = [name for _, name in across]
    page.chart(drawn, tells, rows, columns)
    page.note("tiers.moves.note", before=words.day(page.chosen.before), now=words.day(page.chosen.as_of))


def _history(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select as_of_date as month, tier, tier_zh, count(*) as customers from {page.chosen.people("<= $as_of::date")}
        where as_of_date = last_day(as_of_date) group by month, tier, tier_zh, tier_level order by month, tier_level
        """
    )
    if page.empty(rows, "orders"):
        return
    rows = [row | {"name": words.of(row, "tier"), "told": words.number(row["customers"])} for row in rows]
    names = dict.fromkeys(row["name"] for row in rows)
    columns = [
        (words("month"), lambda row: words.day(row["month"])),
        (words("filter.tier"), "name"),
        (words("customers"), "told"),
    ]
    tells = words("tiers.history.tells", tiers=", ".join(names), months=len({row["month"] for row in rows}))
    drawn = charts.stacked(rows, "month", "customers", "told", "name", words("customers"))
    page.chart(drawn, tells, rows[-12 * len(names) :], columns)


def _conversion(page: Page) -> None:
    words = page.words
    if page.missing("tier_conversion"):
        return
    rows = page.rows(
        """
        from tier_conversion
        where as_of_date = (select max(as_of_date) from tier_conversion where as_of_date <= $as_of) order by tier_level
        """
    )
    if page.empty(rows, "month"):
        return
    columns = [
        (words("filter.tier"), lambda row: words.of(row, "tier")),
        (words("tiers.before_count"), lambda row: words.number(row["customers_before"])),
        (words("figure.upgrade_rate"), lambda row: words.share(row["upgrade_rate"])),
        (words("tiers.mean_12m"), lambda row: words.share(row["upgrade_rate_mean_12m"])),
        (words("tiers.deviation_12m"), lambda row: words.points(row["upgrade_rate_deviation_12m"]).replace("+", "")),
        (words("figure.downgrade_rate"), lambda row: words.share(row["downgrade_rate"])),
        (words("tiers.stayed"), lambda row: words.share(row["stay_rate"])),
        (words("tiers.days_to_upgrade"), lambda row: words.number(row["median_days_to_upgrade_12m"])),
    ]
    page.table(words("tiers.conversion.tells", month=words.day(rows[0]["as_of_date"])), rows, columns, shown=True)
    page.of_all_customers()


def _concentration(page: Page) -> None:
    words = page.words
    if page.missing("value_concentration", "value_lorenz"):
        return
    rows = page.rows("from value_concentration where as_of_date = $as_of and total > 0 order by measure desc")
    if page.empty(rows, "orders"):
        return
    curve = page.rows(
        "select measure, percent_of_customers, share_of_amount from value_lorenz where as_of_date = $as_of "
        "and measure = $measure order by 2",
        measure=rows[0]["measure"],
    )
    left, right = st.columns([3, 2])
    with right:
        columns = [
            (words("measure"), lambda row: words.of(row, "measure")),
            *[
                (
                    words("tiers.top", percent=percent),
                    lambda row, name=f"top_{percent}_share": words.share(row[name], 0),
                )
                for percent in (5, 10, 20)
            ],
            (words("tiers.gini"), lambda row: words.number(row["gini"], 2)),
        ]
        page.table(words("tiers.concentration.about"), rows, columns, shown=True)
        page.note("tiers.benchmarks")
        page.of_all_customers()
    with left:
        curve = [row | {"told": words.share(row["share_of_amount"], 0)} for row in curve]
        drawn = charts.lines(
            curve, "percent_of_customers", "share_of_amount", "told", None, words("share_of_revenue"),
            words("tiers.best_percent"), dated=False, share=True,
        )  # fmt: skip
        drawn["layer"][0]["mark"]["point"] = False
        tells = words("tiers.lorenz.tells", share=words.share(rows[0]["top_20_share"], 0))
        columns = [
            (words("tiers.best_percent"), "percent_of_customers"),
            (words("share_of_revenue"), "told"),
        ]
        page.chart(drawn, tells, [row for row in curve if row["percent_of_customers"] % 10 == 0], columns)
