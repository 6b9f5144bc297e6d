"""Loads every source of a workspace."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import duckdb

from include.contract.reader import DateBounds, read_date_bounds
from include.load.contract_tables import create_contract_tables
from include.load.crosswalk import mint_customer_ids
from include.load.declaration import read_declarations
from include.load.declared import Source, Table
from include.load.errors import LoadFailed, SourceError
from include.load.files import find_files, landing_folder
from include.load.landing import TableLoader, forget_contract_rows
from include.load.mapped_columns import write_mapped_columns
from include.load.quarantine import Batch, resolve
from include.load.result import LoadResult
from include.load.sql_text import name
from include.workspace import Workspace


def load_workspace(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    batch_id: str,
    loaded_at: datetime.datetime,
    progress: Callable[[str], object] = print,
) -> LoadResult:
    """Land what is new in the workspace's files, derive the contract rows, and give new customers their ids.

    Each table is one transaction: a load that is killed and run again ends with the same tables. The caller holds
    `workspace_lock` and the writing connection. `loaded_at` is taken as UTC when it has no zone.

    Raises
    ------
    DeclarationInvalid: before anything is written.
    LoadFailed: files or tables that could not be loaded, with one message each; all others are in.
    """
    sources = read_declarations(workspace.declarations)
    if loaded_at.tzinfo is not None:
        loaded_at = loaded_at.astimezone(datetime.UTC).replace(tzinfo=None)
    batch, bounds, result = Batch(batch_id, loaded_at), read_date_bounds(), LoadResult(batch_id)
    create_contract_tables(connection)
    _forget_undeclared(connection, sources, batch)
    write_mapped_columns(connection, sources)
    for source in sources:
        try:
            folder = landing_folder(source, workspace)
        except SourceError as error:
            result.errors.append(str(error))
            continue
        for table in source.tables:
            _load_table(connection, table, folder, batch, bounds, result, progress)
    result.customers_minted = mint_customer_ids(workspace, connection)
    if result.errors:
        raise LoadFailed(result.errors, result)
    return result


def _load_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    folder: Path,
    batch: Batch,
    bounds: DateBounds,
    result: LoadResult,
    progress: Callable[[str], object],
) -> None:
    try:
        files, refused = find_files(table, folder)
        result.errors.extend(refused)
        connection.execute("begin")
        try:
            done, messages = TableLoader(connection, table, batch, bounds).load(files)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    except SourceError as error:
        result.errors.append(str(error))
        return
    result.errors.extend(messages)
    result.tables.append(done)
    progress(str(done))


def _forget_undeclared(connection: duckdb.DuckDBPyConnection, sources: list[Source], batch: Batch) -> None:
    """Drop the rows of tables that no declaration names any more: the warehouse equals one built from scratch."""
    declared = {(table.source, table.name) for source in sources for table in source.tables}
    landed = connection.execute("select distinct source, table_name from ops.landed_files order by all").fetchall()
    for source, table in landed:
        if (source, table) in declared:
            continue
        connection.execute("begin")
        forget_contract_rows(connection, source, table)
        resolve(connection, source, table, batch, "undeclared")
        connection.execute(f"drop table if exists raw.{name(f'{source}__{table}')}")
        connection.execute("delete from ops.landed_files where source = ? and table_name = ?", [source, table])
        connection.execute("commit")
