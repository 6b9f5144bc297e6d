"""The policy of data health: rules over columns of the contract, checked against it and written as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import Located, did_you_mean
from include.contract.reader import Entity, read_contract

if TYPE_CHECKING:
    from include.policies.rules import Setting

DIMENSIONS = ("completeness", "validity", "uniqueness", "timeliness", "consistency")
SEVERITIES = ("warning", "blocking")
# Figures of a row that come from another table: the sum of an order's lines.
DERIVED = {"orders": {"lines_amount": "number"}}
_KINDS = {"BIGINT": "number", "DECIMAL(18,4)": "number", "DOUBLE": "number", "DATE": "date", "TIMESTAMP": "moment"}
_COMPARISON = re.compile(r"\s*([a-z]\w*)\s*(>=|<=|!=|>|<|=)\s*(?:([a-z]\w*)|(-?\d+(?:\.\d+)?))\s*")

TABLES = {
    "data_health_dimensions": "dimension varchar, dimension_zh varchar, at_least double, severity varchar",
    "data_health_exceptions": "rule varchar, dimension varchar, table_name varchar, column_name varchar, "
    "at_least double, severity varchar",
    "data_health_sometimes_empty": "table_name varchar, column_name varchar",
    "data_health_settings": "fresh_within_days integer",
    "data_health_freshness": "table_name varchar, days integer",
    "data_health_distinct": "rule varchar, table_name varchar, column_name varchar",
    "data_health_rules": "rule varchar, position integer, dimension varchar, table_name varchar, column_name varchar, "
    "within double, condition_no integer, left_column varchar, operator varchar, right_column varchar, "
    "right_value varchar",
}


@dataclass(frozen=True)
class Comparison:
    """`left operator right`, where right is a column or a number as written."""

    left: str
    operator: str
    right_column: str | None
    right_value: str | None


@cache
def contract() -> dict[str, Entity]:
    """The entities that a rule may name; read once, since every value of the policy asks."""
    return read_contract()


def parse_comparisons(words: str, columns: dict[str, str]) -> tuple[Comparison, ...]:
    """The comparisons of a `holds`, all of which must be true; `columns` gives the kind of each column.

    Raises
    ------
    ValueError: a part is no comparison, names an unknown column (with the nearest known one), or mixes kinds.
    """
    return tuple(_comparison(part, columns) for part in re.split(r"\band\b", words))


def comparable_columns(table: str) -> dict[str, str]:
    """Numbers, dates and moments of an entity of the contract, with what is derived for it: kind by stored name."""
    stored = {name: _KINDS[kind] for name, kind in contract()[table].physical if kind in _KINDS}
    return stored | DERIVED.get(table, {})


def _comparison(part: str, columns: dict[str, str]) -> Comparison:
    match = _COMPARISON.fullmatch(part)
    if not match:
        raise ValueError(
            f"{part.strip()!r} is no comparison. Write a column, one of > >= < <= = != and a column or a number, "
            "and join comparisons with and."
        )
    left, operator, right_column, right_value = match.groups()
    for name in filter(None, (left, right_column)):
        if name not in columns:
            raise ValueError(f"no number or date is called {name}.{did_you_mean(name, columns)}")
    kind, other = columns[left], columns[right_column] if right_column else "number"
    if kind != other:
        raise ValueError(f"{left} is a {kind} and cannot be compared with the {other} {right_column or right_value}.")
    return Comparison(left, operator, right_column, right_value)


def faults_between(settings: dict[str, Setting]) -> Iterator[str]:
    """Every dimension is judged once, and everything else names columns that the contract has."""
    listed = settings["dimensions"]
    given = [item.value["name"].value for item in listed.located.value]
    for missing in (name for name in DIMENSIONS if name not in given):
        yield listed.at(listed.located, "dimensions", f"{missing} is missing: each dimension needs its bar.")
    for key in ("exceptions", "sometimes_empty", "distinct", "rules"):
        for item in settings[key].located.value:
            named = f"rule {item.value['rule'].value}" if "rule" in item.value else f"{key} {item.value['table'].value}"
            for column in _columns_of(item):
                if fault := _unknown_column(item.value["table"].value, column.value):
                    yield settings[key].at(column, named, fault)
    for item in settings["distinct"].located.value:
        column = contract()[item.value["table"].value].by_name.get(item.value["column"].value)
        if column and column.type != "text":
            words = f"{column.name} is no text. Only texts are looked at for being told twice."
            yield settings["distinct"].at(item.value["column"], f"rule {item.value['rule'].value}", words)
    seen: dict[tuple, str] = {}
    for item in settings["exceptions"].located.value:
        facts = item.plain()
        first = seen.setdefault((facts["dimension"], facts["table"], facts.get("column")), facts["rule"])
        if first != facts["rule"]:
            words = f"{first} judges the same. Keep one of them."
            yield settings["exceptions"].at(item, f"rule {facts['rule']}", words)
    for item in settings["rules"].located.value:
        try:
            parse_comparisons(item.value["holds"].value, comparable_columns(item.value["table"].value))
        except ValueError as error:
            yield settings["rules"].at(item.value["holds"], f"rule {item.value['rule'].value}", str(error))


def _columns_of(item: Located) -> list[Located]:
    if "columns" in item.value:
        return item.value["columns"].value
    return [item.value["column"]] if "column" in item.value else []


def _unknown_column(table: str, column: str) -> str | None:
    known = contract()[table].by_name
    return None if column in known else f"{table} has no column {column}.{did_you_mean(column, known)}"


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    severities = {dimension["name"]: dimension["severity"] for dimension in policy["dimensions"]}
    return {
        "data_health_dimensions": [
            (one["name"], one.get("zh"), float(one["at_least"]), one["severity"]) for one in policy["dimensions"]
        ],
        "data_health_exceptions": [
            (
                one["rule"],
                one["dimension"],
                one["table"],
                one.get("column"),
                float(one["at_least"]),
                one.get("severity", severities[one["dimension"]]),
            )
            for one in policy["exceptions"]
        ],
        "data_health_sometimes_empty": [
            (one["table"], column) for one in policy["sometimes_empty"] for column in one["columns"]
        ],
        "data_health_settings": [(policy["fresh_within_days"],)],
        "data_health_freshness": [(one["table"], one["days"]) for one in policy["freshness"]],
        "data_health_distinct": [(one["rule"], one["table"], one["column"]) for one in policy["distinct"]],
        "data_health_rules": [
            (
                one["rule"],
                position,
                one["dimension"],
                one["table"],
                one["column"],
                float(one.get("within", 0)),
                number,
                part.left,
                part.operator,
                part.right_column,
                part.right_value,
            )
            for position, one in enumerate(policy["rules"], 1)
            for number, part in enumerate(parse_comparisons(one["holds"], comparable_columns(one["table"])), 1)
        ],
    }
