"""What is checked of each table: tests of the dbt models, and rules of the audits, with what happens when one fails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from expectations.suite_reader import AUDITED_LAYERS, read_suites

_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_PLAIN = {
    "expect_column_values_to_not_be_null": "never null",
    "expect_column_values_to_be_null": "always null",
    "expect_column_values_to_be_unique": "no value twice",
    "expect_compound_columns_to_be_unique": "one row each",
}


@dataclass(frozen=True)
class Check:
    """A check in words. `columns` are those it speaks of; `fails` says what its failing does."""

    title: str
    why: str
    columns: tuple[str, ...]
    fails: str
    is_key: bool = False


def checks_by_table(manifest: dict, further: Path | None = None) -> dict[str, list[Check]]:
    """Checks by `schema.table`: those of dbt first, then those of the shipped suites and of a workspace's own.

    Raises
    ------
    SuiteInvalid: a suite cannot be read.
    """
    found: dict[str, list[Check]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            found.setdefault(_title(node), []).extend(_promised(node))
    for node in manifest["nodes"].values():
        tested = manifest["nodes"].get(node.get("attached_node"))
        if node["resource_type"] == "test" and tested and node.get("test_metadata"):
            found.setdefault(_title(tested), []).extend(_tested(node, set(tested["columns"])))
    for layer in AUDITED_LAYERS:
        for suite in read_suites(layer, further):
            found.setdefault(suite.table, []).extend(_audited(rule) for rule in suite.rules)
    return found


def _title(node: dict) -> str:
    return f"{node['schema']}.{node.get('alias') or node['name']}"


def _promised(node: dict) -> list[Check]:
    """Constraints of the model's contract: a build that breaks one writes nothing."""
    columns = tuple(
        name
        for name, column in node["columns"].items()
        if any(constraint["type"] == "not_null" for constraint in column.get("constraints") or ())
    )
    return [Check("never null", "", columns, "the build stops")] if columns else []


def _tested(node: dict, known: set[str]) -> list[Check]:
    metadata, severity = node["test_metadata"], node["config"].get("severity", "ERROR")
    fails = "the build stops" if severity.upper() == "ERROR" else "it is told"
    name, arguments = metadata["name"], metadata["kwargs"]
    if name == "always":
        return [
            Check(rule.replace("_", " "), condition, _spoken_of(condition, known), fails)
            for rule, condition in arguments["rules"].items()
        ]
    if name == "one_row_per":
        columns = tuple(arguments["columns"])
        return [Check("key", f"One row per {', '.join(columns)}.", columns, fails, is_key=True)]
    named = node.get("column_name") or arguments.get("column_name")
    columns = (named,) if named else _spoken_of(str(arguments), known)
    words = {
        "not_null": "never null",
        "relationships": f"is in {_to(arguments)}",
        "accepted_values": f"one of {', '.join(map(str, arguments.get('values', ())))}",
    }
    return [Check(words.get(name, name.replace("_", " ")), "", columns, fails)]


def _audited(rule) -> Check:
    fails = "nothing is published" if rule.severity == "blocking" else "it is told"
    arguments = rule.arguments
    if rule.expectation == "expect_column_values_to_be_between":
        title = f"{arguments.get('min_value', '')} to {arguments.get('max_value', '')}".strip()
    elif rule.expectation == "expect_column_values_to_be_in_set":
        title = f"one of {', '.join(map(str, arguments['value_set']))}"
    else:
        title = _PLAIN.get(rule.expectation, rule.title.removeprefix("expect_").replace("_", " "))
    return Check(title, " ".join(rule.why.split()), rule.columns, fails)


def _spoken_of(words: str, known: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in _WORD.findall(words) if word in known))


def _to(arguments: dict) -> str:
    """The column that a relation leads to, such as `policy.tiers.tier`."""
    return ".".join([*re.findall(r"'(\w+)'", str(arguments.get("to"))), str(arguments.get("field"))])
