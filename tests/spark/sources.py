"""What dbt reads, given to Spark: every source table as Parquet, registered under its own name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import duckdb

from include.workspace import Workspace
from tests.spark.cluster import ENVIRONMENT, SparkCluster


def declared_sources(workspace: Workspace) -> list[tuple[str, str]]:
    """Schema and name of every source table of the dbt project, read from the manifest of the last build."""
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text())
    return sorted({(source["schema"], source["identifier"]) for source in manifest["sources"].values()})


def register_sources(workspace: Workspace, cluster: SparkCluster, folder: Path) -> int:
    """Copy the sources that the warehouse holds into `folder` and make tables of them; returns how many."""
    statements = []
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        sources = declared_sources(workspace)
        statements += [
            f"create database if not exists {schema}" for schema in sorted({schema for schema, _ in sources})
        ]
        for schema, table in sources:
            place = folder / schema / table
            place.mkdir(parents=True)
            rows = connection.table(f"{schema}.{table}")
            rows.write_parquet(str(place / "part-0.parquet"))
            columns = ", ".join(
                f"`{name}` {spark_type(kind)}" for name, kind in zip(rows.columns, rows.types, strict=True)
            )
            statements.append(f"create table {schema}.{table} ({columns}) using parquet location '{place}'")
    subprocess.run(
        [ENVIRONMENT / "bin" / "python", Path(__file__).with_name("run_sql.py"), str(cluster.port)],
        input="\n".join(statements), text=True, check=True,
    )  # fmt: skip
    return len(sources)


def spark_type(kind: duckdb.sqltypes.DuckDBPyType) -> str:
    """How Spark writes a type of DuckDB's."""
    if kind.id == "list":
        return f"array<{spark_type(kind.children[0][1])}>"
    if kind.id == "struct":
        return f"struct<{', '.join(f'`{name}`: {spark_type(of)}' for name, of in kind.children)}>"
    return {"VARCHAR": "string", "INTEGER": "int", "JSON": "string"}.get(str(kind), str(kind).lower())
