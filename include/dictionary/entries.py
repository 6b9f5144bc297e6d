"""Tables of a workspace's warehouse with what contract, dbt models and suites say of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from include.contract.reader import Entity, read_contract
from include.dictionary.checks import Check, checks_by_table
from include.dictionary.units import unit_of
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace

_ENGINEERING = "Data engineering"
_LINEAGE = {
    "source": "Name of the source that the row came from.",
    "_table": "Table of the source's declaration.",
    "_file": "File or query that held it.",
    "_line": "Line in the file, or number in the query.",
    "_batch_id": "Load that brought it.",
    "_loaded_at": "When it was loaded.",
}


@dataclass(frozen=True)
class Column:
    """A column; `personal` is the kind (or direct, quasi) where it tells of a person, else `''`."""

    name: str
    data_type: str
    unit: str = ""
    description: str = ""
    personal: str = ""
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table with its columns in their order and its checks.

    `part` in the work of models: `input`, `output`, or `''` for neither.
    """

    schema: str
    name: str
    description: str
    owner: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...] = ()
    key: tuple[str, ...] = ()
    part: str = ""

    @property
    def title(self) -> str:
        return f"{self.schema}.{self.name}"


def read_tables(workspace: Workspace) -> list[Table]:
    """Every table and view of the warehouse but policies, by schema and name.

    The working warehouse is read, so nobody may be writing it; dbt's manifest must be there.
    """
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text())
    with open_warehouse(workspace, read_only=True) as connection:
        found = connection.execute(
            "select table_schema, table_name, list((column_name, data_type) order by ordinal_position) "
            "from information_schema.columns where table_catalog = current_database() "
            "and table_schema in ('raw', 'ops', 'stg', 'int', 'core', 'scores', 'marts') group by all order by all"
        ).fetchall()
    told = {
        f"{node['schema']}.{node.get('alias') or node['name']}": node
        for node in (*manifest["nodes"].values(), *manifest["sources"].values())
        if node.get("resource_type") in ("model", "source")
    }
    owners = {group["name"]: group["owner"]["name"] for group in manifest["groups"].values()}
    checks, contract = checks_by_table(manifest, workspace.expectations), read_contract()
    inputs = {
        parent
        for exposure in manifest["exposures"].values()
        if exposure["type"] == "ml"
        for parent in exposure["depends_on"]["nodes"]
    }
    tables = []
    for schema, name, columns in found:
        title, entity = f"{schema}.{name}", contract.get(name) if schema == "raw" else None
        node = told.get(title, {})
        own = checks.get(title, [])
        tables.append(
            Table(
                schema,
                name,
                " ".join((entity.description if entity else node.get("description", "")).split()),
                owners.get(node.get("group"), _ENGINEERING),
                tuple(_column(entity, node, own, *pair) for pair in columns),
                tuple(own),
                next((check.columns for check in own if check.is_key), ()),
                _part(title, node, inputs),
            )
        )
    return tables


def _column(entity: Entity | None, node: dict, checks: list[Check], name: str, data_type: str) -> Column:
    said = tuple(dict.fromkeys(check.title for check in checks if name in check.columns))
    if entity is not None:
        return _contract_column(entity, name, data_type, said)
    told = node.get("columns", {}).get(name, {})
    meta = {**told.get("meta", {}), **told.get("config", {}).get("meta", {})}
    description = " ".join(told.get("description", "").split())
    return Column(name, data_type, meta.get("unit") or unit_of(name, data_type), description, meta.get("pii", ""), said)


def _contract_column(entity: Entity, name: str, data_type: str, said: tuple[str, ...]) -> Column:
    for column in entity.columns:
        if name not in dict(column.physical):
            continue
        duty = ("never null",) if column.required else ()
        codes = (f"one of {', '.join(column.codes)}",) if column.codes else ()
        words = column.description if name == column.name else f"Local business day of {column.name}."
        unit = column.unit or unit_of(name, data_type)
        return Column(name, data_type, unit, words, column.pii or "", (*duty, *codes, *said))
    return Column(name, data_type, unit_of(name, data_type), _LINEAGE.get(name, ""), "", said)


def _part(title: str, node: dict, inputs: set[str]) -> str:
    if node.get("unique_id") in inputs:
        return "input"
    parents = node.get("depends_on", {}).get("nodes", [])
    from_scores = any(parent.startswith("source.tierworks.scores.") for parent in parents)
    return "output" if title.startswith("scores.") or (title.startswith("marts.") and from_scores) else ""
