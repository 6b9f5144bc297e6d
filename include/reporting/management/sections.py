"""Sections of the report: read from YAML, asked of a published version, and drawn as tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from include.contract.positioned_yaml import read_positioned
from include.dashboard.words import Words
from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.reporting.management.cells import NUMBERS, cell

SECTIONS = Path(__file__).with_name("sections.yml")


@dataclass(frozen=True)
class Section:
    """A section with the rows of its query, one dictionary each.

    `lacking` names a column that the version of an earlier release does not have; then there are no rows.
    """

    told: dict[str, Any]
    rows: list[dict[str, Any]]
    lacking: str | None = None

    def html(self, lang: str) -> str:
        anchor = self.told["section"]
        return (
            f'<section id="{anchor}" aria-labelledby="{anchor}-title"><h2 id="{anchor}-title">'
            f"{escape(self.told[lang])}</h2>\n<p class=lead>{escape(self.told[f'lead_{lang}'])}</p>\n"
            + (self._table(lang) if self.lacking is None else f"<p>{escape(self._lack(lang))}</p>")
            + "</section>"
        )

    def _lack(self, lang: str) -> str:
        return Words(lang)("not_in_version", what=self.lacking)

    def _table(self, lang: str) -> str:
        columns = self.told["columns"]
        heads = "".join(f'<th scope="col"{_numeric(one)}>{escape(one[lang])}</th>' for one in columns)
        body = "\n".join(f"<tr>{''.join(_cells(columns, row, lang))}</tr>" for row in self.rows)
        return f"<table><thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table>"


@cache
def known_sections() -> tuple[dict[str, Any], ...]:
    """Sections as the YAML tells them, in its order."""
    return tuple(read_positioned(SECTIONS).plain())


def sections_of(connection: duckdb.DuckDBPyConnection, lang: str) -> list[Section]:
    """Those whose tables the connected published version has and whose query gives a row.

    One that asks for a column that the version does not have says so.
    """
    tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    found = []
    for told in known_sections():
        if tables >= set(told["needs"]):
            try:
                with of_any_release():
                    asked = connection.execute(told["query"].replace("{lang}", lang))
            except NotInVersion as problem:
                found.append(Section(told, [], problem.what))
                continue
            names = [column[0] for column in asked.description]
            rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
            if rows:
                found.append(Section(told, rows))
    return found


def _cells(columns: list[dict], row: dict, lang: str) -> list[str]:
    """The first cell names the row."""
    made = []
    for position, one in enumerate(columns):
        value = cell(row[one["column"]], one["as"], row, lang)
        tag = "td" if position else "th scope=row"
        made.append(f"<{tag}{_numeric(one)}>{value}</{tag.split()[0]}>")
    return made


def _numeric(column: dict) -> str:
    return " class=number" if column["as"] in NUMBERS else ""
