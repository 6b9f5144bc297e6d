"""Copying tables of the working warehouse into a published file, masked, ordered and described."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.publishing.masking import INTERNAL_TABLES, Masks


def published_tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[tuple[str, str]]:
    """(schema, table) of all that is published: every table of `core` and `marts` that is not internal.

    Raises
    ------
    ValueError: two schemas hold a table of one name; in a version all tables share a schema.
    """
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = ? and table_schema in ('core', 'marts') and table_type = 'BASE TABLE' order by all",
        [catalog],
    ).fetchall()
    tables = [(schema, table) for schema, table in found if (schema, table) not in INTERNAL_TABLES]
    names = [table for _, table in tables]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(repeated)}: in both core and marts. Rename one: published tables share a schema.")
    return tables


def copy_table(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    schema: str,
    table: str,
    masks: Masks,
    treatments: dict[str, str],
) -> None:
    """Create `table` from the attached warehouse as a role sees it, rows in an order of their own values.

    The order is that of all columns, so equal rows give equal Parquet bytes whatever order they were built in.
    Comments of the table and its columns come along.
    """
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [catalog, schema, table],
    ).fetchall()
    shown = {name: masks.expression(table, name, kind, treatments) for name, kind, _ in columns}
    fields = ", ".join(field for field in shown.values() if field)
    connection.execute(f'create table "{table}" as select {fields} from {catalog}.{schema}."{table}" order by all')
    told = connection.execute(
        "select comment from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [catalog, schema, table],
    ).fetchone()[0]
    if told:
        connection.execute(f'comment on table "{table}" is {literal(told)}')
    for name, _, comment in columns:
        if comment and shown[name]:
            connection.execute(f'comment on column "{table}"."{name}" is {literal(comment)}')


def write_parquet(connection: duckdb.DuckDBPyConnection, table: str, target: Path) -> None:
    """Write a table in its own row order."""
    connection.execute(f'copy "{table}" to {literal(str(target))} (format parquet, compression zstd)')


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
