"""Answers to questions for figures, from the published file or from PostgreSQL; each names its version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import duckdb
import psycopg

from include.load.connections import Connection
from include.metrics.semantic import MetricUnknown, NothingToAsk, Question, SemanticLayer
from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.publishing.postgres_schema import schema_of
from include.warehouse.connection import open_published
from include.workspace import Workspace

# What PostgreSQL says of a value or an operator that is none for the type; not of a column that is not there.
_MISFITS = (
    *(psycopg.errors.DataError, psycopg.errors.SyntaxError, psycopg.errors.UndefinedFunction),
    *(psycopg.errors.DatatypeMismatch, psycopg.errors.CannotCoerce),
)
_VERSION = "select build_id, as_of_date from {}.published_version"


@dataclass(frozen=True)
class Answer:
    """Rows with a column for each dimension and figure asked for, and the version they were read from."""

    columns: tuple[str, ...]
    rows: list[tuple]
    build_id: str
    as_of: date
    sql: str


def ask_file(workspace: Workspace, question: Question) -> Answer:
    """The answer of the current version's file.

    Raises
    ------
    NothingToAsk: nothing is published, or a version of an earlier release that lacks a column of the figure.
    MetricUnknown: no such figure or dimension, or a condition that does not fit it.
    duckdb.Error: the file cannot be read.
    """
    if not workspace.current.exists():
        raise NothingToAsk(f"{workspace.name} has no published version yet. Run it first.")
    sql = SemanticLayer(workspace).sql(question)
    with open_published(workspace.published_file) as file:
        build_id, as_of = file.execute(_VERSION.format("main")).fetchone()
        try:
            with of_any_release():
                found = file.execute(sql)
            columns = tuple(column[0] for column in found.description)
            rows = found.fetchall()
        except NotInVersion as problem:
            raise NothingToAsk(str(problem)) from None
        except (duckdb.ProgrammingError, duckdb.DataError) as problem:
            raise _misfit(question, problem) from None
        return Answer(columns, _with_days(rows), build_id, as_of, sql)


def ask_postgres(workspace: Workspace, origin: Connection, question: Question) -> Answer:
    """The answer of the schema that PostgreSQL shows.

    Raises
    ------
    MetricUnknown: no such figure or dimension, or a condition that does not fit it.
    psycopg.Error: the database cannot be reached, or shows no version, or one of an earlier release.
    """
    schema = schema_of(workspace.name)
    sql = SemanticLayer(workspace, schema, postgres=True).sql(question)
    with psycopg.connect(origin.url, connect_timeout=10, application_name="tierworks metrics") as postgres:
        postgres.read_only = True
        postgres.execute("set timezone = 'UTC'")
        # Locked first, so that a swap between the two statements waits for both.
        postgres.execute(f"lock table {schema}.published_version in access share mode")
        build_id, as_of = postgres.execute(_VERSION.format(schema)).fetchone()
        try:
            found = postgres.execute(sql)
        except _MISFITS as problem:
            raise _misfit(question, problem) from None
        columns = tuple(column.name for column in found.description)
        return Answer(columns, _with_days(found.fetchall()), build_id, as_of, sql)


def _misfit(question: Question, problem: Exception) -> Exception:
    """What is wrong with the question's conditions; without any the problem itself."""
    if not question.where:
        return problem
    reason, asked = str(problem).strip().splitlines()[0], " and ".join(question.where)
    return MetricUnknown(f"--where {asked}: does not fit its dimension: {reason}")


def _with_days(rows: list[tuple]) -> list[tuple]:
    """Both engines tell a day, month or year by the moment at which it begins: here it is a date."""
    return [
        tuple(value.date() if isinstance(value, datetime) and value.time() == time() else value for value in row)
        for row in rows
    ]
