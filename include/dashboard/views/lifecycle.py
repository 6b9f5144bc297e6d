"""Where customers stand in their life with the company, how long they stay, and how healthy regions are."""

from __future__ import annotations

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Page

FILTERS, DATES_OF = ("tier", "region", "channel"), "lifecycle_transitions"
_COHORTS = 12


def show(page: Page) -> None:
    if page.missing("lifecycle_stage"):
        return
    _stages(page)
    left, right = st.columns(2)
    with left, page.part(page.words("lifecycle.curve"), "lifecycle_curve.net_revenue_per_customer_so_far", of_all=True):
        _curve(page)
    with right, page.part(page.words("lifecycle.survival"), "life_table.survival", of_all=True):
        _survival(page)
    with page.part(page.words("lifecycle.health"), "lifecycle_health.score", of_all=True):
        _health(page)
    with page.part(page.words("lifecycle.cohorts"), "cohort_retention.retention"):
        _cohorts(page)


def _stages(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select stage, stage_en, stage_zh, count(*) as customers,
            count(*) filter (previous_stage is not null and since > $before) as arrived
        from {page.chosen.of("lifecycle_stage")} where unit_kind = 'customer' group by all order by customers desc
        """
    )
    with page.part(words("lifecycle.stages"), "lifecycle_stage.stage"):
        if page.empty(rows, "orders"):
            return
        everybody = sum(row["customers"] for row in rows)
        rows = [
            row
            | {
                "name": words.of(row, "stage"),
                "told": f"{words.number(row['customers'])} ({words.share(row['customers'] / everybody, 0)})",
            }
            for row in rows
        ]
        columns = [
            (words("stage"), "name"),
            (words("customers"), "told"),
            (words("lifecycle.arrived"), lambda row: words.number(row["arrived"] if page.chosen.before else None)),
        ]
        tells = words("lifecycle.stages.tells", first=rows[0]["name"], told=rows[0]["told"])
        page.chart(charts.bars(rows, "name", "customers", "told", words("customers")), tells, rows, columns)


def _kind(page: Page, table: str, key: str) -> tuple[str, str] | None:
    """The way of grouping that the reader chooses, and the table's date at or before the chosen one."""
    found = page.rows(
        f"select group_kind, max(as_of_date) as day from {table} where as_of_date <= $as_of group by 1 order by 1"
    )
    if page.empty(found, "orders"):
        return None
    kinds = sorted((row["group_kind"] for row in found), key=lambda kind: (kind != "all", kind))
    kind = page.group_by(kinds, key)
    return kind, next(row["day"] for row in found if row["group_kind"] == kind)


def _curve(page: Page) -> None:
    words = page.words
    if page.missing("lifecycle_curve") or (found := _kind(page, "lifecycle_curve", "curve_by")) is None:
        return
    kind, day = found
    rows = page.rows(
        """
        select group_value, month_no, customers, net_revenue_per_customer_so_far as revenue,
            gross_margin_per_customer_so_far as margin
        from lifecycle_curve where as_of_date = $day and group_kind = $kind order by max(customers)
            over (partition by group_value) desc, group_value, month_no
        """,
        kind=kind,
        day=day,
    )
    rows = [
        row | {"name": words.value(row["group_value"]), "told": page.money(row["revenue"])}
        for row in rows
        if row["revenue"] is not None
    ]
    columns = [
        (words("group"), "name"),
        (words("months_since_first"), lambda row: words.number(row["month_no"])),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("lifecycle.revenue_so_far"), "told"),
        (words("lifecycle.margin_so_far"), lambda row: page.money(row["margin"])),
    ]
    drawn = charts.lines(
        rows, "month_no", "revenue", "told", "name", words("axis.money_a_customer", currency=page.published.currency),
        words("months_since_first"), dated=False,
    )  # fmt: skip
    drawn["layer"][0]["mark"]["point"] = False
    page.chart(drawn, words("lifecycle.curve.tells", day=words.day(day)), rows[:200], columns)


