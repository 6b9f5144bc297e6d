"""Keeps since which business day the contract's rows say something else: builds repair the past from there on."""

from __future__ import annotations

import duckdb

from include.contract.reader import Entity, read_contract
from include.load.sql_text import literal, name

CHANGES = "change_no bigint, entity varchar, source varchar, first_on date"
ALWAYS = "date '0001-01-01'"
# Facts and metrics take no attribute of these, only when they began and ended.
_PROFILES = frozenset({"customers", "accounts", "account_managers", "households"})

_ATTRIBUTES = frozenset({"updated_at"})  # a date at which nothing happened

# Where these dates are missing, another day counts in their place: the row's own, or one that follows from it.
_STOOD_IN_FOR = frozenset({("surveys", "answered_on"), ("payments", "due_on")})

# What is paid on a day that is not told counts as paid when it was due; a lead that was closed on one, as never open.
_WITHOUT_A_DAY = {
    "payments": "{0}.status = 'paid' and {0}.paid_on is null",
    "leads": "{0}.status = 'lost' and {0}.lost_on is null or {0}.status = 'converted' and {0}.converted_on is null",
}

# Lines are dated by their order and products by what was sold of them: too dear to ask of all rows.
_UNDATED = frozenset({"order_items", "products"})

# Rows of these that name an order, and neither a customer nor an account, are its buyer's, whatever their own day.
_OF_BUYERS = ("surveys", "feedback", "payments", "tickets")

# Days that are looked ahead to since the row was booked: another one matters from then on, not from itself on.
_AHEAD = frozenset({("points", "expires_on"), ("subscriptions", "ends_on")})


def note_change(connection: duckdb.DuckDBPyConnection, entity: str, source: str, first_on: str) -> None:
    """Keep the day that a scalar SQL expression gives; without a day, that rows were looked at and nothing is stale."""
    connection.execute(
        f"insert into ops.changes select (select coalesce(max(change_no), 0) + 1 from ops.changes), "
        f"{literal(entity)}, {literal(source)}, {first_on}"
    )


def note_difference(
    connection: duckdb.DuckDBPyConnection, entity: Entity, source: str, before: str, after: str
) -> None:
    """Keep the earliest day of which the rows `after` say something else than the rows `before`, told apart by key."""
    key = name(entity.key)
    joined = f"({_dated(entity, before)}) f full join ({_dated(entity, after)}) n using ({key})"
    note_change(connection, entity.name, source, f"(select min({_first_day(entity)}) from {joined})")


def note_all(connection: duckdb.DuckDBPyConnection, entity: Entity, source: str, rows: str) -> None:
    """Keep the earliest day of rows that came or went."""
    if entity.name in _UNDATED:
        first_on = f"(select {ALWAYS} from {rows} limit 1)"
    else:
        first_on = f"(select min(_day) from ({_dated(entity, rows)}))"
    note_change(connection, entity.name, source, first_on)


def note_moved_customers(connection: duckdb.DuckDBPyConnection, before: str) -> None:
    """Keep the earliest day of rows whose customer has another id than `before(source, customer_key, customer_id)`."""
    moved = (
        "select source, customer_key from core.customer_xref join "
        f"{before} as formerly using (source, customer_key) where formerly.customer_id <> customer_xref.customer_id"
    )
    if not connection.execute(f"select 1 from ({moved}) limit 1").fetchone():
        return
    for entity in read_contract().values():
        keys = [c.name for c in entity.columns if c.name == "customer_key" or c.references == "customers"]
        if keys:
            named = " or ".join(f"t.source = m.source and t.{name(key)} = m.customer_key" for key in keys)
            rows = f"(from raw.{name(entity.name)} t semi join ({moved}) m on {named})"
            note_change(connection, entity.name, "identity", f"(select min(_day) from ({_dated(entity, rows)}))")


def _day(entity: Entity) -> str:
    if entity.day is None:
        return "null::date" if entity.name in _PROFILES else ALWAYS
    return f"coalesce({name(entity.day)}, {ALWAYS})"


def _dated(entity: Entity, rows: str) -> str:
    """Query of rows with the day since which they matter, as `_day`."""
    if entity.name == "orders":
        days = f"select *, least({_day(entity)}, named_on) as _day"
        return f"{days} from {rows} left join ({_named_orders()}) using (source, order_key)"
    if entity.name == "order_items":
        orders = "(select source, order_key, ordered_on from raw.orders)"
        return f"select i.*, o.ordered_on as _day from {rows} i left join {orders} o using (source, order_key)"
    if entity.name == "products":
        sold = (
            "select i.source, i.product_key, min(o.ordered_on) as _day from raw.order_items i "
            f"semi join {rows} t using (source, product_key) join raw.orders o using (source, order_key) group by all"
        )
        return f"select p.*, _day from {rows} p left join ({sold}) using (source, product_key)"
    return f"select *, {_day(entity)} as _day from {rows}"


def _named_orders() -> str:
    """Query of the orders that rows name and nobody else, with the first day of such a row."""
    contract = read_contract()
    named = [
        f"select source, order_key, {contract[entity].day} as day from raw.{entity} where order_key is not null "
        f"and customer_key is null{' and account_key is null' if 'account_key' in contract[entity].by_name else ''}"
        for entity in _OF_BUYERS
    ]
    return f"select source, order_key, min(day) as named_on from ({' union all '.join(named)}) group by all"


def _first_day(entity: Entity) -> str:
    """The day since which a row says something else; later moments that differ matter from their own day on."""
    own = {entity.key, entity.day, entity.dated_by}
    ahead = {column for of, column in _AHEAD if of == entity.name}
    later = {}
    for column in entity.columns:
        happened = column.name not in own | ahead | _ATTRIBUTES and column.pii is None
        if column.type in ("date", "timestamp") and happened:
            later[column.physical[-1][0]] = [told for told, _ in column.physical]
    moments = [column for columns in later.values() for column in columns]
    rest = [] if entity.name in _PROFILES else [c for c, _ in entity.physical if c not in own and c not in moments]
    dates = [column for column in (entity.day, entity.dated_by) if column]
    differs = [_differ(column) for column in dict.fromkeys([*dates, *rest])]
    differs += [f"(f.{name(c)} is null) <> (n.{name(c)} is null)" for c in later if (entity.name, c) in _STOOD_IN_FOR]
    if undated := _WITHOUT_A_DAY.get(entity.name):
        differs.append(" is distinct from ".join(f"coalesce({undated.format(row)}, false)" for row in "fn"))
    days = [
        f"case when {' or '.join(map(_differ, columns))} then least(f.{name(day)}, n.{name(day)}) end"
        for day, columns in later.items()
    ]
    if entity.name == "customers":  # told since the day on which they left
        days.append(f"case when {_differ('close_reason')} then least(f.closed_on, n.closed_on) end")
    return (
        f"case when f._batch_id is null or n._batch_id is null or {' or '.join(differs) or 'false'} "
        f"then least(f._day, n._day) else least({', '.join([*days, 'null::date', 'null::date'])}) end"
    )


def _differ(column: str) -> str:
    return f"f.{name(column)} is distinct from n.{name(column)}"
