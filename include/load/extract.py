"""Decides what is read of a table of a database or an API, since when, and what that says about deletes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace

import duckdb

from include.load.declared import Table
from include.load.errors import SourceError
from include.load.incoming import refuse_reserved
from include.load.positions import Position, greatest, is_before, lower_bound, read_position
from include.load.relation_reader import NOT_FINITE, RelationReader, Since
from include.load.sql_text import literal, name


@dataclass(frozen=True)
class Extract:
    """Rows of a table, read into the temporary table `relation`, whose columns have the engine's `types`.

    `is_full` when they are all that the source has; `keys` is a relation with the key columns of all of them, when
    deletes are to be found by it. `tells_not_finite` when the reader says which rows hold a number that is none.
    """

    table: Table
    relation: str
    types: dict[str, str]
    is_full: bool
    position: Position
    keys: str | None
    tells_not_finite: bool = False


class Extractor:
    """Reads the tables of one source; `landed` tells what is landed of a table, `say` goes to the log."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        reader: RelationReader,
        loaded_at: datetime.datetime,
        say: Callable[[str], object],
    ):
        self.connection, self.reader, self.loaded_at, self.say = connection, reader, loaded_at, say

    def extract(self, table: Table, landed_types: dict[str, str], anew: str | None) -> Extract:
        """Read what is new, or everything: `anew` says why, and a table that was never landed needs no reason.

        Raises
        ------
        SourceError: the table cannot be read, lacks a mapped column, or has one of another type.
        """
        position = read_position(self.connection, table)
        due = self._is_due(table, position)
        since = None
        if anew:
            self.say(f"{table.label}: {anew}: everything is read.")
        elif landed_types and position.value is not None and not (due and table.format == "rest"):
            bound = lower_bound(self.connection, table.cursor, position)
            since = Since(table.cursor.column, bound, position.type)
        types, found = self._read(table, since, {} if anew else landed_types)
        why = since and self._why_everything(table, types, found, landed_types, position)
        if why:
            self.say(f"{table.label}: {why}: everything is read.")
            since = None
            types, found = self._read(table, None, landed_types)
        told = since is None and table.deletes and not table.optional
        if (
            told
            and landed_types
            and not self._count(f"temp.{self._relation(table)}")
            and self._count(f"raw.{table.landed}")
        ):
            raise SourceError(
                f"{table.label}: {table.relation} is empty, and rows of it are landed. If they are all gone, declare "
                f"the table `optional: true` in {table.path}:{table.line}; then they are removed."
            )
        keys = self._keys(table, since, due)
        if since is not None and is_before(self.connection, found, position):
            found = position
        found = replace(found, reconciled_on=self.loaded_at.date() if keys else position.reconciled_on)
        tells = bool(
            self.connection.execute(
                f"select count(*) from (describe temp.{name(self._relation(table))}) where column_name = '{NOT_FINITE}'"
            ).fetchone()[0]
        )
        return Extract(table, self._relation(table), types, since is None, found, keys, tells)

    def _relation(self, table: Table) -> str:
        return f"staged_{table.landed}"

    def _count(self, relation: str) -> int:
        return self.connection.execute(f"select count(*) from (from {relation} limit 1)").fetchone()[0]

    def _is_due(self, table: Table, position: Position) -> bool:
        """Whether the keys are to be compared in this load."""
        if not table.deletes or not table.deletes.reconcile:
            return False
        return table.deletes.reconcile == "always" or position.reconciled_on != self.loaded_at.date()

    def _read(self, table: Table, since: Since | None, landed: dict[str, str]) -> tuple[dict[str, str], Position]:
        relation = self._relation(table)
        self.reader.read(table, relation, since)
        described = self.connection.execute(f"describe temp.{name(relation)}").fetchall()
        types = {column: kind for column, kind, *_ in described if column != NOT_FINITE}
        check_columns(table, types, landed)
        if table.cursor is None:
            return types, Position()
        found, missing, ahead = greatest(self.connection, table, f"temp.{name(relation)}", types, self.loaded_at)
        if missing:
            self.say(f"{table.label}: {missing:,} rows have no {table.cursor.column}: they are read every time.")
        if ahead:
            self.say(
                f"{table.label}: {ahead:,} rows have a {table.cursor.column} over a day ahead of this load: the next "
                "load starts before them."
            )
        return types, found

    def _why_everything(
        self, table: Table, types: dict[str, str], found: Position, landed: dict[str, str], position: Position
    ) -> str | None:
        """Why reading since a position will not do, if it will not."""
        new = [column for column in types if column not in landed]
        if new:
            return f"new column{'s' if len(new) > 1 else ''} {', '.join(new)}"
        if found.value is None and table.format == "rest":
            return None  # an API may answer strictly later rows only
        if is_before(self.connection, found, position):
            return (
                f"{table.cursor.column} went back (now up to {found.value or 'nothing'}, before up to {position.value})"
            )
        return None

    def _keys(self, table: Table, since: Since | None, due: bool) -> str | None:
        if since is None and table.deletes and table.deletes.reconcile:
            return self._relation(table)
        if not due:
            return None
        keys = f"keys_of_{table.landed}"
        self.reader.read(table, keys, None, table.key)
        return keys


def check_columns(table: Table, types: dict[str, str], landed: dict[str, str]) -> None:
    """Schema drift: new columns are fine, a mapped one that is gone and one of another type are not.

    Raises
    ------
    SourceError: naming source, table, column and what to do.
    """
    refuse_reserved(table, types, table.relation)
    missing = [column for column in table.needs if column not in types]
    if missing:
        raise SourceError(
            f"{table.label}: {table.relation} has no column {', '.join(missing)} (found: {', '.join(types)}). "
            f"Map it in {table.path}:{table.line}, or bring it back. Nothing of this table was loaded."
            + (" If records may lack it, declare it `optional: true`." if table.format == "rest" else "")
        )
    for column, kind in types.items():
        former = landed.get(column)
        if former is not None and former != kind and not _widens(former, kind):
            raise SourceError(
                f"{table.label}: column {column} of {table.relation} is {kind}, and was {former} when it was landed. "
                "If it is meant to be, run once with --full-refresh, which reads the table anew; else bring the type "
                "back. Nothing of this table was loaded."
            )


_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def _widens(former: str, kind: str) -> bool:
    """Whether every value of the former type is one of the new type."""
    if former in _INTEGERS and kind in _INTEGERS:
        return _INTEGERS.index(former) < _INTEGERS.index(kind)
    if former.startswith("DECIMAL(") and kind.startswith("DECIMAL("):
        (width, scale), (new_width, new_scale) = (
            map(int, one.removeprefix("DECIMAL(").removesuffix(")").split(",")) for one in (former, kind)
        )
        return new_scale >= scale and new_width - new_scale >= width - scale
    return False


def rows_of(extract: Extract) -> str:
    """Query of the extract's rows as `incoming` has them."""
    finite = name(NOT_FINITE) if extract.tells_not_finite else "null::varchar"
    taken = any(column.lower() == "rowid" for column in extract.types)
    line = "row_number() over ()" if taken else "rowid + 1"
    return (
        f"select {literal(extract.table.relation)} as _file, {line} as _line, {finite} as _text, "
        f"case when {finite} is not null then 'not_finite' end as _problem, "
        f"{', '.join(name(column) for column in extract.types)} from temp.{name(extract.relation)}"
    )
