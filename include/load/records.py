"""Records of people: which entities of the contract hold them, and which rows belong to a record by its key."""

from __future__ import annotations

from functools import cache

from include.contract.reader import Column, Entity, read_contract

# The books keep these without the person; all else that names them goes whole.
BOOKS = frozenset({"orders", "order_items", "payments", "service_costs"})


@cache
def peoples_entities() -> frozenset[str]:
    """Entities whose rows are a customer's, beside the customers themselves."""
    return frozenset(e.name for e in read_contract().values() if e.name != "customers" and "customer_key" in e.by_name)


def ties(entity: Entity) -> list[Column]:
    """Columns by which a row belongs to somebody's record: an answer to its ticket, a line to its order."""
    return [column for column in entity.columns if column.references in peoples_entities()]


@cache
def known_by_key() -> frozenset[str]:
    """Entities whose erased rows are known by their own keys: others belong to them, or they may name nobody.

    A row that always names its customer needs no more, and one that belongs to nothing could not be told to be theirs.
    """
    contract = read_contract()
    referred = {column.references for entity in contract.values() for column in ties(entity)}
    return frozenset(
        one
        for one in peoples_entities()
        if not contract[one].by_name["customer_key"].required
        and (one in referred or (one not in BOOKS and ties(contract[one])))
    )
