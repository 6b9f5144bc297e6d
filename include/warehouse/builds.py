"""What the working warehouse holds at the moment: which build, for which date, up to which layer."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

import duckdb

from include.workspace import PROJECT_ROOT

LAYERS = ("core", "marts")  # core includes staging, which is views
_CODE = ("dbt_project/models", "dbt_project/macros", "dbt_project/seeds", "ml", "include", "expectations")


@dataclass(frozen=True)
class Build:
    """One build of the warehouse. `layers` are those finished for it, in order."""

    build_id: str
    as_of: date
    policy_version: str
    code_version: str
    layers: tuple[str, ...]

    def same_inputs(self, as_of: date, policy_version: str, code: str) -> bool:
        return (self.as_of, self.policy_version, self.code_version) == (as_of, policy_version, code)


@cache
def code_version() -> str:
    """Twelve hex digits of a hash over every file that decides what the marts hold."""
    digest = hashlib.sha256()
    for root in _CODE:
        for path in sorted((PROJECT_ROOT / root).rglob("*")):
            if path.suffix in {".py", ".sql", ".yml", ".csv"}:
                digest.update(str(path.relative_to(PROJECT_ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _create_build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create table if not exists ops.current_build (
            build_id varchar, as_of_date date, policy_version varchar, code_version varchar, started_at timestamp
        );
        alter table ops.current_build add column if not exists currency varchar;
        create table if not exists ops.layer_state (layer varchar, build_id varchar, finished_at timestamp);
        """
    )


def begin_build(connection: duckdb.DuckDBPyConnection, as_of: date, policy_version: str) -> Build:
    """Start a new build: its id replaces the former one, whose layers no longer count as finished."""
    _create_build_tables(connection)
    now = datetime.now(UTC).replace(tzinfo=None)
    build_id = f"{as_of:%Y%m%d}_{now:%Y%m%dT%H%M%S}_{secrets.token_hex(2)}"
    connection.execute("begin")
    connection.execute("delete from ops.layer_state")
    connection.execute("delete from ops.current_build")
    connection.execute(
        "insert into ops.current_build values (?, ?, ?, ?, ?, null)",
        [build_id, as_of, policy_version, code_version(), now],
    )
    connection.execute("commit")
    return Build(build_id, as_of, policy_version, code_version(), ())


def current_build(connection: duckdb.DuckDBPyConnection) -> Build | None:
    """The build the warehouse holds, or None before the first."""
    begun = "select count(*) from duckdb_tables() where schema_name = 'ops' and table_name = 'current_build'"
    if not connection.execute(begun).fetchone()[0]:
        return None
    row = connection.execute(
        "select build_id, as_of_date, policy_version, code_version from ops.current_build"
    ).fetchone()
    if row is None:
        return None
    done = connection.execute("select layer from ops.layer_state where build_id = ?", [row[0]]).fetchall()
    return Build(*row, tuple(layer for layer in LAYERS if (layer,) in done))


def finish_layer(connection: duckdb.DuckDBPyConnection, build: Build, layer: str) -> None:
    """Record that `layer` is whole for the build; the layers after it are so no longer."""
    later = LAYERS[LAYERS.index(layer) :]
    connection.execute("begin")
    connection.execute("delete from ops.layer_state where layer in (select unnest(?))", [list(later)])
    connection.execute("insert into ops.layer_state values (?, ?, now()::timestamp)", [layer, build.build_id])
    connection.execute("commit")


def reopen_layer(connection: duckdb.DuckDBPyConnection, layer: str) -> None:
    """Forget that `layer` and those after it were finished, before they are written again."""
    later = LAYERS[LAYERS.index(layer) :]
    connection.execute("delete from ops.layer_state where layer in (select unnest(?))", [list(later)])


def renew_build_id(connection: duckdb.DuckDBPyConnection, build: Build) -> Build:
    """Give the same build a new id, its audits with it: a published version never changes under its id."""
    now = datetime.now(UTC).replace(tzinfo=None)
    new_id = f"{build.as_of:%Y%m%d}_{now:%Y%m%dT%H%M%S}_{secrets.token_hex(2)}"
    connection.execute("begin")
    connection.execute("update ops.current_build set build_id = ?, started_at = ?", [new_id, now])
    connection.execute("update ops.layer_state set build_id = ? where build_id = ?", [new_id, build.build_id])
    audited = connection.execute(
        "select count(*) from information_schema.tables where table_schema = 'ops' and table_name = 'quality_results'"
    ).fetchone()[0]
    if audited:
        connection.execute(
            "insert into ops.quality_results select * replace (? as build_id) from ops.quality_results "
            "where build_id = ? and layer in ('raw', 'facts')",
            [new_id, build.build_id],
        )
    connection.execute("commit")
    return current_build(connection)
