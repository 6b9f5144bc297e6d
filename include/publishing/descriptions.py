"""What tables, columns and figures mean, as the dbt models say it: told in the version itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import duckdb

from include.publishing.copying import literal
from include.workspace import Workspace

METRICS_TABLE = "metric_definitions"


@dataclass(frozen=True)
class Descriptions:
    """Words by table and by (table, column); `metrics` holds (metric, label, unit, description) of each figure."""

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    metrics: list[tuple[str, str, str | None, str]] = field(default_factory=list)


def read_descriptions(workspace: Workspace) -> Descriptions:
    """Descriptions of the manifest of the workspace's last build; none where dbt wrote no manifest."""
    path = workspace.dbt_target / "manifest.json"
    if not path.is_file():
        return Descriptions()
    manifest = json.loads(path.read_text())
    models = {
        node.get("alias") or node["name"]: node
        for node in manifest["nodes"].values()
        if node.get("resource_type", "model") == "model"
    }
    return Descriptions(
        {table: model["description"] for table, model in models.items() if model.get("description")},
        {
            (table, name): column["description"]
            for table, model in models.items()
            for name, column in model.get("columns", {}).items()
            if column.get("description")
        },
        sorted(
            (metric["name"], metric["label"], metric["config"]["meta"].get("unit"), metric["description"])
            for metric in manifest.get("metrics", {}).values()
        ),
    )


def read_keys(workspace: Workspace) -> dict[str, list[str]]:
    """Columns that tell the rows of each published table apart, as the dbt tests of its grain say."""
    path = workspace.dbt_target / "manifest.json"
    if not path.is_file():
        return {}
    nodes = json.loads(path.read_text())["nodes"]
    keys = {}
    for test in nodes.values():
        tested = nodes.get(test.get("attached_node"))
        if tested and (test.get("test_metadata") or {}).get("name") == "one_row_per":
            keys[tested.get("alias") or tested["name"]] = test["test_metadata"]["kwargs"]["columns"]
    return {table: columns for table, columns in keys.items() if all(name.isidentifier() for name in columns)}


def write_descriptions(connection: duckdb.DuckDBPyConnection, told: Descriptions) -> None:
    """Comment on the tables and columns that are there, and lay down the figures as a table of their own."""
    held = connection.execute(
        "select table_name, list(column_name) from duckdb_columns() where not internal group by all order by all"
    ).fetchall()
    for table, columns in held:
        if table in told.tables:
            connection.execute(f'comment on table "{table}" is {literal(told.tables[table])}')
        for name in columns:
            if (table, name) in told.columns:
                connection.execute(f'comment on column "{table}"."{name}" is {literal(told.columns[table, name])}')
    connection.execute(
        f"create table {METRICS_TABLE} (metric varchar, label varchar, unit varchar, description varchar)"
    )
    if told.metrics:
        connection.executemany(f"insert into {METRICS_TABLE} values (?, ?, ?, ?)", told.metrics)
    connection.execute(
        f"comment on table {METRICS_TABLE} is 'One row per figure that is defined once (dbt semantic metrics): "
        "its label, unit and definition.'"
    )
