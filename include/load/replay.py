"""Brings rows of the quarantine in after a fix: of a declaration, of the rules, or of the rows themselves."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import duckdb

from include.contract.reader import read_date_bounds
from include.load.contract_tables import create_contract_tables
from include.load.corrections import keep_corrections, read_corrections
from include.load.crosswalk import mint_customer_ids
from include.load.declaration import read_declarations
from include.load.declared import Source, Table
from include.load.errors import LoadFailed, SourceError
from include.load.landing import TableLoader
from include.load.quarantine import Batch, open_rows
from include.load.quarantine_sheet import read_sheet
from include.load.result import LoadResult
from include.load.source_load import utc
from include.load.workspace_load import load_workspace
from include.workspace import Workspace

Progress = Callable[[str], object]


def replay_workspace(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    batch_id: str,
    moment: datetime.datetime,
    progress: Progress = print,
    source: str | None = None,
    table: str | None = None,
    sheet: Path | None = None,
    corrected_by: str = "",
) -> LoadResult:
    """Judge the open rows of the quarantine again, `source` and `table` narrow it down, and take in what is good now.

    A `sheet` of corrections is first kept under `kept/`: from then on every load applies it, also one from scratch.
    Where the declaration of a table has changed since it was landed, its source is loaded again instead, which judges
    all of its rows. Each table is one transaction; a replay that is killed and run again ends the same. The caller
    holds `workspace_lock` and the writing connection.

    Raises
    ------
    DeclarationInvalid, SourceError: a declaration or the sheet is wrong; nothing was written.
    LoadFailed: tables that could not be replayed, with one message each; all others are done.
    """
    sources = read_declarations(workspace.declarations)
    chosen = _chosen(sources, source, table)
    batch, result = Batch(batch_id, utc(moment)), LoadResult(batch_id)
    create_contract_tables(connection)
    read_corrections(workspace, connection)
    if sheet is not None:
        _take(workspace, connection, sheet, batch, corrected_by, progress)
    bounds, loaded = read_date_bounds(), set()
    for one in chosen:
        loader = TableLoader(connection, one, batch, bounds)
        try:
            if loader.anew_because() and one.source not in loaded:
                progress(f"{one.label}: {loader.anew_because()}, so the source is loaded again")
                loaded.add(one.source)
                _join(result, load_workspace(workspace, connection, batch_id, moment, progress, only=one.source))
            _retry(connection, loader, result, progress)
        except LoadFailed as failure:
            _join(result, failure.result)
        except SourceError as error:
            result.errors.append(str(error))
    result.customers_minted += mint_customer_ids(workspace, connection)
    if result.errors:
        raise LoadFailed(result.errors, result)
    return result


def _chosen(sources: list[Source], source: str | None, table: str | None) -> list[Table]:
    tables = [one for each in sources for one in each.tables]
    chosen = [one for one in tables if source in (None, one.source) and table in (None, one.name)]
    if not chosen:
        known = ", ".join(one.label for one in tables)
        raise SourceError(f"no declared table answers to {source or '*'}/{table or '*'} (declared: {known}).")
    return chosen


def _take(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    sheet: Path,
    batch: Batch,
    corrected_by: str,
    progress: Progress,
) -> None:
    taken = read_sheet(connection, sheet, batch, corrected_by)
    former = "(select row_id, content from corrections)"
    again = connection.execute(f"select count(*) from new_corrections where (row_id, content) in {former}").fetchone()[
        0
    ]
    connection.execute(f"delete from new_corrections where (row_id, content) in {former}")
    late = connection.execute(
        "select count(*) from new_corrections where row_id not in "
        "(select row_id from ops.quarantine where resolved_at is null and row_id is not null)"
    ).fetchone()[0]
    keep_corrections(workspace, connection)
    progress(f"{sheet}: {taken - again} corrections kept" + (f", {again} were known" if again else ""))
    if late:
        progress(f"{late} of them are of rows that are in already: they take effect with the next full refresh")


def _retry(connection: duckdb.DuckDBPyConnection, loader: TableLoader, result: LoadResult, progress: Progress) -> None:
    connection.execute("begin")
    try:
        done = loader.retry()
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    if done is not None:
        result.tables.append(done)
        left = connection.execute(
            f"select count(*) from ops.quarantine where {open_rows(done.source, done.table)}"
        ).fetchone()[0]
        progress(
            f"{done.source}/{done.table}: {done.rows_read:,} rows judged again, {done.rows_accepted:,} accepted, "
            f"{done.rows_unchanged:,} already there, {left:,} still open"
        )


def _join(result: LoadResult, part: LoadResult) -> None:
    result.tables.extend(part.tables)
    result.errors.extend(part.errors)
    result.customers_minted += part.customers_minted
