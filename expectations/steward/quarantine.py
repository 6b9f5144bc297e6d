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

_SHOWN_REASONS = 10
_SHOWN_ROWS = 3
_SHOWN_FORMS = 5
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
# Values that look alike share a form; what this leaves of a value, `pattern` takes away.
_FORMS = """
    select
        regexp_replace(regexp_replace(json_extract_string(content, ?), '\\d', '9', 'g'), '\\p{L}', 'x', 'g') as form,
        count(*) as rows
    from ops.quarantine, unnest(reasons) as unnested(reason)
    where source = ? and table_name = ? and reason.code = ? and reason."column" = ? and resolved_at is null
    group by form order by rows desc, form limit ?
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


def quarantine_section(connection: duckdb.DuckDBPyConnection, refusals: list[Refusal], workspace_name: str) -> Html:
    waiting = [refusal for refusal in refusals if refusal.open_rows]
    lead = "Rows that a load refused. They are kept whole, and count in no figure until they are brought in."
    if not waiting:
        parts: list[object] = [Html('<p class="empty good">✓ No row waits in quarantine.</p>')]
    else:
        note = '<p class="quiet">Letters are shown as x and digits as 9: no value of a refused row is told here.</p>'
        forms = Html(note + "\n".join(_fold(connection, refusal) for refusal in waiting))
        parts = _waiting(waiting)
        parts += [fold("What the refused rows look like, reason by reason", forms), _how(workspace_name)]
    resolved = [refusal for refusal in refusals if refusal.resolved_rows]
    if resolved:
        heads = ("Table", "Reason", "Column", Head("Rows brought in or replaced", True))
        rows = [(f"{r.source} · {r.table}", r.code, r.column or "whole row", r.resolved_rows) for r in resolved]
        reasons = count_of(len(resolved), "reason")
        parts.append(fold(f"Resolved rows of {reasons}", table("Reasons whose rows were resolved", heads, rows)))
    return section("quarantine", "Quarantine", lead, *parts)


def _how(workspace_name: str) -> Html:
    name = escape(workspace_name)
    return Html(
        '<div class="how"><p>Is the mapping wrong? Change the declaration, then '
        f"<code>tierworks replay --workspace {name}</code></p>"
        "<p>Are rows wrong? Correct them in a sheet: "
        f"<code>tierworks quarantine --workspace {name} --source S --table T --export sheet.csv</code>, then "
        f"<code>tierworks replay --workspace {name} --file sheet.csv</code></p>"
        f"<p><code>make run WORKSPACE={name}</code> carries the rows to the marts.</p></div>"
    )


def _waiting(refusals: list[Refusal]) -> list[object]:
    """The reasons of most rows as a table; the rest, if there are many, in a fold."""
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
    most, rest = rows[:_SHOWN_REASONS], rows[_SHOWN_REASONS:]
    parts: list[object] = [table("Open rows by reason, most first", heads, most, show_caption=True)]
    if rest:
        reasons = count_of(len(rest), "reason more", "reasons more")
        left = sum(one.open_rows for one in refusals[_SHOWN_REASONS:])
        parts.append(fold(f"{reasons}, {count_of(left, 'row')}", table("Further open rows by reason", heads, rest)))
    return parts


def _fold(connection: duckdb.DuckDBPyConnection, one: Refusal) -> Html:
    found = connection.execute(_SAMPLES, [one.source, one.table, one.code, one.column, _SHOWN_ROWS]).fetchall()
    at_fault = set(one.column.split(", ")) if one.column else set()
    rows = [(f"{file}, line {line:,}", _form(content, at_fault)) for file, line, content in found]
    words = f"{one.source} · {one.table}, {one.code} in {one.column or 'the whole row'}"
    more = f" ({count_of(one.open_rows, 'row')}, the first {len(rows)} shown)" if one.open_rows > len(rows) else ""
    first = table("Form of the first refused rows", ("Where", "Form of the row"), rows)
    return fold(words + more, Html(_commonest(connection, one) + first))


def _commonest(connection: duckdb.DuckDBPyConnection, one: Refusal) -> str:
    """How often the commonest forms occur: one form of many rows asks for a mapping, many forms for a sheet."""
    if one.column is None or ", " in one.column or one.open_rows <= _SHOWN_ROWS:
        return ""
    pointer = "/" + one.column.replace("~", "~0").replace("/", "~1")
    chosen = [pointer, one.source, one.table, one.code, one.column, _SHOWN_FORMS]
    found = connection.execute(_FORMS, chosen).fetchall()
    told = " &ensp; ".join(f"<code>{escape(pattern(form))}</code> {count_of(rows, 'row')}" for form, rows in found)
    return f'<p>Commonest in <span class="bad">{escape(one.column)}</span>: {told}</p>'


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
