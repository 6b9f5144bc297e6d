"""Compares every table that dbt made on Spark with the same table in DuckDB, row for row and column for column."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

# Sums of doubles come in any order; everything published is rounded far above this.
_RELATIVE = 1e-9


@dataclass
class Parity:
    """How one table of Spark compares with DuckDB's.

    `different` counts the rows in which a column differs; `mistyped` tells the columns whose types do.
    """

    table: str
    rows: int = 0
    rows_on_spark: int = 0
    columns: int = 0
    without_match: int = 0
    different: dict[str, int] = field(default_factory=dict)
    mistyped: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    seconds_on_spark: float = 0

    @property
    def is_equal(self) -> bool:
        return self.rows == self.rows_on_spark and not (self.without_match or self.different or self.mistyped)

    def told(self) -> str:
        """What differs, in words."""
        parts = [f"{self.without_match} rows without a match"] if self.without_match else []
        parts += [f"{column} in {rows} rows" for column, rows in self.different.items()]
        parts += [f"{column} is {types}" for column, types in self.mistyped.items()]
        return "; ".join(parts) or ("equal" if self.is_equal else f"{self.rows_on_spark} rows on Spark")


@dataclass(frozen=True)
class Table:
    """A model that dbt keeps as a table, with the columns that make a row of it unique."""

    schema: str
    name: str
    grain: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def built_tables(dbt_target: Path) -> list[Table]:
    """Every table model of the last dbt run; its grain is what its `one_row_per` test says."""
    nodes = json.loads((dbt_target / "manifest.json").read_text())["nodes"]
    grains = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in nodes.values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "one_row_per"
    }
    return sorted(
        (
            Table(node["schema"], node["alias"], grains.get(identifier, ()))
            for identifier, node in nodes.items()
            if node["resource_type"] == "model" and node["config"]["materialized"] != "view"
        ),
        key=str,
    )


def compare(connection: duckdb.DuckDBPyConnection, table: Table, parquet: Path) -> Parity:
    """Compare a table of the open warehouse with the Parquet files that Spark wrote of it."""
    if not any(parquet.glob("*.parquet")):
        return Parity(str(table), without_match=-1)
    ours, theirs = f"{table.schema}.{table.name}", f"read_parquet('{parquet}/*.parquet')"
    found = Parity(str(table), *(_count(connection, relation) for relation in (ours, theirs)))
    here, there = _types(connection, ours), _types(connection, theirs)
    found.columns = len(here)
    for column in here.keys() | there.keys():
        if here.get(column) != there.get(column):
            found.mistyped[column] = f"{here.get(column, 'absent')} on DuckDB, {there.get(column, 'absent')} on Spark"
    shared = [column for column in here if column in there]
    grain = table.grain or tuple(shared)
    matched = " and ".join(f'ours."{column}" is not distinct from theirs."{column}"' for column in grain)
    joined = f"(select *, true as here from {ours}) as ours full join (select *, true as there from {theirs}) as theirs"
    counts = ["count(*) filter (where here is null or there is null)"]
    counts += [f"count(*) filter (where here and there and {_differs(column, here[column])})" for column in shared]
    unmatched, *different = connection.execute(f"select {', '.join(counts)} from {joined} on {matched}").fetchone()
    found.without_match = unmatched
    found.different = {column: rows for column, rows in zip(shared, different, strict=True) if rows}
    return found


def _differs(column: str, kind: str) -> str:
    ours, theirs = f'ours."{column}"', f'theirs."{column}"'
    if kind != "DOUBLE":
        return f"{ours} is distinct from {theirs}"
    near = f"abs({ours} - {theirs}) <= {_RELATIVE} * greatest(abs({ours}), abs({theirs}))"
    return f"{ours} is distinct from {theirs} and not coalesce({near}, false)"


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return connection.execute(f"select count(*) from {relation}").fetchone()[0]


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return {column: kind.removesuffix(" WITH TIME ZONE") for column, kind, *_ in described}
