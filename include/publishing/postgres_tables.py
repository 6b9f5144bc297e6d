"""One table of a published file in PostgreSQL: its types, rows, keys and comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from include.warehouse.extensions import load_extension

_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "JSON": "json",
}
_INDEXED = ("customer_id", "as_of_date")
_BLOCK = 1 << 20


def open_for_copying(file: Path) -> duckdb.DuckDBPyConnection:
    """The published file read only, able to write PostgreSQL's binary form."""
    connection = duckdb.connect(str(file), read_only=True)
    connection.execute("set timezone = 'UTC'")
    load_extension(connection, "postgres_scanner")
    return connection


def create_table(
    published: duckdb.DuckDBPyConnection,
    postgres: psycopg.Connection,
    schema: str,
    table: str,
    key: Sequence[str],
    scratch: Path,
) -> int:
    """Create and fill `schema.table` as the published file holds it; rows written.

    The table is made in the caller's transaction and its rows are frozen, so that even a transaction that began
    before sees them whole once the table goes by a name that it asks for, rather than an empty table. `scratch` is a
    file that is written and removed.
    """
    columns = published.execute(
        "select column_name, data_type, comment from duckdb_columns() where table_name = ? order by column_index",
        [table],
    ).fetchall()
    target = sql.Identifier(schema, table)
    kinds = {name: postgres_type(data_type) for name, data_type, _ in columns}
    fields = sql.SQL(", ").join(sql.SQL(f"{{}} {kinds[name]}").format(sql.Identifier(name)) for name, _, _ in columns)
    postgres.execute(sql.SQL("create table {} ({})").format(target, fields))
    selected = ", ".join(_travels(name, data_type) for name, data_type, _ in columns)
    published.execute(f"copy (select {selected} from {_quoted(table)}) to '{scratch}' (format postgres_binary)")
    with postgres.cursor() as cursor, scratch.open("rb") as rows:
        with cursor.copy(sql.SQL("copy {} from stdin (format binary, freeze)").format(target)) as copy:
            while block := rows.read(_BLOCK):
                copy.write(block)
        written = cursor.rowcount
    scratch.unlink()
    _index(published, postgres, target, table, list(kinds), key)
    _comment(published, postgres, target, table, columns)
    return written


def postgres_type(data_type: str) -> str:
    """PostgreSQL's type for one of DuckDB: decimals keep their digits, what is nested is told as JSON."""
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", data_type):
        return f"numeric({match[1]},{match[2]})"
    if data_type in ("HUGEINT", "UBIGINT"):
        return "numeric(38,0)"
    return _TYPES.get(data_type, "json")


def _travels(name: str, data_type: str) -> str:
    """A column as it is written: PostgreSQL's text holds no zero byte."""
    own, kind = _quoted(name), postgres_type(data_type)
    if data_type == "VARCHAR":
        return f"replace({own}, chr(0), '') as {own}"
    if kind == "numeric(38,0)":
        return f"{own}::decimal(38,0) as {own}"
    return f"{'' if data_type == 'JSON' else 'to_json'}({own})::varchar as {own}" if kind == "json" else own


def _index(published, postgres, target: sql.Identifier, table: str, names: list[str], key: Sequence[str]) -> None:
    """The grain as primary key where it holds without a null, and the columns that charts narrow by."""
    leading = None
    if key and set(key) <= set(names) and _is_key(published, table, key):
        fields = sql.SQL(", ").join(map(sql.Identifier, key))
        postgres.execute(sql.SQL("alter table {} add primary key ({})").format(target, fields))
        leading = key[0]
    for name in _INDEXED:
        if name in names and name != leading:
            postgres.execute(sql.SQL("create index on {} ({})").format(target, sql.Identifier(name)))


def _is_key(published: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> bool:
    fields = ", ".join(map(_quoted, key))
    whole = " and ".join(f"{_quoted(name)} is not null" for name in key)
    return published.execute(
        f"select coalesce(bool_and(rows = 1 and whole), true) from "
        f"(select count(*) as rows, bool_and({whole}) as whole from {_quoted(table)} group by {fields})"
    ).fetchone()[0]


def _comment(published, postgres, target: sql.Identifier, table: str, columns: list[tuple]) -> None:
    told = published.execute("select comment from duckdb_tables() where table_name = ?", [table]).fetchone()[0]
    words = [sql.SQL("comment on table {} is {}").format(target, sql.Literal(told))] if told else []
    words += [
        sql.SQL("comment on column {}.{} is {}").format(target, sql.Identifier(name), sql.Literal(comment))
        for name, _, comment in columns
        if comment
    ]
    if words:
        postgres.execute(sql.SQL("; ").join(words))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
