"""Writes what became of the rows of a batch: read = accepted + unchanged + quarantined."""

from __future__ import annotations

import duckdb

from include.load.quarantine import Batch
from include.load.result import TableLoad
from include.load.sql_text import filled, literal


def write_ledger(connection: duckdb.DuckDBPyConnection, batch: Batch, done: TableLoad, kind: str) -> None:
    """Keep one row a batch, table and kind (`load`, `replay` or `erasure`); taken up again, it adds to its counts.

    Raises
    ------
    AssertionError: the counts do not close; the caller rolls back.
    """
    assert done.rows_read == done.rows_accepted + done.rows_unchanged + done.rows_quarantined, done
    own = [batch.batch_id, done.source, done.table, kind]
    counts = {
        "rows_read": done.rows_read,
        "rows_accepted": done.rows_accepted,
        "rows_unchanged": done.rows_unchanged,
        "rows_quarantined": done.rows_quarantined,
        "rows_erased": done.rows_erased,
        "rows_deleted": done.rows_deleted,
        "files_read": done.files_read,
        "files_skipped": done.files_skipped,
    }
    added = ", ".join(f"{column} = {column} + {count}" for column, count in counts.items())
    known = filled("batch_id = ? and source = ? and table_name = ? and kind = ?", own)
    added += f", loaded_at = {literal(batch.loaded_at)}"
    if connection.execute(f"update ops.load_ledger set {added} where {known} returning 1").fetchall():
        return
    values = ", ".join(map(literal, [*own, *counts.values(), batch.loaded_at]))
    connection.execute(
        f"insert into ops.load_ledger (batch_id, source, table_name, kind, {', '.join(counts)}, loaded_at) "
        f"values ({values})"
    )
