"""Writes the copies of a version for roles that see more than every reader, or fewer rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb

from include.publishing.copying import literal, published_tables
from include.publishing.masking import Masks, read_masks
from include.publishing.operations import RESULTS_TABLE
from include.publishing.roles import Copy, RowLimit
from include.warehouse.private_files import private_files
from include.workspace import Workspace

_WAREHOUSE, _MASKED = "warehouse", "masked"


def write_copies(
    workspace: Workspace, folder: Path, everybody: Copy, further: list[Copy], progress: Callable[[str], object]
) -> None:
    """Write the file of each copy beside `tierworks.duckdb` of a version that is being written.

    What a copy shows as every reader sees it is taken from that file, the rest from the warehouse. A copy holds the
    same tables, and `published_version` tells its own rows.
    """
    for copy in further:
        with private_files(), duckdb.connect(str(folder / copy.file)) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"attach {literal(str(workspace.warehouse))} as {_WAREHOUSE} (read_only)")
            connection.execute(f"attach {literal(str(folder / 'tierworks.duckdb'))} as {_MASKED} (read_only)")
            masks = read_masks(workspace, connection, _WAREHOUSE)
            _write(connection, copy, everybody, masks)
        progress(f"Wrote the copy of {copy.name}")


def _write(connection: duckdb.DuckDBPyConnection, copy: Copy, everybody: Copy, masks: Masks) -> None:
    limit = RowLimit(connection, _WAREHOUSE, copy) if copy.rows_by else None
    connection.execute("begin")
    places = {table: schema for schema, table in published_tables(connection, _WAREHOUSE)}
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? order by 1", [_MASKED]
    ).fetchall()
    for (table,) in tables:
        if table in places:
            _copy(connection, places[table], table, copy, everybody, masks, limit)
        else:
            hidden = " replace (null::varchar as observed)" if limit and table == RESULTS_TABLE else ""
            connection.execute(f'create table "{table}" as select *{hidden} from {_MASKED}."{table}"')
        _comment(connection, table)
    tell_rows(connection)
    connection.execute("commit")


def _copy(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    copy: Copy,
    everybody: Copy,
    masks: Masks,
    limit: RowLimit | None,
) -> None:
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [_WAREHOUSE, schema, table],
    ).fetchall()
    condition = limit.condition(schema, table) if limit else "true"
    ours = {name: masks.expression(table, name, kind, copy.treatments) for name, kind in columns}
    theirs = {name: masks.expression(table, name, kind, everybody.treatments) for name, kind in columns}
    if ours == theirs and condition == "true":
        connection.execute(f'create table "{table}" as from {_MASKED}."{table}"')
        return
    fields = [(limit.field(table, name) if limit else None) or field for name, field in ours.items() if field]
    connection.execute(
        f'create table "{table}" as select {", ".join(fields)} from {_WAREHOUSE}.{schema}."{table}" '
        f"where {condition} order by all"
    )


def _comment(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Tables and columns mean what they mean to every reader."""
    told = connection.execute(
        "select null, comment from duckdb_tables() where database_name = $c and table_name = $t union all "
        "select ours.column_name, told.comment from duckdb_columns() ours join duckdb_columns() told "
        "on told.database_name = $c and told.table_name = $t and told.column_name = ours.column_name "
        "where ours.database_name = current_database() and ours.table_name = $t",
        {"c": _MASKED, "t": table},
    ).fetchall()
    for column, comment in told:
        if comment:
            what = f'table "{table}"' if column is None else f'column "{table}"."{column}"'
            connection.execute(f"comment on {what} is {literal(comment)}")


def tell_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Have `published_version` of a copy tell how many rows each of its tables holds."""
    (told,) = connection.execute("select tables from published_version").fetchone()
    rows = {
        table: {"rows": connection.execute(f'select count(*) from main."{table}"').fetchone()[0]}
        for table in json.loads(told)
    }
    connection.execute("update published_version set tables = ?", [json.dumps(rows)])
