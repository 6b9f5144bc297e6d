"""What each column of the contract means to data health: which date places a row in time, and what a key refers to."""

from __future__ import annotations

from dataclasses import dataclass

from include.contract.reader import Column, Entity


@dataclass(frozen=True)
class Role:
    """A column's part in its entity.

    `refers_to` is the entity that the column is a key of. A row is placed in time by the column that `is_event_date`,
    or, where the entity has none, by the row that the column which `lends_event_date` refers to.
    """

    entity: str
    column: Column
    is_key: bool
    refers_to: str | None
    is_event_date: bool
    lends_event_date: bool


def column_roles(contract: dict[str, Entity]) -> list[Role]:
    """The role of every column, in the order of the contract.

    The event date is the first required moment, else the first moment, else the first date that is not personal.
    """
    keys = {entity.key: entity.name for entity in contract.values()}
    events = {entity.name: _event_date(entity) for entity in contract.values()}
    roles = []
    for entity in contract.values():
        refers = {
            column.name: keys[column.name]
            for column in entity.columns
            if column.name in keys and column.name != entity.key
        }
        lender = next(
            (c.name for c in entity.columns if c.required and events.get(refers.get(c.name, ""))),
            None,
        )
        for column in entity.columns:
            own = column.name == events[entity.name]
            lends = events[entity.name] is None and column.name == lender
            is_key = column.name == entity.key
            roles.append(Role(entity.name, column, is_key, refers.get(column.name), own, lends))
    return roles


def _event_date(entity: Entity) -> str | None:
    moments = [column for column in entity.columns if column.type == "timestamp"]
    dates = [column for column in entity.columns if column.type == "date" and not column.pii]
    for column in [*(c for c in moments if c.required), *moments, *dates]:
        return column.name
    return None
