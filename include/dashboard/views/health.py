"""How far the data can be trusted: health by table, rules that fail, rows set aside, and models that drift."""

from __future__ import annotations

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Page

FILTERS, DATES_OF = (), "data_health_summary"
_DIMENSIONS = ("completeness", "validity", "uniqueness", "timeliness", "consistency")
_LISTED = 25


def show(page: Page) -> None:
    if page.missing("data_health_summary", "data_health"):
        return
    page.figures(_overall, _rows)
    left, right = st.columns(2)
    with left, page.part(page.words("health.dimensions"), "data_health_summary.score"):
        _dimensions(page)
    with right, page.part(page.words("health.trend"), "data_health_summary.dated_score"):
        _trend(page)
    with page.part(page.words("health.tables"), "data_health_summary.score"):
        _tables(page)
    with page.part(page.words("health.failing"), "data_health.passed"):
        _failing(page)
    left, right = st.columns(2)
    with left, page.part(page.words("health.quarantine"), "quarantine_summary.rows_open"):
        _quarantine(page)
    with right, page.part(page.words("health.models"), "model_monitor.is_beyond"):
        _models(page)


def _overall(page: Page) -> list[Figure]:
    words = page.words
    found = page.row(
        "from data_health_summary where level = 'overall' and dimension = 'all' and as_of_date = $as_of limit 1"
    )
    change = found.get("dated_change")
    told = words.points(change) if change and abs(change) >= 0.0005 else None
    return [
        Figure(
            words("health.score"), words.share(found.get("score")), "data_health_summary.score", told,
            None if told is None else change > 0,
        ),
        Figure(
            words("health.failed"), words.number(found.get("measures_failed")), "data_health_summary.measures_failed"
        ),
    ]  # fmt: skip


def _rows(page: Page) -> list[Figure]:
    words, figures = page.words, []
    if page.published.has("load_ledger"):
        found = page.row(
            "select sum(rows_read)::bigint as read, "
            "sum(rows_accepted + rows_unchanged) / nullif(sum(rows_read), 0) as accepted from load_ledger"
        )
        day = page.published.as_of
        share = words.share(found["accepted"], 2)
        figures += [
            Figure(words("health.rows_read"), words.number(found["read"]), "load_ledger.rows_read", as_of=day),
            Figure(words("health.accepted"), share, "load_ledger.rows_accepted", as_of=day),
        ]
    return figures


def _dimensions(page: Page) -> None:
    words = page.words
    rows = page.rows(
        "select dimension, dimension_zh, score, threshold, measures, measures_failed from data_health_summary "
        "where level = 'overall' and dimension <> 'all' and as_of_date = $as_of order by score"
    )
    rows = [row for row in rows if row["score"] is not None]
    if page.empty(rows, "rows"):
        return
    rows = [row | {"name": words.of(row, "dimension"), "told": words.share(row["score"])} for row in rows]
    columns = [
        (words("health.dimension"), "name"),
        (words("health.score"), "told"),
        (words("health.measures"), lambda row: words.number(row["measures"])),
        (words("health.failed"), lambda row: words.number(row["measures_failed"])),
    ]
    drawn = charts.bars(rows, "name", "score", "told", words("health.score"), share=True)
    page.chart(drawn, words("health.dimensions.tells", least=rows[0]["name"], told=rows[0]["told"]), rows, columns)


def _trend(page: Page) -> None:
    words = page.words
    rows = page.rows(
        "select as_of_date as month, dated_score as score from data_health_summary where level = 'overall' "
        "and dimension = 'all' and dated_score is not null and as_of_date <= $as_of order by 1"
    )
    if page.empty(rows, "rows"):
        return
    rows = [row | {"told": words.share(row["score"], 2)} for row in rows]
    least = min(row["score"] for row in rows)
    drawn = charts.lines(
        rows, "month", "score", "told", None, words("health.score"), share=True, least=round(least - 0.02, 2)
    )
    drawn["encoding"]["y"]["axis"]["format"] = ".1%"
    columns = [(words("month"), lambda row: words.day(row["month"])), (words("health.score"), "told")]
    page.chart(drawn, words("health.trend.tells"), rows, columns)


