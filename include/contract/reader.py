"""Reads the CRM contract from its YAML, one file per entity."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from include.contract.positioned_yaml import Located, YamlInvalid, did_you_mean, read_positioned

FOLDER = Path(__file__).parent
REQUIRED_ENTITIES = ("customers", "orders")
PHYSICAL_TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_COLUMN_KEYS = {
    "name", "type", "required", "unit", "at_least", "at_most", "codes", "pii", "sensitive", "references", "description"
}  # fmt: skip
_NUMBERS = ("integer", "decimal", "number")
_ENTITY_KEYS = {"description", "key", "dated_by", "columns"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class ContractInvalid(ValueError):
    """The contract itself is wrong; the message is `file:line: what is wrong`."""


@dataclass(frozen=True)
class Column:
    """A column of the contract.

    `pii` is None, `direct` (names the person) or `quasi` (helps to); `sensitive` is what is nobody's business, such as
    income. `references` is the entity whose keys it holds. `at_least` and `at_most` are the bounds, in the column's
    unit, outside of which a number is refused; None: there is none.
    """

    name: str
    type: str
    required: bool = False
    unit: str | None = None
    codes: tuple[str, ...] = ()
    pii: str | None = None
    sensitive: bool = False
    references: str | None = None
    description: str = ""
    at_least: int | float | None = None
    at_most: int | float | None = None

    @property
    def physical(self) -> tuple[tuple[str, str], ...]:
        """Columns of the table: a timestamp `x_at` brings its local business date `x_on`."""
        own = (self.name, PHYSICAL_TYPES[self.type])
        return (own, (f"{self.name[:-3]}_on", "DATE")) if self.type == "timestamp" else (own,)


def _bounds(column: Column) -> list[int | float | None]:
    """Its bounds; empty when it has none, so that a column without them is told as before there were any."""
    return [] if column.at_least is column.at_most is None else [column.at_least, column.at_most]


@dataclass(frozen=True)
class Entity:
    """A table of the contract; `columns` in their physical order. `dated_by` says when what a row tells happened."""

    name: str
    description: str
    key: str
    columns: tuple[Column, ...]
    dated_by: str | None = None

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def physical(self) -> tuple[tuple[str, str], ...]:
        return tuple(pair for column in self.columns for pair in column.physical)

    @property
    def day(self) -> str | None:
        """The physical date column of `dated_by`; None for what has no date."""
        return self.dated_by and f"{self.dated_by[:-3]}_on"

    @cached_property
    def digest(self) -> str:
        """Changes when a stored value could: names, types, codes, duties and bounds, not descriptions."""
        facts = [[c.name, c.type, c.required, c.codes, *_bounds(c)] for c in self.columns]
        return hashlib.md5(json.dumps([self.name, self.key, facts]).encode()).hexdigest()


@dataclass(frozen=True)
class DateBounds:
    """First and last plausible local days."""

    earliest: datetime.date
    latest: datetime.date


@cache
def read_contract(folder: Path = FOLDER / "entities") -> Mapping[str, Entity]:
    """Every entity by name, in name order.

    Raises
    ------
    ContractInvalid: the first thing wrong, with file and line.
    """
    entities = {path.stem: _entity(path) for path in sorted(folder.glob("*.yml"))}
    for entity in entities.values():
        for column in entity.columns:
            if column.references not in (None, *entities):
                meant = did_you_mean(column.references, entities)
                raise ContractInvalid(
                    f"{folder / entity.name}.yml: column {column.name} refers to an unknown entity "
                    f"{column.references}.{meant}"
                )
    return MappingProxyType(entities)


def read_date_bounds(path: Path = FOLDER / "bounds.yml") -> DateBounds:
    """Bounds that a date or time must lie in, as local days."""
    content = read_positioned(path)
    try:
        days = {key: datetime.date.fromisoformat(content.value[key].text) for key in ("earliest", "latest")}
    except (KeyError, ValueError):
        raise ContractInvalid(f"{path}:{content.line}: give earliest and latest as YYYY-MM-DD.") from None
    return DateBounds(**days)


def _entity(path: Path) -> Entity:
    try:
        content = read_positioned(path)
    except YamlInvalid as error:
        raise ContractInvalid(str(error)) from None
    fields = content.value if isinstance(content.value, dict) else {}
    for unknown in fields.keys() - _ENTITY_KEYS:
        raise ContractInvalid(
            f"{path}:{fields[unknown].line}: unknown property {unknown}.{did_you_mean(unknown, _ENTITY_KEYS)}"
        )
    for needed in ("description", "key", "columns"):
        if needed not in fields:
            raise ContractInvalid(f"{path}:{content.line}: {needed} is missing.")
    columns = tuple(_column(path, item) for item in fields["columns"].value)
    names = [name for column in columns for name, _ in column.physical]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ContractInvalid(f"{path}:{fields['columns'].line}: column {min(repeated)} is given twice.")
    key = fields["key"].text
    if key not in {column.name for column in columns if column.required and column.type == "text"}:
        raise ContractInvalid(f"{path}:{fields['key'].line}: key {key} must be a required text column.")
    dated_by = fields["dated_by"].text if "dated_by" in fields else None
    if dated_by not in (None, *(column.name for column in columns if column.type in ("date", "timestamp"))):
        raise ContractInvalid(f"{path}:{fields['dated_by'].line}: dated_by {dated_by} must be a date or a timestamp.")
    return Entity(path.stem, fields["description"].text, key, columns, dated_by)


def _column(path: Path, item: Located) -> Column:
    def refuse(message: str, line: int = item.line) -> ContractInvalid:
        return ContractInvalid(f"{path}:{line}: {message}")

    if not isinstance(item.value, dict):
        raise refuse("a column is {name, type, …}.")
    for key in item.value:
        if key not in _COLUMN_KEYS:
            raise refuse(f"unknown property {key}.{did_you_mean(key, _COLUMN_KEYS)}")
    facts = item.plain()
    name, kind = facts.get("name"), facts.get("type")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refuse("a column needs a name of lower-case letters, digits and _.")
    if kind not in PHYSICAL_TYPES:
        raise refuse(f"column {name}: unknown type {kind}.{did_you_mean(str(kind), PHYSICAL_TYPES)}")
    if kind == "timestamp" and not name.endswith("_at"):
        raise refuse(f"column {name}: the name of a timestamp ends with _at.")
    if kind == "date" and not name.endswith("_on"):
        raise refuse(f"column {name}: the name of a date ends with _on.")
    if (kind == "code") != bool(facts.get("codes")):
        raise refuse(f"column {name}: codes belong to type code, and it needs them.")
    if facts.get("pii") not in (None, "direct", "quasi"):
        raise refuse(f"column {name}: pii is direct or quasi.")
    bounds = [facts[key] for key in ("at_least", "at_most") if key in facts]
    if bounds and kind not in _NUMBERS:
        raise refuse(f"column {name}: at_least and at_most belong to numbers.")
    if any(type(bound) not in (int, float) for bound in bounds) or bounds != sorted(bounds):
        raise refuse(f"column {name}: at_least and at_most are numbers, at_least the lower one.")
    if facts.get("sensitive") not in (None, True):
        raise refuse(f"column {name}: sensitive is true, or left out.")
    return Column(**(facts | {"codes": tuple(facts.get("codes") or ())}))