def _survival(page: Page) -> None:
    words = page.words
    if page.missing("life_table") or (found := _kind(page, "life_table", "survival_by")) is None:
        return
    kind, day = found
    rows = page.rows(
        """
        from life_table where as_of_date = $day and group_kind = $kind and at_risk > 0
        order by max(at_risk) over (partition by group_value) desc, group_value, month_no
        """,
        kind=kind,
        day=day,
    )
    if page.empty(rows, "orders"):
        return
    rows = [row | {"name": words.value(row["group_value"]), "told": words.share(row["survival"])} for row in rows]
    few = len({row["name"] for row in rows}) <= 4
    drawn = charts.lines(
        rows, "month_no", "survival", "told", "name", words("lifecycle.still_here"), words("lifecycle.months_in"),
        dated=False, between=("survival_lower", "survival_upper") if few else None, share=True,
    )  # fmt: skip
    drawn["layer"][-1]["mark"]["point"] = False
    columns = [
        (words("group"), "name"),
        (words("lifecycle.months_in"), lambda row: words.number(row["month_no"])),
        (words("lifecycle.at_risk"), lambda row: words.number(row["at_risk"])),
        (words("lifecycle.lost"), lambda row: words.number(row["lost"])),
        (words("lifecycle.hazard"), lambda row: words.share(row["hazard"])),
        (words("lifecycle.still_here"), "told"),
        (words("bounds"), lambda row: words.between(row["survival_lower"], row["survival_upper"], words.share)),
    ]
    page.chart(drawn, words("lifecycle.survival.tells", day=words.day(day)), rows[:200], columns)
    first = [row for row in rows if row["month_no"] == 0]
    columns = [
        (words("group"), "name"),
        (words("lifecycle.at_risk"), lambda row: words.number(row["at_risk"])),
        (words("lifecycle.expected_months"), lambda row: words.number(row["expected_remaining_months"], 1)),
        (
            words("bounds"),
            lambda row: words.between(
                row["expected_remaining_lower"], row["expected_remaining_upper"], lambda value: words.number(value, 1)
            ),
        ),
    ]
    told = words("lifecycle.expected_months.tells", months=words.number(rows[0]["horizon_months"]))
    page.table(told, first, columns, shown=True)


def _health(page: Page) -> None:
    words = page.words
    if page.missing("lifecycle_health") or (found := _kind(page, "lifecycle_health", "health_by")) is None:
        return
    kind, day = found
    rows = page.rows(
        "from lifecycle_health where as_of_date = $day and group_kind = $kind order by score desc nulls last",
        kind=kind,
        day=day,
    )
    rows = [row | {"name": words.value(row["group_value"]), "told": words.number(row["score"], 1)} for row in rows]
    columns = [
        (words("group"), "name"),
        (words("lifecycle.score"), "told"),
        (words("lifecycle.score_change"), lambda row: words.signed(row["score_change"])),
        (words("lifecycle.biggest_mover"), lambda row: words.of(row, "biggest_mover")),
        (words("lifecycle.its_points"), lambda row: words.signed(row["biggest_change"])),
        (words("customers"), lambda row: words.number(row["customers"])),
    ]
    page.table(words("lifecycle.health.tells", day=words.day(day)), rows, columns, shown=True)


def _cohorts(page: Page) -> None:
    words = page.words
    if page.missing("cohort_retention"):
        return
    rows = page.rows(
        f"""
        select cohort_month, month_no, customers, retention, active_customers from cohort_retention
        where month_no between 1 and {_COHORTS} and is_whole_month and month_end <= $as_of
            and cohort_month > $as_of::date - interval {_COHORTS + 1} month
        order by cohort_month desc, month_no
        """
    )
    if page.empty(rows, "month"):
        return
    rows = [
        row
        | {
            "cohort": f"{row['cohort_month']:%Y-%m}",
            "month": str(row["month_no"]),
            "told": words.share(row["retention"], 0),
        }
        for row in rows
    ]
    columns = [
        (words("lifecycle.cohort"), "cohort"),
        (words("months_since_first"), "month"),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("lifecycle.active"), lambda row: words.number(row["active_customers"])),
        (words("lifecycle.retention"), "told"),
    ]
    axes = (words("months_since_first"), words("lifecycle.cohort"))
    drawn = charts.grid(rows, "month", "cohort", "retention", "told", axes, 26)
    drawn["encoding"]["x"]["sort"] = [str(number) for number in range(1, _COHORTS + 1)]
    page.chart(drawn, words("lifecycle.cohorts.tells"), rows, columns)
    page.of_all_customers()
