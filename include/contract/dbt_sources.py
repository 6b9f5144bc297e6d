"""Renders the contract as dbt sources: `python -m include.contract.dbt_sources` rewrites the file."""

from __future__ import annotations

import json

from include.contract.reader import Column, Entity, read_contract
from include.workspace import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "dbt_project" / "models" / "staging" / "crm" / "_crm__contract.yml"
_HEAD = """# Written from include/contract/entities/*.yml by `python -m include.contract.dbt_sources`.
version: 2

sources:
  - name: crm
    description: Contract rows of every source, as the load accepted them. One table per entity of the CRM contract.
    schema: raw
    config:
      loaded_at_field: _loaded_at
      freshness: {warn_after: {count: 2, period: day}}
    tables:
"""


def render_sources() -> str:
    """The YAML text of the source `crm`."""
    return _HEAD + "".join(_table(entity) for entity in read_contract().values())


def _table(entity: Entity) -> str:
    lines = [f"      - name: {entity.name}", f"        description: {json.dumps(entity.description)}"]
    lines += ["        columns:", *(line for column in entity.columns for line in _columns(column))]
    return "\n".join(lines) + "\n"


def _columns(column: Column) -> list[str]:
    what = column.description + (f" One of: {', '.join(column.codes)}." if column.codes else "")
    what += f" Unit: {column.unit}." if column.unit else ""
    described = [(column.name, what)]
    described += [(day, f"Local business date of {column.name}.") for day, _ in column.physical[1:]]
    return [
        f"          - {{name: {name}, description: {json.dumps(text, ensure_ascii=False)}}}" for name, text in described
    ]


if __name__ == "__main__":
    SOURCES.write_text(render_sources(), encoding="utf-8")
