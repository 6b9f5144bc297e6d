"""Targets against actual, a part of the overview."""

from __future__ import annotations

from include.dashboard.layout import Page

_SIGNS = {"met": "✓", "near": "≈", "missed": "✗", "in_progress": "…"}


def show(page: Page) -> None:
    words = page.words
    if page.missing("kpi_scorecard"):
        return
    rows = page.rows(
        """
        from kpi_scorecard
        where month_end = (select max(month_end) from kpi_scorecard where as_of_date <= $as_of) and actual is not null
        order by target is null, label
        """
    )
    if page.empty(rows, "month"):
        return
    columns = [
        (words("figure"), lambda row: row["label_zh" if words.language == "zh" else "label"]),
        (words("targets.actual"), lambda row: _told(page, row, "actual")),
        (words("targets.target"), lambda row: _told(page, row, "target")),
        (words("targets.status"), lambda row: f"{_SIGNS.get(row['status'], '')} {words.value(row['status'])}".strip()),
        (words("targets.month_before"), lambda row: _told(page, row, "previous_actual")),
        (words("targets.year_before"), lambda row: _told(page, row, "year_before")),
    ]
    page.table(words("targets.tells", month=words.day(rows[0]["month_end"])), rows, columns, shown=True)
    page.of_all_customers()


def _told(page: Page, row: dict, name: str) -> str:
    """The figure in its unit."""
    value, unit = row[name], row["unit"] or ""
    if unit in ("share", "ratio"):
        return page.words.share(value)
    if unit.startswith("currency"):
        return page.money(value)
    return page.words.number(value, 0 if unit in ("customers", "orders") else 2)
