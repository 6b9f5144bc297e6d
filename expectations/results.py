"""What the audits found, kept in `ops.quality_results` for the gate, the publisher and the steward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

import duckdb

from expectations.suite_reader import AUDITED_LAYERS


@dataclass(frozen=True)
class QualityResult:
    """One expectation of one table in one build. `observed` is words and counts, never a personal value."""

    build_id: str
    layer: str
    schema_name: str
    table_name: str
    expectation: str
    column_name: str | None
    severity: str
    passed: bool
    observed: str
    unexpected_rows: int | None
    description: str
    checked_at: datetime

    @property
    def subject(self) -> str:
        table = f"{self.schema_name}.{self.table_name}"
        return f"{table}.{self.column_name}" if self.column_name else table


def create_quality_table(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create table if not exists ops.quality_results (
            build_id varchar, layer varchar, schema_name varchar, table_name varchar, expectation varchar,
            column_name varchar, severity varchar, passed boolean, observed varchar, unexpected_rows bigint,
            description varchar, checked_at timestamp
        )
        """
    )


def replace_results(
    connection: duckdb.DuckDBPyConnection, build_id: str, layer: str, results: Sequence[QualityResult]
) -> None:
    """Put the results of a build's layer in the place of those of an earlier audit of the same, at once."""
    create_quality_table(connection)
    connection.execute("begin")
    connection.execute("delete from ops.quality_results where build_id = ? and layer = ?", [build_id, layer])
    connection.executemany(
        f"insert into ops.quality_results values ({', '.join('?' * 12)})", [astuple(result) for result in results]
    )
    connection.execute("commit")


def has_results(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        connection.execute(
            "select 1 from information_schema.tables where table_schema = 'ops' and table_name = 'quality_results'"
        ).fetchone()
    )


def audited_layers(connection: duckdb.DuckDBPyConnection, build_id: str) -> tuple[str, ...]:
    """Layers of the build that were audited and let through: no blocking expectation failed.

    An audit counts only for the rows it looked at: not when what it audits was built again afterwards.
    """
    if not has_results(connection):
        return ()
    found = connection.execute(
        """
        select results.layer
        from ops.quality_results as results
        left join ops.layer_state as built
            on results.build_id = built.build_id
            and built.layer = case results.layer when 'facts' then 'core' when 'raw' then null else 'marts' end
        where results.build_id = ?
        group by results.layer
        having count(*) filter (where not passed and severity = 'blocking') = 0
            and coalesce(min(checked_at) >= max(finished_at), true)
        """,
        [build_id],
    ).fetchall()
    return tuple(layer for layer in AUDITED_LAYERS if (layer,) in found)


def quality_counts(connection: duckdb.DuckDBPyConnection, build_id: str) -> dict[str, int]:
    """Expectations of the build by outcome: `passed`, `failed_warning`, `failed_blocking`."""
    counts = dict.fromkeys(("passed", "failed_warning", "failed_blocking"), 0)
    if has_results(connection):
        counts |= dict(
            connection.execute(
                "select case when passed then 'passed' else 'failed_' || severity end, count(*) "
                "from ops.quality_results where build_id = ? group by 1",
                [build_id],
            ).fetchall()
        )
    return counts
