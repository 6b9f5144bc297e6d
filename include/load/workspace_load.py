"""Loads every source of a workspace."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import duckdb

from include.load.contract_rows import forget_contract_rows
from include.load.contract_tables import create_contract_tables
from include.load.corrections import read_corrections
from include.load.crosswalk import mint_customer_ids
from include.load.declaration import read_declarations
from include.load.declared import Source
from include.load.erased import read_erased
from include.load.erasure_log import tell_erasures
from include.load.errors import LoadFailed
from include.load.ledger import write_ledger
from include.load.mapped_columns import write_business_zones, write_mapped_columns
from include.load.quarantine import Batch, resolve
from include.load.result import LoadResult, TableLoad
from include.load.source_load import SourceLoader, utc
from include.load.sql_text import filled, name
from include.workspace import Workspace


def load_workspace(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    batch_id: str,
    loaded_at: datetime.datetime,
    progress: Callable[[str], object] = print,
    only: str | None = None,
    full_refresh: bool = False,
    further_urls: Callable[[str], str | None] = lambda name: None,
) -> LoadResult:
    """Land what is new in the workspace's sources, derive the contract rows, and give new customers their ids.

    Each table is one transaction: a load that is killed and run again ends with the same tables. The caller holds
    `workspace_lock` and the writing connection. `loaded_at` is taken as UTC when it has no zone. `only` names the one
    source to load; `full_refresh` reads everything again; `further_urls` knows connections beside the environment.

    Raises
    ------
    DeclarationInvalid: before anything is written.
    LoadFailed: files or tables that could not be loaded, with one message each; all others are in.
    """
    sources = read_declarations(workspace.declarations)
    batch, result = Batch(batch_id, utc(loaded_at)), LoadResult(batch_id)
    create_contract_tables(connection)
    _forget_undeclared(connection, sources, batch)
    write_mapped_columns(connection, sources)
    write_business_zones(connection, sources)
    read_corrections(workspace, connection)
    tell_erasures(workspace, connection)
    erased = read_erased(workspace)
    loader = SourceLoader(workspace, connection, batch, progress, further_urls, full_refresh, erased=erased)
    for source in sources:
        if only in (None, source.name):
            loader.load(source, result)
    loader.cut_belonging([source for source in sources if only in (None, source.name)], result)
    if only is None and not result.errors:
        erased.settle()
    result.customers_minted = mint_customer_ids(workspace, connection)
    if result.errors:
        raise LoadFailed(result.errors, result)
    return result


def _forget_undeclared(connection: duckdb.DuckDBPyConnection, sources: list[Source], batch: Batch) -> None:
    """Drop the rows of tables that no declaration names any more: the warehouse equals one built from scratch."""
    declared = {(table.source, table.name) for source in sources for table in source.tables}
    landed = connection.execute("select distinct source, table_name from ops.landed_files order by all").fetchall()
    for source, table in landed:
        if (source, table) in declared:
            continue
        landed_rows = f"raw.{name(f'{source}__{table}')}"
        connection.execute("begin")
        forget_contract_rows(connection, source, table)
        gone = connection.execute(f"select count(*) from {landed_rows}").fetchone()[0]
        write_ledger(connection, batch, TableLoad(source, table, rows_deleted=gone), "load")
        resolve(connection, source, table, batch, "undeclared")
        connection.execute(f"drop table {landed_rows}")
        for positions in ("ops.landed_files", "ops.load_positions"):
            own = filled("source = ? and table_name = ?", [source, table])
            connection.execute(f"delete from {positions} where {own}")
        connection.execute("commit")
