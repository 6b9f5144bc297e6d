"""DuckDB gives freed blocks back to the same file only: a file that is mostly empty is written anew."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from include.publishing.copying import literal
from include.publishing.versions import sync_folder
from include.warehouse.connection import STORAGE
from include.warehouse.private_files import private_files

_SMALLEST = 64 * 1024 * 1024
_DRAFT = ".rewritten"
_TABLES = "select schema_name, table_name from duckdb_tables() where database_name = ? order by all"
_VIEWS = "select schema_name, view_name from duckdb_views() where database_name = ? and not internal order by all"
_KINDS = (_TABLES, _VIEWS)


class RewriteRefused(RuntimeError):
    """The new file does not hold what the old one holds; the old one stays."""


def free_share(file: Path) -> float:
    """Share of the file's blocks that hold nothing, 0 for a file of less than 64 MiB."""
    if not file.is_file() or file.stat().st_size < _SMALLEST:
        return 0.0
    with duckdb.connect(str(file), read_only=True) as connection:
        total, free = connection.execute("select total_blocks, free_blocks from pragma_database_size()").fetchone()
    return free / total if total else 0.0


def rewrite(file: Path) -> int:
    """Copy the database into a new file and put that in its place, in one step; returns the bytes saved.

    The caller holds the workspace's lock. Killed anywhere, the old file or the new one is there, whole.

    Raises
    ------
    RewriteRefused: a table has not come over with all its rows.
    """
    # Views name their tables with the catalog, which is the file's name: under another they could not be made.
    former, draft = file.stem, file.with_name(file.name + _DRAFT)
    discard_draft(file)
    before = file.stat().st_size
    with private_files(), duckdb.connect(config={"temp_directory": str(file.parent / ".rewriting")}) as connection:
        connection.execute(f"attach {literal(str(file))} as {former}")
        connection.execute(f"checkpoint {former}")  # what a killed writer left in the log beside the file
        storage = STORAGE["storage_compatibility_version"]
        connection.execute(f"attach {literal(str(draft))} as fresh (storage_version {literal(storage)})")
        connection.execute(f"copy from database {former} to fresh")
        whole = all(_content(connection, former, kind) == _content(connection, "fresh", kind) for kind in _KINDS)
        connection.execute("detach fresh")
        connection.execute(f"detach {former}")
    if not whole:
        discard_draft(file)
        raise RewriteRefused(f"{file}: a copy does not hold the same rows. The file stays as it is; try again.")
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.chmod(file.stat().st_mode & 0o777)
    os.replace(draft, file)
    sync_folder(file.parent)
    return before - file.stat().st_size


def _content(connection: duckdb.DuckDBPyConnection, name: str, kind: str) -> list[tuple]:
    """Schema, name and, of a table, rows."""
    found = connection.execute(kind, [name]).fetchall()
    if kind == _VIEWS:
        return found
    count = 'select count(*) from {}."{}"."{}"'
    return [(*one, connection.execute(count.format(name, *one)).fetchone()[0]) for one in found]


def discard_draft(file: Path) -> None:
    """Remove what a killed rewriting left behind."""
    for left in (file.with_name(file.name + _DRAFT), file.with_name(f"{file.name}{_DRAFT}.wal")):
        left.unlink(missing_ok=True)
