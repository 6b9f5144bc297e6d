"""Who reads the dictionary: a page each, with the tables that answer their questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from include.dictionary.entries import Table
from include.publishing.masking import INTERNAL_TABLES


@dataclass(frozen=True)
class Reader:
    """A page: its file's stem, its title, what it is for, and which tables stand on it."""

    stem: str
    title: str
    lead: str
    reads: Callable[[Table], bool]
    shows_checks: bool = False


def _is_published(table: Table) -> bool:
    return table.schema in ("core", "marts") and (table.schema, table.name) not in INTERNAL_TABLES


READERS = (
    Reader(
        "analyst",
        "For the analyst",
        "Every table of the published version, in the file, as Parquet and in PostgreSQL. Personal columns are masked.",
        _is_published,
    ),
    Reader(
        "data-engineer",
        "For the data engineer",
        "What is loaded, by the contract, and the steps to the published tables: these stay in the working warehouse.",
        lambda table: not _is_published(table) and table.schema != "scores",
    ),
    Reader(
        "ml-engineer",
        "For the ML engineer",
        "What models read (features, outcomes, texts), what they write (scores), and the marts made of it.",
        lambda table: bool(table.part),
    ),
    Reader(
        "steward",
        "For the steward",
        "Every check with what its failing does, and every personal column. Tables without either are left out.",
        lambda table: bool(table.checks) or any(column.personal for column in table.columns),
        shows_checks=True,
    ),
)
