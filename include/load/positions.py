"""How far each table has been read: the watermark of its cursor, kept with the rows in one transaction."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import duckdb

from include.load.declared import Cursor, Table
from include.load.errors import SourceError
from include.load.sql_text import filled, literal, name

LOAD_POSITIONS = (
    "source varchar, table_name varchar, cursor_column varchar, position varchar, position_type varchar, "
    "reconciled_on date, batch_id varchar, loaded_at timestamp"
)
_DEFAULT_OVERLAP = "86400 seconds"
_TIMES = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER", "DECIMAL")
_ISO = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?"


@dataclass(frozen=True)
class Position:
    """The greatest cursor value read, as text with its engine's type, and the day the keys were last compared."""

    value: str | None = None
    type: str | None = None
    reconciled_on: datetime.date | None = None


def read_position(connection: duckdb.DuckDBPyConnection, table: Table) -> Position:
    """Where the table stands; an empty position when it was never read by this cursor."""
    cursor = table.cursor.column if table.cursor else None
    row = connection.execute(
        filled(
            "select case when cursor_column = ? then position end, position_type, reconciled_on "
            "from ops.load_positions where source = ? and table_name = ?",
            [cursor, table.source, table.name],
        )
    ).fetchone()
    return Position(*row) if row else Position()


def write_position(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    position: Position,
    batch_id: str,
    loaded_at: datetime.datetime,
) -> None:
    """Replace where the table stands, inside the transaction that lands its rows."""
    own = [table.source, table.name]
    connection.execute(filled("delete from ops.load_positions where source = ? and table_name = ?", own))
    cursor = table.cursor.column if table.cursor else None
    row = [*own, cursor, position.value, position.type, position.reconciled_on, batch_id, loaded_at]
    connection.execute(filled("insert into ops.load_positions values (?, ?, ?, ?, ?, ?, ?, ?)", row))


def lower_bound(connection: duckdb.DuckDBPyConnection, cursor: Cursor, position: Position) -> str:
    """Text of the position less the overlap, written as the source writes the cursor."""
    value, kind = literal(position.value), position.type.split("(")[0]
    overlap = cursor.overlap if cursor.overlap is not None else _DEFAULT_OVERLAP
    if kind in _NUMBERS:
        steps = overlap if cursor.overlap is not None and isinstance(overlap, int) else 0
        query = f"cast(cast({value} as {position.type}) - {steps} as varchar)"
    elif kind in _TIMES:
        query = f"cast(cast(cast({value} as {position.type}) - interval '{overlap}' as {position.type}) as varchar)"
    else:
        return _earlier_text(connection, position.value, overlap)
    return connection.execute(f"select {query}").fetchone()[0]


def _earlier_text(connection: duckdb.DuckDBPyConnection, value: str, overlap: int | str) -> str:
    """An ISO time less the overlap in the form it came in; any other text as it is."""
    query = (
        f"select regexp_full_match($v, '{_ISO}'), regexp_matches($v, '(Z|[+-]\\d{{2}}:?(\\d{{2}})?)$') "
        "and length($v) > 10, contains($v, 'T'), contains($v, '.'), ends_with($v, 'Z')"
    )
    is_time, has_zone, has_t, has_fraction, has_z = connection.execute(query, {"v": value}).fetchone()
    if not is_time or isinstance(overlap, int):
        return value
    if len(value) == 10:
        form = "%Y-%m-%d"
    else:
        form = f"%Y-%m-%d{'T' if has_t else ' '}%H:%M:%S{'.%f' if has_fraction else ''}"
        form += ("Z" if has_z else "+00:00") if has_zone else ""
    moment = f"timezone('UTC', cast($v as timestamptz) - interval '{overlap}')"
    return connection.execute(f"select strftime({moment}, '{form}')", {"v": value}).fetchone()[0]


def cursor_order(table: Table, types: dict[str, str]) -> str:
    """SQL that orders a table's rows by its cursor, oldest first; text that is a time is ordered as one."""
    column = name(table.cursor.column)
    if types[table.cursor.column] != "VARCHAR":
        return column
    return f"coalesce(try_cast({column} as timestamptz), '-infinity'::timestamptz), {column}"


def greatest(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    relation: str,
    types: dict[str, str],
    loaded_at: datetime.datetime,
) -> tuple[Position, int, int]:
    """The position after reading `relation`, how many rows lack a cursor, and how many lie in the future.

    A time over a day ahead of the load does not move the position: one wrong row must not hide all that comes.

    Raises
    ------
    SourceError: the cursor is of a type that does not grow.
    """
    column, kind = table.cursor.column, types[table.cursor.column]
    base = kind.split("(")[0]
    if base not in (*_TIMES, *_NUMBERS, "VARCHAR"):
        raise SourceError(
            f"{table.label}: the cursor {column} is {kind}. Choose a column that holds a time or a growing number in "
            f"{table.path}:{table.line}."
        )
    limit = f"timestamptz '{loaded_at + datetime.timedelta(days=1)}+00'"
    ahead = "false" if base in _NUMBERS else f"coalesce(try_cast({name(column)} as timestamptz) > {limit}, false)"
    # A number of text that is a time: the greatest time, not the greatest text.
    value = f"max({name(column)})"
    if base == "VARCHAR":
        value = f"max_by({name(column)}, row({cursor_order(table, types)}))"
    found, missing, late = connection.execute(
        f"select cast({value} filter (not {ahead}) as varchar), "
        f"count(*) - count({name(column)}), count(*) filter ({ahead}) from {relation}"
    ).fetchone()
    return Position(found, kind), missing, late


def is_before(connection: duckdb.DuckDBPyConnection, one: Position, other: Position) -> bool:
    """Whether a position lies before another one of the same type; times in text are compared as times."""
    if one.value is None or other.value is None:
        return one.value is None and other.value is not None
    kind = other.type if other.type.split("(")[0] != "VARCHAR" else None
    pair = [literal(one.value), literal(other.value)]
    if kind is None:
        times = connection.execute(f"select try_cast({pair[0]} as timestamptz), try_cast({pair[1]} as timestamptz)")
        kind = "timestamptz" if None not in times.fetchone() else "varchar"
    return connection.execute(f"select cast({pair[0]} as {kind}) < cast({pair[1]} as {kind})").fetchone()[0]
