"""The dictionary as HTML: a page a reader and a page that leads to them. No request leaves them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from expectations.steward.markup import Html, fold, table
from expectations.steward_page import STYLE
from include.dictionary.entries import Column, Table, read_tables
from include.dictionary.readers import READERS, Reader
from include.publishing.descriptions import read_descriptions
from include.workspace import Workspace

_SCRIPT = Path(__file__).with_name("page.js")
_COLUMN_HEADS = ("column", "type", "unit", "what", "personal", "checked")
_CHECK_HEADS = ("check", "columns", "what, or why", "when it fails")


def dictionary_path(workspace: Workspace) -> Path:
    """The first page."""
    return workspace.rebuildable / "dictionary" / "index.html"


def write_dictionary(workspace: Workspace) -> Path:
    """Write all pages anew from the warehouse and dbt's manifest; returns the first.

    Nobody may be writing the warehouse meanwhile.
    """
    tables, first = read_tables(workspace), dictionary_path(workspace)
    first.parent.mkdir(parents=True, exist_ok=True)
    contents = []
    for reader in READERS:
        shown = [one for one in tables if reader.reads(one)]
        link = Html(f'<a href="{reader.stem}.html">{escape(reader.title)}</a>')
        columns = sum(len(one.columns) for one in shown)
        contents.append((link, reader.lead, f"{len(shown):,} tables, {columns:,} columns"))
        body = "\n".join(_body(workspace, reader, shown))
        _write(first.with_name(f"{reader.stem}.html"), workspace, reader.title, reader.lead, body)
    lead = "A page a reader. A unit that neither contract nor model gives follows from a column's name and type."
    _write(first, workspace, "Data dictionary", lead, table("Pages", ("page", "what is on it", "size"), contents))
    return first


def _body(workspace: Workspace, reader: Reader, tables: Sequence[Table]) -> Iterator[str]:
    if reader.stem == "analyst":
        yield _figures(workspace)
    if reader.shows_checks:
        yield _personal_columns(tables)
    yield (
        f'<p><label for="find">Find in {len(tables):,} tables</label> <input id="find" type="search" '
        'autocomplete="off"> <span id="found" role="status"></span></p>'
    )
    schema = None
    for one in tables:
        if one.schema != schema:
            schema = one.schema
            yield f"<h2>{escape(schema)}</h2>"
        yield f'<div id="{escape(one.title)}">{_table(one, reader)}</div>'


def _figures(workspace: Workspace) -> Html:
    """The figures that are defined once."""
    metrics = read_descriptions(workspace).metrics
    rows = [(name, unit, f"{label}. {description}") for name, label, unit, description in metrics]
    title = f"Figures that are defined once ({len(rows)}), in the table metric_definitions"
    return fold(title, table(title, ("figure", "unit", "what"), rows))


def _personal_columns(tables: Sequence[Table]) -> Html:
    rows = [(one.title, column.name, column.personal) for one in tables for column in one.columns if column.personal]
    title = f"Personal columns ({len(rows)})"
    words = Html(
        "<p>In raw: direct names somebody, quasi helps to. After that the kind, which decides how a published version "
        "masks it.</p>"
    )
    return fold(title, Html(words + table(title, ("table", "column", "class"), rows)))


def _table(one: Table, reader: Reader) -> Html:
    key = f" Key: {', '.join(one.key)}." if one.key else ""
    part = {"input": " Models read it.", "output": " Models make it.", "": ""}[one.part]
    content = f"<p>{escape(one.description)}</p><p>{escape(f'Owner: {one.owner}.{key}{part}')}</p>"
    if reader.shows_checks and one.checks:
        checks = [(check.title, ", ".join(check.columns), check.why, check.fails) for check in one.checks]
        content += table(f"Checks of {one.title}", _CHECK_HEADS, checks)
    content += table(f"Columns of {one.title}", _COLUMN_HEADS, map(_row, one.columns))
    summary = Html(f"<b>{escape(one.name)}</b> {escape(one.description.partition('. ')[0].rstrip('.'))}")
    return fold(summary, Html(content))


def _row(column: Column) -> tuple[str, ...]:
    checked = "; ".join(column.checks)
    return column.name, column.data_type.lower(), column.unit, column.description, column.personal, checked


def _write(path: Path, workspace: Workspace, title: str, lead: str, body: str) -> None:
    links = " · ".join(f'<a href="{reader.stem}.html">{escape(reader.title)}</a>' for reader in READERS)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="UTF-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}: {escape(workspace.name)}</title><style>{STYLE.read_text(encoding='utf-8')}</style>"
        f'</head><body>\n<header><nav><a href="index.html">Data dictionary</a> · {links}</nav><h1>{escape(title)}</h1>'
        f'<p class="lead">{escape(workspace.name)}. {escape(lead)}</p></header>\n<main>{body}</main>\n'
        f"<script>{_SCRIPT.read_text(encoding='utf-8')}</script></body></html>\n",
        encoding="utf-8",
    )
    os.replace(draft, path)
