"""Whose a table is, and what its steward does about a rule that fails."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).parent
_LAYER_OWNERS = {"raw": "Data engineering, with the source", "scores": "ML engineering"}


def read_owners(manifest: Path) -> dict[str, str]:
    """Owner by `schema.table`, as the groups of the dbt models name them; empty where dbt wrote no manifest."""
    if not manifest.is_file():
        return {}
    told = json.loads(manifest.read_text())
    names = {group["name"]: group["owner"]["name"] for group in told["groups"].values()}
    return {
        f"{node['schema']}.{node['alias']}": names[node["group"]]
        for node in told["nodes"].values()
        if node["resource_type"] == "model" and node.get("group") in names
    }


def owner_of(owners: dict[str, str], table: str, layer: str) -> str:
    """The owner of the table's group, else of what writes its layer."""
    return owners.get(table) or _LAYER_OWNERS.get(layer, "Data engineering")


def what_to_do(layer: str, severity: str) -> str:
    """The next step about a rule of the layer that fails."""
    words = _words()
    return f"{words[layer]} {words[severity]}"


@cache
def _words() -> dict[str, str]:
    return yaml.safe_load((_FOLDER / "next_steps.yml").read_text(encoding="utf-8"))
