"""Data health on the steward's page: scores of the dimensions, what is under its bar, and every column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby

import duckdb

from expectations.steward.drawings import meter, sparkline
from expectations.steward.health_by_build import health_before
from expectations.steward.markup import Head, Html, count_of, fold, outcome, percent, section, table

DIMENSIONS = {
    "completeness": "values that are there",
    "validity": "values that are what their column asks for",
    "uniqueness": "keys and addresses told once",
    "timeliness": "tables that are up to date",
    "consistency": "rows that agree with each other",
}
_RULES = {
    "filled": "has a value",
    "well_formed": "is well formed",
    "usable": "can be used",
    "key_once": "key comes once",
    "recent": "last row is recent",
}
_NOW = """
    select as_of_date, source, table_name, column_name, dimension, rule, status, numerator, denominator, refused_rows,
        score, threshold, severity, passed
    from marts.data_health where is_current
    order by passed nulls last, score - threshold, source, table_name, column_name, dimension, rule
"""
_HISTORY = """
    select source, table_name, column_name, dimension, rule, as_of_date, dated_score
    from marts.data_health where dated_score is not null order by all
"""
_SUMMARY = """
    select level, source, table_name, dimension, measures, measures_failed, score, threshold, severity, passed
    from marts.data_health_summary where is_current order by level, source, table_name, dimension
"""
_SUMMARY_HISTORY = """
    select dimension, as_of_date, dated_score from marts.data_health_summary
    where level = 'overall' and dated_score is not null order by all
"""


@dataclass(frozen=True)
class Measure:
    """One row of `marts.data_health` at the run's own date, with its history of rows that carry a date."""

    as_of: date
    source: str
    table: str
    column: str
    dimension: str
    rule: str
    status: str
    right: int | None
    of: int | None
    refused: int | None
    score: float | None
    threshold: float
    severity: str
    passed: bool | None
    history: tuple[tuple[date, float], ...] = ()

    @property
    def says(self) -> str:
        return _RULES.get(self.rule, self.rule.replace("_", " "))

    @property
    def figures(self) -> str:
        if self.dimension == "timeliness":
            return f"{self.of:,} days since the last row, {self.right:,} allowed" if self.of > self.right else "in time"
        refused = f", {count_of(self.refused, 'row')} refused" if self.refused else ""
        return f"{self.of - self.right:,} of {self.of:,} are not{refused}"


def has_health(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'data_health_summary'"
        ).fetchone()
    )


def read_measures(connection: duckdb.DuckDBPyConnection) -> list[Measure]:
    """Every measure of the run's own date, those under their bar first and the furthest under it before."""
    history = {
        key: tuple((row[5], row[6]) for row in rows)
        for key, rows in groupby(connection.execute(_HISTORY).fetchall(), key=lambda row: row[:5])
    }
    return [Measure(*row, history.get(row[1:6], ())) for row in connection.execute(_NOW).fetchall()]


def health_section(connection: duckdb.DuckDBPyConnection, measures: list[Measure]) -> Html:
    lead = "How right the data are, as the policy data_health.yml measures them."
    if not measures:
        return section("health", "Data health", lead, Html('<p class="empty">Nothing is measured yet.</p>'))
    measured = [one for one in measures if one.status == "measured"]
    failing = [one for one in measured if one.passed is False]
    summary = connection.execute(_SUMMARY).fetchall()
    parts: list[object] = [_cards(connection, summary)]
    parts.append(_failing(failing) if failing else Html('<p class="empty good">✓ Every column reaches its bar.</p>'))
    parts += _tables(summary)
    columns = "\n".join(_columns(source, name, rows) for (source, name), rows in _by_table(measured))
    parts.append(fold("Every column, table by table", Html(columns)))
    parts.append(_not_mapped([one for one in measures if one.status == "not_mapped"]))
    return section("health", "Data health", f"{lead} As of {measures[0].as_of}.", *parts)


def _cards(connection: duckdb.DuckDBPyConnection, summary: list[tuple]) -> Html:
    overall = {row[3]: row for row in summary if row[0] == "overall"}
    history: dict[str, list[tuple[date, float]]] = {}
    for dimension, as_of, score in connection.execute(_SUMMARY_HISTORY).fetchall():
        history.setdefault(dimension, []).append((as_of, score))
    (build,) = connection.execute("select max(build_id) from marts.data_health_summary").fetchone()
    before = health_before(connection, build) if build else {}
    cards = [
        _card(dimension, words, overall[dimension], before.get(dimension), history.get(dimension, []))
        for dimension, words in DIMENSIONS.items()
        if dimension in overall
    ]
    return Html(f'<ul class="cards">{"".join(cards)}</ul>')


