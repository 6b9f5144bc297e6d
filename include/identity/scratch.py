"""A database of its own for comparing: large, and gone afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from include.load.sql_text import literal
from include.workspace import Workspace


@contextmanager
def scratch_database(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection, catalog: str, memory_gigabytes: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor that works in a database on disk, attached as `catalog`; the engine's memory is bounded meanwhile.

    What a killed run has left is removed first.
    """
    folder = workspace.rebuildable / "identity"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    memory = connection.execute("select current_setting('memory_limit')").fetchone()[0]
    connection.execute(f"set memory_limit = '{memory_gigabytes}GB'")
    connection.execute(f"attach {literal(str(folder / 'scratch.duckdb'))} as {catalog}")
    cursor = connection.cursor()
    try:
        cursor.execute(f"use {catalog}")
        yield cursor
    finally:
        cursor.close()
        connection.execute(f"detach {catalog}")
        connection.execute(f"set memory_limit = {literal(memory)}")
        shutil.rmtree(folder, ignore_errors=True)
