"""What each column of the contract means to data health: which date places a row in time, and what may be absent."""

from __future__ import annotations

from dataclasses import dataclass

from include.contract.reader import Column, Entity


@dataclass(frozen=True)
class Role:
    """A column's part in its entity.

    A row is placed in time by the column that `is_event_date`, or, where the entity has none, by the row that the
    column which `lends_event_date` refers to. An `is_occasional` column is empty by nature in many rows: a later
    moment that may not have come, or a link that a row need not have.
    """

    entity: str
    column: Column
    is_key: bool
    is_event_date: bool
    lends_event_date: bool
    is_occasional: bool


def column_roles(contract: dict[str, Entity]) -> list[Role]:
    """The role of every column, in the order of the contract."""
    return [_role(contract, entity, column) for entity in contract.values() for column in entity.columns]


def _role(contract: dict[str, Entity], entity: Entity, column: Column) -> Role:
    dates = column.name == entity.dated_by
    later = column.type in ("timestamp", "date") and not column.pii and not dates
    return Role(
        entity.name,
        column,
        column.name == entity.key,
        dates,
        column.name == _lender(contract, entity),
        not column.required and (later or column.references is not None),
    )


def _lender(contract: dict[str, Entity], entity: Entity) -> str | None:
    if entity.dated_by:
        return None
    dated = (c.name for c in entity.columns if c.required and c.references and contract[c.references].dated_by)
    return next(dated, None)
