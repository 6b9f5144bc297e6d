"""Opening the working warehouse and published files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.workspace import Workspace

# A quarter less work for writing than the oldest format at the same size; published files keep the engine's default,
# which older readers know.
STORAGE = {"storage_compatibility_version": "v1.3.0"}
SCHEMAS = ("raw", "ops", "policy", "stg", "int", "core", "scores", "marts")


@contextmanager
def open_warehouse(workspace: Workspace, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the working warehouse in UTC, closed on the way out so that the next process can write.

    Writers hold `workspace_lock` around it. A writer excludes every other process (DuckDB), readers included.
    """
    workspace.make_folders()
    connection = duckdb.connect(str(workspace.warehouse), read_only=read_only, config=STORAGE)
    try:
        connection.execute("set timezone = 'UTC'")
        if not read_only:
            for schema in SCHEMAS:
                connection.execute(f"create schema if not exists {schema}")
        yield connection
    finally:
        connection.close()


@contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A short-lived read-only connection to a published file: a long one would keep the former version."""
    connection = duckdb.connect(str(path.resolve()), read_only=True)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()
