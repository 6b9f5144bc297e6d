"""One person's data, from every table and kept file, in the clear, as a zip of JSON Lines with a manifest."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from include.actions.ledger import LEDGER
from include.contract.reader import read_contract, read_date_bounds
from include.load.cut_quarantine import refused_rows
from include.load.declaration import read_declarations
from include.load.declared import Table
from include.load.incoming import drop_working_tables
from include.load.landing import LINEAGE
from include.load.peoples_rows import PeoplesRows
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name
from include.privacy.people import People, find_people
from include.privacy.tables import fill, ties_of
from include.workspace import Workspace


def export_person(workspace: Workspace, connection: duckdb.DuckDBPyConnection, asked: str, target: Path) -> dict:
    """Write `target` (mode 0600), and return its manifest: rows by table, and where each table comes from.

    The same ties a row to the person as for an erasure. Rows are whole, as the sources gave them (`landed/`), as the
    contract has them (`contract/`), as they wait in the quarantine, and as the warehouse tells of the person
    (`warehouse/`).

    Raises
    ------
    UnknownPerson: nobody answers to `asked`.
    """
    people = find_people(connection, [asked])
    fill(connection, "their_ids", [(one,) for one in people.ids], "v")
    parts = {
        **_landed(workspace, connection, people),
        **_contract(connection),
        **_warehouse(connection),
        **_quarantined(workspace, connection, people),
        **_kept(workspace, people),
    }
    manifest = {
        "workspace": workspace.name,
        "customer_ids": list(people.ids),
        "source_keys": [{"source": source, "key": key} for source, key in people.keys],
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": {place: len(rows) for place, rows in parts.items()},
    }
    draft = target.with_name(f"{target.name}.draft")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with open(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        for place, rows in parts.items():
            archive.writestr(f"{place}.jsonl", "".join(f"{row}\n" for row in rows))
    os.replace(draft, target)
    return manifest


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [
        row for (row,) in connection.execute(f"select to_json(t)::varchar from ({query}) t order by all").fetchall()
    ]


def _landed(workspace: Workspace, connection: duckdb.DuckDBPyConnection, people: People) -> dict[str, list[str]]:
    found = {}
    for table, types in _tables(workspace, connection):
        rows = PeoplesRows(connection, table, RowChecks(table, types, read_date_bounds(), connection))
        connection.execute(f"create or replace temp view incoming as from raw.{name(table.landed)}")
        if theirs := _rows(connection, f"from {rows.checks.cleaned('incoming')} where {_named(rows, people)}"):
            found[f"landed/{table.landed}"] = theirs
        connection.execute("drop view temp.incoming")
    return found


def _tables(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Table, dict[str, str]]]:
    """Every declared table that has landed, with the types of its own columns."""
    for table in (table for source in read_declarations(workspace.declarations) for table in source.tables):
        columns = connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'raw' and not internal "
            f"and table_name = {literal(table.landed)} order by column_index"
        ).fetchall()
        if types := {column: kind for column, kind in columns if column not in LINEAGE}:
            yield table, types


def _named(rows: PeoplesRows, people: People) -> str:
    """SQL condition over the cleaned `incoming`: the row is theirs, names them, or belongs to a record of theirs."""
    own = {key for source, key in people.keys if source == rows.table.source}
    rows.find_keys("incoming", lambda keys: own & set(keys))
    return f"{rows.whole} or {rows.beside} or {rows.belongs('their_rows')}"


def _contract(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    found = {}
    for entity in read_contract().values():
        theirs = f"(select (source, key) from their_rows where entity = {literal(entity.name)})"
        if rows := _rows(connection, f"from raw.{name(entity.name)} where (source, {name(entity.key)}) in {theirs}"):
            found[f"contract/{entity.name}"] = rows
    return found


def _warehouse(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """By the ties of an erasure, and by orders and the like, which an erasure leaves to the books."""
    records = connection.execute("select entity, source || ':' || key from their_rows order by all").fetchall()
    columns_of = {e.name: f"{e.key.removesuffix('_key')}_id" for e in read_contract().values() if e.name != "customers"}
    told = [(columns_of[entity], key) for entity, key in records if entity in columns_of]
    fill(connection, "their_records", told, "c v")
    tables = connection.execute(
        "select schema_name, table_name, list(column_name) from duckdb_columns() where not internal "
        "and schema_name in ('core', 'scores', 'marts', 'int') and data_type = 'VARCHAR' "
        "and (schema_name, table_name) not in (select (schema_name, view_name) from duckdb_views()) "
        "group by all order by all"
    ).fetchall()
    found = {}
    for schema, table, columns in tables:
        ties = ties_of(table, columns, {column for column, _ in told})
        named = ties.whole + [f"{name(column)} in (select v from their_ids)" for column in ties.names] + ties.records
        if named and (rows := _rows(connection, f"from {name(schema)}.{name(table)} where {' or '.join(named)}")):
            found[f"warehouse/{schema}.{table}"] = rows
    return found


def _quarantined(workspace: Workspace, connection: duckdb.DuckDBPyConnection, people: People) -> dict[str, list[str]]:
    values, theirs = people.values, set()
    for table, types in _tables(workspace, connection):
        own = f"source = {literal(table.source)} and table_name = {literal(table.name)}"
        waiting = f"(select rowid as no, content from ops.quarantine where {own})"
        if (rows := refused_rows(connection, table, types, read_date_bounds(), waiting)) is not None:
            named = f"select _line from {rows.checks.cleaned('incoming')} where {_named(rows, people)}"
            theirs.update(no for (no,) in connection.execute(named).fetchall())
    drop_working_tables(connection)
    waiting = connection.execute("select rowid, source, table_name, file, line, content from ops.quarantine").fetchall()
    told = [
        json.dumps(dict(zip(("source", "table", "file", "line", "content"), row, strict=True)), ensure_ascii=False)
        for no, *row in waiting
        if row[-1] and (no in theirs or values.places_in(row[-1]))
    ]
    return {"quarantine": told} if told else {}


def _kept(workspace: Workspace, people: People) -> dict[str, list[str]]:
    values, found = people.values, {}
    for path in sorted(workspace.kept.glob("*.jsonl")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if values.places_in(line)]
        if lines:
            found[f"kept/{path.stem}"] = lines
    if (workspace.kept / LEDGER).is_file():
        with closing(sqlite3.connect(f"file:{workspace.kept / LEDGER}?mode=ro", uri=True)) as ledger:
            ledger.row_factory = sqlite3.Row
            query = (
                f"select * from actions where customer_id in ({', '.join('?' * len(people.ids))}) order by action_key"
            )
            theirs = [json.dumps(dict(row), ensure_ascii=False) for row in ledger.execute(query, people.ids)]
        if theirs:
            found["kept/actions"] = theirs
    return found
