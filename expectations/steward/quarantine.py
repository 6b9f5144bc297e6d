"""Rows that were set aside: how many, why, since when, what they look like, and how to bring them in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

import duckdb

from expectations.steward.disguise import pattern
from expectations.steward.markup import Head, Html, count_of, fold, moment, section, table
from include.contract.positioned_yaml import read_positioned

_SHOWN_ROWS = 3
_SHOWN_COLUMNS = 12
_ADVICE = Path(__file__).with_name("advice.yml")
_GROUPS = """
    with told as (
        select quarantine.*, reason.code as code, reason."column" as at_fault, reason.reason as words
        from ops.quarantine as quarantine, unnest(reasons) as unnested(reason)
        where coalesce(resolution, '') <> 'read_again'
    )
    select source, table_name, code, at_fault, min(words),
        count(*) filter (where resolved_at is null) as open_rows,
        count(*) filter (where resolved_at is not null) as resolved_rows,
        min(coalesce(since, quarantined_at)), max(quarantined_at)
    from told group by source, table_name, code, at_fault
    order by open_rows > 0 desc, open_rows desc, source, table_name, code, at_fault
"""
_SAMPLES = """
    select file, line, content
    from ops.quarantine, unnest(reasons) as unnested(reason)
    where source = ? and table_name = ? and reason.code = ? and reason."column" is not distinct from ?
        and resolved_at is null
    order by file, line limit ?
"""


@dataclass(frozen=True)
class Refusal:
    """Rows of a table that were refused for one reason. `column` is the source's, None for the row as a whole."""

    source: str
    table: str
    code: str
    column: str | None
    words: str
    open_rows: int
    resolved_rows: int
    since: datetime
    last: datetime


def read_refusals(connection: duckdb.DuckDBPyConnection) -> list[Refusal]:
    """Reasons of refused rows, those with most open rows first."""
    return [Refusal(*row) for row in connection.execute(_GROUPS).fetchall()]


def open_rows(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("select count(*) from ops.quarantine where resolved_at is null").fetchone()[0]


def quarantine_section(connection: duckdb.DuckDBPyConnection, refusals: list[Refusal]) -> Html:
    waiting = [refusal for refusal in refusals if refusal.open_rows]
    lead = "Rows that a load refused. They are kept whole, and count in no figure until they are brought in."
    if not waiting:
        parts: list[object] = [Html('<p class="empty good">✓ No row waits in quarantine.</p>')]
    else:
        forms = Html("\n".join(_fold(connection, refusal) for refusal in waiting))
        parts = [_waiting(waiting), fold("What the refused rows look like, reason by reason", forms), _HOW]
    resolved = [refusal for refusal in refusals if refusal.resolved_rows]
    if resolved:
        heads = ("Table", "Reason", "Column", Head("Rows brought in or replaced", True))
        rows = [(f"{r.source} · {r.table}", r.code, r.column or "whole row", r.resolved_rows) for r in resolved]
        parts.append(fold("Resolved", table("Reasons whose rows were resolved", heads, rows)))
    return section("quarantine", "Quarantine", lead, *parts)


_HOW = Html(
    '<p class="how">To bring rows in: change the declaration, or <code>tierworks quarantine --source S --table T '
    "--export rows.csv</code>, correct the rows in that file, then <code>tierworks replay --source S --table T "
    "--file rows.csv</code>. The ledger closes again, and the next build carries the rows to the marts.</p>"
)


def _waiting(refusals: list[Refusal]) -> Html:
    heads = ("Table", Head("Open rows", True), "Reason", "Column of the source", "Since (UTC)", "What to do")
    advice = read_positioned(_ADVICE).plain()
    rows = [
        (
            f"{one.source} · {one.table}",
            f"{one.open_rows:,}",
            Html(f"<strong>{escape(one.code)}</strong><br>{escape(one.words)}"),
            one.column or "whole row",
            moment(one.since),
            advice.get(one.code, advice["other"]),
        )
        for one in refusals
    ]
    return table("Open rows by reason, most first", heads, rows, show_caption=True)


def _fold(connection: duckdb.DuckDBPyConnection, one: Refusal) -> Html:
    found = connection.execute(_SAMPLES, [one.source, one.table, one.code, one.column, _SHOWN_ROWS]).fetchall()
    at_fault = set(one.column.split(", ")) if one.column else set()
    rows = [(f"{file}, line {line:,}", _form(content, at_fault)) for file, line, content in found]
    words = f"{one.source} · {one.table}, {one.code} in {one.column or 'the whole row'}"
    more = f" ({count_of(one.open_rows, 'row')}, the first {len(rows)} shown)" if one.open_rows > len(rows) else ""
    note = Html('<p class="quiet">Letters are shown as x and digits as 9: no value of a refused row is told here.</p>')
    return fold(words + more, Html(note + table("Form of the first refused rows", ("Where", "Form of the row"), rows)))


def _form(content: str, at_fault: set[str]) -> Html:
    """The row's columns by form, those at fault first and marked."""
    values = json.loads(content)
    if not isinstance(values, dict):
        return Html(f"<code>{escape(pattern(content))}</code>")
    if "_text" in values:
        return Html(f"<code>{escape(pattern(values['_text']))}</code>")
    ordered = sorted(values, key=lambda name: name not in at_fault)
    shown = [_value(name, values[name], name in at_fault) for name in ordered[:_SHOWN_COLUMNS]]
    if len(ordered) > _SHOWN_COLUMNS:
        shown.append(f'<span class="quiet">and {len(ordered) - _SHOWN_COLUMNS} columns more</span>')
    return Html(" &ensp; ".join(shown))


def _value(name: str, value: object, is_at_fault: bool) -> str:
    kind, sign = ("bad", " ✗") if is_at_fault else ("quiet", "")
    return f'<span class="{kind}">{escape(name)}{sign}</span> <code>{escape(pattern(value))}</code>'
