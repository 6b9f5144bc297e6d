"""Takes people out of what readers see: files of a version, its Parquet, and the schemas of PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from include.load.sql_text import literal
from include.privacy.files import replace_bytes
from include.privacy.people import People
from include.privacy.tables import rewrite, take_out
from include.publishing.copying import write_parquet
from include.publishing.restricted import tell_rows
from include.publishing.role_files import EVERYBODY, file_of
from include.publishing.serving import ServingFailed, serving_connection, show_version
from include.publishing.versions import PublishedVersion, current_version
from include.warehouse.digest import table_digest
from include.warehouse.private_files import private_files
from include.workspace import Workspace


def take_out_of_version(version: PublishedVersion, people: People) -> tuple[int, int]:
    """(rows deleted, rows unlinked) in all files of a version, those of roles too.

    They go from a copy that then takes the file's place: who reads it meanwhile reads the former one.
    """
    removed = unlinked = 0
    for file in sorted(version.folder.glob("*.duckdb")):
        draft = file.with_name(f"{file.name}.draft")
        with private_files():
            shutil.copyfile(file, draft)
            with duckdb.connect(str(draft)) as connection:
                connection.execute("set timezone = 'UTC'")
                changed = take_out(connection, people, frozenset())
                if changed and file.name == file_of(EVERYBODY):
                    tables = sorted(place.partition(".")[2] for place in changed)
                    _tell_rows(connection, version.folder, version.record(), tables)
                elif changed:
                    tell_rows(connection)
            removed += sum(r for r, _ in changed.values())
            unlinked += sum(u for _, u in changed.values())
            if changed:
                rewrite(draft)
        if changed:
            os.chmod(draft, file.stat().st_mode & 0o777)
            os.replace(draft, file)
        else:
            draft.unlink()
    return removed, unlinked


def serve_anew(workspace: Workspace, progress: Callable[[str], object]) -> list[str]:
    """Have PostgreSQL show the current version as its files are now; a message where that failed.

    The connection is that of the environment; one that only Airflow knows is not asked.
    """
    version = current_version(workspace)
    try:
        if version is not None and serving_connection(workspace) is not None:
            show_version(workspace, version, progress=progress, anew=True)
    except ServingFailed as problem:
        return [f"PostgreSQL: {problem} `tierworks privacy erase --resume` completes the erasure when it answers."]
    return []


def _tell_rows(connection: duckdb.DuckDBPyConnection, folder: Path, record: dict, tables: list[str]) -> None:
    """Rows and digests of the changed tables, in the version's own table and in `version.json`; their Parquet anew."""
    for table in tables:
        rows = connection.execute(f'select count(*) from "{table}"').fetchone()[0]
        record["tables"][table] = {"rows": rows, "digest": table_digest(connection, "main", table)}
    connection.execute(f"update published_version set tables = {literal(json.dumps(record['tables']))}")
    for table in [*tables, "published_version"]:
        target = folder / "parquet" / f"{table}.parquet"
        if target.is_file():
            draft = target.with_name(f"{target.name}.draft")
            write_parquet(connection, table, draft)
            os.chmod(draft, target.stat().st_mode & 0o777)
            os.replace(draft, target)
    replace_bytes(folder / "version.json", (json.dumps(record, indent=2) + "\n").encode())
