"""A database of its own for comparing: large, and gone afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from include.load.sql_text import literal
from include.workspace import Workspace

SCRATCH = "identity_scratch"


@contextmanager
def scratch_database(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection, memory_gigabytes: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor that works in an attached database on disk, with the engine's memory bounded; both end with the block.

    What a killed run has left is removed first.
    """
    folder = workspace.rebuildable / "identity"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    memory = connection.execute("select current_setting('memory_limit')").fetchone()[0]
    connection.execute(f"set memory_limit = '{memory_gigabytes}GB'")
    connection.execute(f"attach {literal(str(folder / 'scratch.duckdb'))} as {SCRATCH}")
    cursor = connection.cursor()
    try:
        cursor.execute(f"use {SCRATCH}")
        yield cursor
    finally:
        cursor.close()
        connection.execute(f"detach {SCRATCH}")
        connection.execute(f"set memory_limit = {literal(memory)}")
        shutil.rmtree(folder, ignore_errors=True)