def _card(dimension: str, words: str, figures: tuple, before: float | None, history: list) -> str:
    *_, measures, failed, score, threshold, severity, passed = figures
    all_of = count_of(measures, "measure")
    under = f"{failed} of {all_of} under {'its' if failed == 1 else 'their'} bar" if failed else f"{all_of}, all fine"
    return (
        f'<li class="card"><h3>{dimension}</h3><p class="quiet">{words}</p>'
        f'<p class="score">{percent(score)} {outcome(passed, severity)}</p>{meter(score, threshold, severity)}'
        f'<p class="quiet">bar {percent(threshold)}{_change(score, before)}</p>'
        f"{sparkline(history, threshold)}"
        f'<p class="quiet">{under}</p></li>'
    )


def _change(score: float, before: float | None) -> str:
    if before is None or round(score - before, 3) == 0:
        return ""
    sign = "▲" if score > before else "▼"
    return f" · {sign} {abs(score - before) * 100:.1f} points since the build before"


_HEADS = (
    "Column",
    "Outcome",
    "What is measured",
    Head("Score", True),
    "Against its bar",
    Head("Bar", True),
    "What is not",
    "Rows with a date, over time",
)


def _measure_row(one: Measure, name: str) -> tuple:
    return (
        name,
        outcome(one.passed, one.severity) if one.threshold else Html('<span class="mark quiet">told only</span>'),
        f"{one.dimension}: {one.says}",
        percent(one.score),
        meter(one.score, one.threshold or None, one.severity),
        percent(one.threshold) if one.threshold else "–",
        one.figures if one.score < 1 else "",
        sparkline(one.history, one.threshold or None),
    )


def _failing(failing: list[Measure]) -> Html:
    rows = [_measure_row(one, f"{one.source} · {one.table}.{one.column}") for one in failing]
    return table("Under their bar, the furthest first", _HEADS, rows, show_caption=True)


def _tables(summary: list[tuple]) -> list[Html]:
    """Tables with something under its bar; the others, of which there may be many, are folded."""
    by_table: dict[tuple[str, str], dict[str, tuple]] = {}
    for level, source, name, dimension, *figures in summary:
        if level == "table":
            by_table.setdefault((source, name), {})[dimension] = tuple(figures)
    under: list[tuple] = []
    whole: list[tuple] = []
    for (source, name), found in sorted(by_table.items(), key=lambda item: item[1]["all"][2]):
        shares = (_share(found.get(dimension)) for dimension in (*DIMENSIONS, "all"))
        (under if found["all"][1] else whole).append((f"{source} · {name}", *shares))
    heads = ("Table", *(Head(dimension, True) for dimension in DIMENSIONS), Head("mean", True))
    parts = []
    if under:
        parts.append(table("Tables with a column under its bar, the least healthy first", heads, under, True))
    if whole:
        words = f"{count_of(len(whole), 'table reaches every bar', 'tables reach every bar')}, the least healthy first"
        parts.append(fold(words, table("Tables that reach every bar", heads, whole)))
    return parts


def _share(figures: tuple | None) -> Html:
    if figures is None:
        return Html('<span class="quiet">–</span>')
    _, failed, score, *_ = figures
    if not failed:
        return Html(percent(score))
    columns = count_of(failed, "measure")
    return Html(f'<span class="warn">! {percent(score)}<span class="unseen">, {columns} under the bar</span></span>')


def _by_table(measured: Iterable[Measure]) -> Iterable[tuple[tuple[str, str], list[Measure]]]:
    def key(one: Measure) -> tuple[str, str]:
        return one.source, one.table

    for name, rows in groupby(sorted(measured, key=key), key=key):
        yield name, list(rows)


def _columns(source: str, name: str, rows: list[Measure]) -> Html:
    failed = sum(one.passed is False for one in rows)
    words = f"{source} · {name}: {count_of(len(rows), 'measure')}" + (f", {failed} under the bar" if failed else "")
    parts = [one for one in rows if one.score < 1]
    whole: dict[str, list[str]] = {}
    for one in rows:
        if one.score == 1:
            whole.setdefault(one.column, []).append(one.dimension)
    content = table(f"What is not whole in {source} · {name}", _HEADS, [_measure_row(one, one.column) for one in parts])
    told = "; ".join(f"{column} ({', '.join(dict.fromkeys(found))})" for column, found in sorted(whole.items()))
    rest = f'<p class="quiet">At 100 %: {escape(told)}.</p>' if told else ""
    return fold(words, Html((content if parts else "") + rest))


def _not_mapped(absent: list[Measure]) -> Html:
    if not absent:
        return Html("")
    rows = [
        (f"{source} · {name}", ", ".join(one.column for one in found)) for (source, name), found in _by_table(absent)
    ]
    words = "Columns of the contract that these sources do not map. They count as neither right nor wrong."
    return fold("Columns that are not mapped", table(words, ("Table", "Columns"), rows, show_caption=True))
