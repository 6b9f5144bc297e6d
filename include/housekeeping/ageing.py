"""What grows old: logs, results of audits, refused rows that were mended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

_RESULTS = ("quality_results", "health_by_build")


def forget_files(folders: Iterable[Path], before: datetime, dry: bool, spare: frozenset[str] = frozenset()) -> int:
    """Remove files that were last written before the moment, and folders that this leaves empty; returns how many."""
    gone = 0
    for folder in folders:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not dry and not any(path.iterdir()):
                    path.rmdir()
            elif path.name not in spare and path.lstat().st_mtime < before.timestamp():
                gone += 1
                if not dry:
                    path.unlink(missing_ok=True)
    return gone


def forget_results(connection: duckdb.DuckDBPyConnection, before: datetime, dry: bool) -> int:
    """Remove results of audits of before the moment, but those of the build that the warehouse holds."""
    gone = 0
    for table in filter(lambda name: _is_there(connection, name), _RESULTS):
        old = f"from ops.{table} where checked_at < ? and build_id not in (select build_id from ops.current_build)"
        gone += connection.execute(f"select count(*) {old}", [before]).fetchone()[0]
        if not dry:
            connection.execute(f"delete {old}", [before])
    return gone


def forget_mended_rows(connection: duckdb.DuckDBPyConnection, before: datetime, dry: bool) -> int:
    """Remove refused rows that were resolved before the moment; open ones wait for a steward.

    The ledger counts them as `rows_forgotten`, so that its audit misses only rows that are lost.
    """
    if not _is_there(connection, "quarantine"):
        return 0
    gone = connection.execute("select count(*) from ops.quarantine where resolved_at < ?", [before]).fetchone()[0]
    if not dry and gone:
        connection.execute("begin")
        connection.execute("alter table ops.load_ledger add column if not exists rows_forgotten bigint default 0")
        connection.execute(
            "update ops.load_ledger as told set rows_forgotten = coalesce(rows_forgotten, 0) + rows from ("
            "select batch_id, source, table_name, count(*) as rows from ops.quarantine "
            "where resolved_at < ? group by all"
            ") as gone where kind = 'load' and told.batch_id = gone.batch_id and told.source = gone.source "
            "and told.table_name = gone.table_name",
            [before],
        )
        connection.execute("delete from ops.quarantine where resolved_at < ?", [before])
        connection.execute("commit")
    return gone


def rows_left_open(connection: duckdb.DuckDBPyConnection, before: datetime) -> int:
    """Rows that have waited in quarantine since before the moment."""
    if not _is_there(connection, "quarantine"):
        return 0
    return connection.execute(
        "select count(*) from ops.quarantine where resolved_at is null and since < ?", [before]
    ).fetchone()[0]


def days_before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _is_there(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = "select count(*) from duckdb_tables() where schema_name = 'ops' and table_name = ?"
    return bool(connection.execute(found, [table]).fetchone()[0])
