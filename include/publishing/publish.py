"""Publishing a build: copy, mask, describe, seal, and swap it in."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from expectations.results import AUDITED_LAYERS, audited_layers, quality_counts
from include.policies.reader import read_policies
from include.publishing.copying import copy_table, literal, published_tables, write_parquet
from include.publishing.descriptions import METRICS_TABLE, read_descriptions, read_keys, write_descriptions
from include.publishing.masking import read_masks
from include.publishing.operations import OPERATIONS_TABLES, write_operations
from include.publishing.restricted import write_copies
from include.publishing.role_files import restricted_files
from include.publishing.roles import Copy, copies
from include.publishing.serving import FurtherUrls, nobody, show_version
from include.publishing.versions import (
    DRAFT,
    PublishedVersion,
    discard_leftovers,
    forget_old_versions,
    read_version,
    sync_folder,
)
from include.warehouse.digest import table_digest
from include.workspace import Workspace

WAREHOUSE = "warehouse"
_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class PublishRefused(RuntimeError):
    """The build may not be published; the version that readers see stays as it was."""


def publish_version(
    workspace: Workspace,
    build_id: str,
    as_of: date,
    progress: Callable[[str], None] = print,
    aside: bool = False,
    further_urls: FurtherUrls = nobody,
) -> PublishedVersion:
    """Publish the tables of `core` and `marts` of the working warehouse as version `build_id`.

    The caller holds the workspace's lock. Killed anywhere, it can be called again: the version appears whole, by a
    rename, or not at all; a version that is already there is only made current. With `aside` the version stands
    beside the current one, which readers go on seeing: a past date that is told later. `further_urls` knows
    connections beside the environment's: where one is named `serving`, PostgreSQL shows the version too.

    Raises
    ------
    PublishRefused: the warehouse holds another build, or a layer was not audited or not let through.
    UnmaskedColumn: a personal column is not marked in its dbt model.
    ServingFailed: files show the version and PostgreSQL does not.
    """
    if not _BUILD_ID.fullmatch(build_id):
        raise PublishRefused(f"build id {build_id!r} is no file name: use letters, digits, _ and -.")
    policies = read_policies(workspace)
    policy, (everybody, further) = policies["publishing"], copies(policies["privacy"])
    workspace.make_folders()
    discard_leftovers(workspace)
    final = workspace.versions / build_id
    if final.exists():
        version = read_version(final)
    else:
        draft = workspace.versions / f"{build_id}{DRAFT}"
        draft.mkdir()
        try:
            record = _write(workspace, build_id, as_of, draft, aside, everybody)
            write_copies(workspace, draft, everybody, further, progress)
            _seal(draft)
            os.rename(draft, final)
        except Exception:
            discard_leftovers(workspace)  # on a disk that is full, half a version would keep everybody from mending it
            raise
        sync_folder(workspace.versions)
        version = read_version(final)
        progress(f"Wrote version {build_id}: {len(record['tables'])} tables, as of {as_of}")
    try:
        if not aside:
            show_version(workspace, version, further_urls, progress)
    finally:  # while PostgreSQL is away, too
        if forgotten := forget_old_versions(workspace, policy["keep_versions"], policy["keep_past_dates"]):
            progress(f"Removed {', '.join(forgotten)}")
    return version


def _write(workspace: Workspace, build_id: str, as_of: date, draft: Path, aside: bool, everybody: Copy) -> dict:
    connection = duckdb.connect(str(draft / "tierworks.duckdb"))
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {literal(str(workspace.warehouse))} as {WAREHOUSE} (read_only)")
        build = _checked_build(connection, build_id, as_of)
        tables = _copy_tables(workspace, connection, everybody)
        write_operations(connection, WAREHOUSE, workspace, build_id)
        connection.execute(f"detach {WAREHOUSE}")
        facts = {
            "build_id": build_id,
            "as_of_date": as_of.isoformat(),
            "workspace": workspace.name,
            "published_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            **build,
            "models": _model_versions(connection),
            "tables": {table: _rows_and_digest(connection, table) for table in tables},
            "aside": aside,
            "keys": {table: key for table, key in read_keys(workspace).items() if table in tables},
        }
        _describe(connection, facts)
        connection.execute("begin")
        write_descriptions(connection, read_descriptions(workspace))
        connection.execute("commit")
        (draft / "parquet").mkdir()
        for table in [*tables, METRICS_TABLE, *OPERATIONS_TABLES, "published_version"]:
            write_parquet(connection, table, draft / "parquet" / f"{table}.parquet")
    finally:
        connection.close()
    (draft / "version.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def _copy_tables(workspace: Workspace, connection: duckdb.DuckDBPyConnection, everybody: Copy) -> list[str]:
    """Copy every published table; their names in order."""
    masks = read_masks(workspace, connection, WAREHOUSE)
    tables = published_tables(connection, WAREHOUSE)
    connection.execute("begin")
    for schema, table in tables:
        copy_table(connection, WAREHOUSE, schema, table, masks, everybody.treatments)
    connection.execute("commit")
    return sorted(table for _, table in tables)


def _rows_and_digest(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int | str]:
    rows = connection.execute(f'select count(*) from "{table}"').fetchone()[0]
    return {"rows": rows, "digest": table_digest(connection, "main", table)}


def _checked_build(connection: duckdb.DuckDBPyConnection, build_id: str, as_of: date) -> dict:
    """Versions and audit outcomes of the build, when it is the one in the warehouse and was let through."""
    connection.execute(f"use {WAREHOUSE}")
    try:
        held = connection.execute(
            "select build_id, as_of_date, policy_version, code_version, currency from ops.current_build"
        ).fetchone()
        if held is None or held[:2] != (build_id, as_of):
            found = f"build {held[0]} as of {held[1]}" if held else "no build"
            raise PublishRefused(
                f"build {build_id} as of {as_of} cannot be published: the warehouse holds {found}. "
                "Build it again first."
            )
        missing = [layer for layer in AUDITED_LAYERS if layer not in audited_layers(connection, build_id)]
        if missing:
            raise PublishRefused(
                f"build {build_id} cannot be published: no passed audit of {', '.join(missing)}. "
                "Run the audits; where a blocking expectation failed, correct its cause first."
            )
        quality = quality_counts(connection, build_id)
        known = connection.execute("select max(finished_at) from ops.layer_state where layer = 'core'").fetchone()[0]
    finally:
        connection.execute("use tierworks")
    return {
        "policy_version": held[2],
        "code_version": held[3],
        "currency": held[4],
        "quality": quality,
        "known_until": known and known.isoformat(),
    }


def _model_versions(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Version of each model whose scores at the as-of date are published."""
    present = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    found: dict[str, str] = {}
    told = {
        *("churn_scores", "clv_scores", "customer_segments", "product_propensity", "recommendations"),
        "uplift_scores",
    }
    for table in sorted(present & told):
        found |= dict(
            connection.execute(
                f"select model_name, max_by(model_version, as_of_date) from main.{table} "
                "where model_version is not null group by 1 order by 1"
            ).fetchall()
        )
    return found


def _describe(connection: duckdb.DuckDBPyConnection, facts: dict) -> None:
    connection.execute(
        """
        create table published_version (
            build_id varchar, as_of_date date, workspace varchar, published_at timestamp, policy_version varchar,
            code_version varchar, models json, quality_passed bigint, quality_failed_warning bigint,
            quality_failed_blocking bigint, tables json, currency varchar
        )
        """
    )
    connection.execute("comment on table published_version is 'One row: what this version is and what it was made by.'")
    quality = facts["quality"]
    plain = ("build_id", "as_of_date", "workspace", "published_at", "policy_version", "code_version")
    connection.execute(
        f"insert into published_version values ({', '.join('?' * 12)})",
        [
            *(facts[name] for name in plain),
            json.dumps(facts["models"]),
            *(quality[name] for name in ("passed", "failed_warning", "failed_blocking")),
            json.dumps(facts["tables"]),
            facts["currency"],
        ],
    )


def _seal(folder: Path) -> None:
    """Bring every file to disk and take the right to write from all; what is restricted stays its owner's."""
    restricted = {path.name for path in restricted_files(folder)}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            path.chmod(0o600 if path.name in restricted else 0o444)
    sync_folder(folder / "parquet")
    sync_folder(folder)
