"""Data health as each build told it: what a steward's fix changed, from one build to the next."""

from __future__ import annotations

from datetime import datetime

import duckdb

_TABLE = "ops.health_by_build"


def remember_health(connection: duckdb.DuckDBPyConnection, build_id: str, checked_at: datetime) -> None:
    """Keep the overall scores of the build that was audited, in the place of those of an earlier audit of it."""
    connection.execute(
        f"create table if not exists {_TABLE} (build_id varchar, dimension varchar, score double, checked_at timestamp)"
    )
    connection.execute("begin")
    connection.execute(f"delete from {_TABLE} where build_id = ?", [build_id])
    connection.execute(
        f"insert into {_TABLE} select build_id, dimension, score, ? from marts.data_health_summary "
        "where level = 'overall' and is_current and build_id = ? order by dimension",
        [checked_at, build_id],
    )
    connection.execute("commit")


def health_of_builds(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], float]:
    """Overall score by build and dimension; `all` is the mean of the dimensions."""
    if not _kept(connection):
        return {}
    rows = connection.execute(f"select build_id, dimension, score from {_TABLE}").fetchall()
    return {(build_id, dimension): score for build_id, dimension, score in rows}


def health_before(connection: duckdb.DuckDBPyConnection, build_id: str) -> dict[str, float]:
    """Overall score by dimension of the build that was audited before this one; empty when there is none."""
    if not _kept(connection):
        return {}
    rows = connection.execute(
        f"""
        select dimension, score from {_TABLE} where build_id = (
            select arg_max(build_id, (checked_at, build_id)) from {_TABLE} where build_id <> $build
            and checked_at < (select max(checked_at) from {_TABLE} where build_id = $build)
        )
        """,
        {"build": build_id},
    ).fetchall()
    return dict(rows)


def _kept(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'health_by_build'"
        ).fetchone()
    )
