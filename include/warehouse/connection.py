"""Opening the working warehouse and published files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb

from include.warehouse.private_files import UMASK, private_files
from include.workspace import Workspace

# A quarter less work for writing than the oldest format at the same size; published files keep the engine's default,
# which older readers know.
STORAGE = {"storage_compatibility_version": "v1.3.0"}
SCHEMAS = ("raw", "ops", "policy", "stg", "int", "core", "scores", "marts")


@contextmanager
def open_warehouse(workspace: Workspace, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the working warehouse in UTC, closed on the way out so that the next process can write.

    Writers hold `workspace_lock` around it. A writer excludes every other process (DuckDB), readers included. The file
    holds personal data: it is its owner's alone, as is all that a writer makes beside it (log, scratch files).
    """
    workspace.make_folders()
    with nullcontext() if read_only else private_files():
        if not read_only:
            _take_from_others(workspace.warehouse)
        connection = duckdb.connect(str(workspace.warehouse), read_only=read_only, config=STORAGE)
        try:
            connection.execute("set timezone = 'UTC'")
            if not read_only:
                for schema in SCHEMAS:
                    connection.execute(f"create schema if not exists {schema}")
            yield connection
        finally:
            connection.close()


def _take_from_others(warehouse: Path) -> None:
    """The mode of a warehouse that was made before its mode was set."""
    for file in (warehouse, warehouse.with_name(f"{warehouse.name}.wal")):
        if file.is_file() and file.stat().st_mode & UMASK:
            file.chmod(0o600)


@contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A short-lived read-only connection to a published file: a long one would keep the former version."""
    connection = duckdb.connect(str(path.resolve()), read_only=True)
    try:
        connection.execute("set timezone = 'UTC'")
        # A table that is not there is none: a Python name that is spelled so does not take its place.
        connection.execute("set python_enable_replacements = false")
        yield connection
    finally:
        connection.close()