def _tables(page: Page) -> None:
    words = page.words
    rows = page.rows(
        "select source, table_name, dimension, dimension_zh, score, passed, measures_failed from data_health_summary "
        "where level = 'table' and dimension <> 'all' and as_of_date = $as_of and score is not null "
        "order by source, table_name"
    )
    if page.empty(rows, "rows"):
        return
    rows = [
        row
        | {
            "name": words.of(row, "dimension"),
            # Where nothing is amiss nothing should catch the eye; at 80 % and below it is as dark as can be.
            "shade": min(1.0, (1 - row["score"]) / 0.2),
            "told": words.share(row["score"]) + (" ⚠" if row["passed"] is False else ""),
        }
        for row in rows
    ]
    columns = [
        (words("health.table"), "table_name"),
        (words("health.dimension"), "name"),
        (words("health.score"), "told"),
        (words("health.failed"), lambda row: words.number(row["measures_failed"])),
    ]
    drawn = charts.grid(
        rows, "name", "table_name", "shade", "told", (words("health.dimension"), words("health.table")), 26
    )
    drawn["encoding"]["x"]["sort"] = [words.value(dimension) for dimension in _DIMENSIONS]
    page.chart(drawn, words("health.tables.tells"), rows, columns)


def _failing(page: Page) -> None:
    words = page.words
    rows = page.rows(
        f"""
        select source, table_name, column_name, dimension, rule, score, threshold, severity,
            denominator - numerator as beyond
        from data_health where as_of_date = $as_of and not passed order by severity, score limit {_LISTED}
        """
    )
    if not rows:
        page.note("health.none_failing")
        return
    columns = [
        (words("health.table"), lambda row: f"{row['source']}.{row['table_name']}"),
        (words("health.column"), lambda row: row["column_name"] or words.value(None)),
        (words("health.dimension"), lambda row: words.value(row["dimension"])),
        (words("health.rule"), lambda row: words.value(row["rule"])),
        (words("health.score"), lambda row: words.share(row["score"])),
        (words("health.threshold"), lambda row: words.share(row["threshold"])),
        (words("health.rows_against"), lambda row: words.number(row["beyond"])),
        (words("health.severity"), lambda row: words.value(row["severity"])),
    ]
    page.table(words("health.failing.tells", listed=len(rows)), rows, columns, shown=True)


def _quarantine(page: Page) -> None:
    words = page.words
    if page.missing("quarantine_summary"):
        return
    rows = page.rows(
        f"""
        select source, table_name, reason_code, column_name, rows_open, rows_quarantined from quarantine_summary
        where rows_open > 0 order by rows_open desc, source, table_name, reason_code limit {_LISTED}
        """
    )
    if not rows:
        page.note("health.none_waiting")
        return
    columns = [
        (words("health.table"), lambda row: f"{row['source']}.{row['table_name']}"),
        (words("health.reason"), lambda row: words.value(row["reason_code"])),
        (words("health.column"), lambda row: row["column_name"] or words.value(None)),
        (words("health.rows_open"), lambda row: words.number(row["rows_open"])),
    ]
    page.table(words("health.quarantine.tells"), rows, columns, shown=True)


def _models(page: Page) -> None:
    words = page.words
    if page.missing("model_monitor"):
        return
    rows = page.rows(
        """
        select model_name, any_value(model_version) as version, max(psi) as psi, max(psi_limit) as psi_limit,
            count(*) filter (is_beyond) as beyond, max(training_asked_on) as training_asked_on
        from model_monitor where as_of_date = (select max(as_of_date) from model_monitor) group by 1 order by 1
        """
    )
    if page.empty(rows, "scores"):
        return
    columns = [
        (words("health.model"), lambda row: words.value(row["model_name"])),
        (words("health.version"), lambda row: row["version"] or words.value(None)),
        (words("health.psi"), lambda row: words.number(row["psi"], 2)),
        (words("health.psi_limit"), lambda row: words.number(row["psi_limit"], 2)),
        (words("health.beyond"), lambda row: words.number(row["beyond"])),
        (words("health.training_asked"), lambda row: words.day(row["training_asked_on"])),
    ]
    page.table(words("health.models.tells"), rows, columns, shown=True)
