"""Asking the published file: opened for one question and closed with the answer, so that it is never held."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import streamlit as st

from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.publishing.role_files import EVERYBODY, file_of, restricted_files, role_of
from include.warehouse.connection import open_published
from include.workspace import Workspace

_KEPT_ANSWERS = 400


class Row(dict[str, object]):
    """One row of an answer; a column that it does not have is one that a version of an earlier release lacks."""

    def __missing__(self, column: str) -> object:
        raise NotInVersion(column)

    def __or__(self, other: dict[str, object]) -> Row:
        return Row({**self, **other})


class RoleRefused(RuntimeError):
    """The role's file is not there or may not be read; the message says which, and what to do."""


@dataclass(frozen=True)
class Published:
    """One version, by the file it lies in: all questions of a page go to the same version, whatever is swapped in.

    `stamp` changes when the file does, so that an answer kept from a file that was written anew (an erasure) is not
    given again.
    """

    file: Path
    stamp: int
    role: str = EVERYBODY

    def rows(self, question: str, **values: object) -> list[Row]:
        """The answer to SQL with `$named` values, row by row; kept while the version stays.

        For figures of many customers. What is said of one customer is asked by `rows_of_one`, which keeps nothing.

        Raises
        ------
        NotInVersion: the version has no such table or column; a row raises it when it is asked for a column.
        """
        names, answers = _kept_answer(str(self.file), self.stamp, question, _used(question, values))
        return [Row(zip(names, answer, strict=True)) for answer in answers]

    def rows_of_one(self, question: str, **values: object) -> list[Row]:
        names, answers = _answer(str(self.file), question, _used(question, values))
        return [Row(zip(names, answer, strict=True)) for answer in answers]

    def row(self, question: str, **values: object) -> Row:
        """The only row; where there is none, nothing is known."""
        found = self.rows(question, **values)
        return found[0] if found else Row()

    def has(self, table: str, *columns: str) -> bool:
        return table in self.columns and all(name in self.columns[table] for name in columns)

    @cached_property
    def columns(self) -> dict[str, dict[str, str | None]]:
        """Every table with its columns and what each means, in the words of the dbt models."""
        found = self.rows(
            "select table_name, column_name, comment from duckdb_columns() where not internal order by column_index"
        )
        tables: dict[str, dict[str, str | None]] = {}
        for row in found:
            tables.setdefault(row["table_name"], {})[row["column_name"]] = row["comment"]
        return tables

    @cached_property
    def metrics(self) -> dict[str, str]:
        """Definition of each figure that is defined once."""
        if not self.has("metric_definitions", "metric", "description"):
            return {}
        return {row["metric"]: row["description"] for row in self.rows("from metric_definitions")}

    @cached_property
    def version(self) -> Row:
        return self.row("select columns(lambda name: name not in ('tables', 'models')) from published_version")

    @property
    def is_limited(self) -> bool:
        """Whether it is a reader's copy, which holds the rows of some customers alone."""
        return "." in self.role

    @property
    def as_of(self) -> date:
        return self.version["as_of_date"]

    @property
    def published_at(self) -> datetime:
        return self.version["published_at"]

    @cached_property
    def currency(self) -> str:
        """The currency that money is told in; empty where no source tells one."""
        return self.version["currency"] or "" if self.has("published_version", "currency") else ""


def current(workspace: Workspace, role: str = EVERYBODY) -> Published | None:
    """The version that readers see now; None before the first publication.

    Raises
    ------
    RoleRefused: the version holds no file for the role, or this process may not read it.
    """
    if not workspace.current.exists():
        return None
    folder = workspace.current.resolve()
    served = [EVERYBODY, *map(role_of, restricted_files(folder))]
    if role not in served:
        raise RoleRefused(
            f"the role {role} cannot be served: the version holds no copy for it, only for {', '.join(served)}. "
            "Name it under `copies` of privacy.yml and publish again (docs/privacy.md#roles)."
        )
    file = folder / file_of(role)
    if not os.access(file, os.R_OK):
        raise RoleRefused(f"the role {role} cannot be served: this process may not read {file}. Run it as its owner.")
    told = file.stat()
    return Published(file, told.st_mtime_ns ^ told.st_ino, role)


def _used(question: str, values: dict[str, object]) -> dict[str, object]:
    """DuckDB refuses values that the question does not name."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if f"${name}" in question
    }


def _answer(file: str, question: str, values: dict[str, object]) -> tuple[list[str], list[tuple]]:
    with open_published(Path(file)) as connection, of_any_release():
        answer = connection.execute(question, values or None)
        return [column[0] for column in answer.description], answer.fetchall()


@st.cache_data(max_entries=_KEPT_ANSWERS, show_spinner=False)
def _kept_answer(file: str, stamp: int, question: str, values: dict[str, object]) -> tuple[list[str], list[tuple]]:
    return _answer(file, question, values)
