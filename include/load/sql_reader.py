"""Reads tables of any database that SQLAlchemy knows, in batches of Arrow, so that memory does not grow with rows."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pyarrow
import sqlalchemy
from sqlalchemy import types as kinds

from include.load.connections import Connection
from include.load.declared import Source, Table
from include.load.errors import SourceError
from include.load.relation_reader import RelationReader, Since, SourceUnreachable
from include.load.sql_text import name

_BATCH = 50_000  # rows


class SqlReader(RelationReader):
    """One transaction of the database, repeatable where it can be, open until `close`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, origin: Connection):
        self.connection, self.source, self.origin = connection, source, origin
        try:
            self.engine = sqlalchemy.create_engine(origin.url.replace("postgresql://", "postgresql+psycopg://"))
            levels = self.engine.dialect.get_isolation_level_values(None)
            options = {"isolation_level": "REPEATABLE READ"} if "REPEATABLE READ" in levels else {}
            self.session = self.engine.connect().execution_options(**options)
            if self.engine.dialect.name == "sqlite":
                self.session.exec_driver_sql("begin")
        except ModuleNotFoundError as error:
            raise SourceUnreachable(
                f"{source.name}: the driver {error.name} of the connection {origin.name} is not installed. Install it, "
                "or name another one in the URL."
            ) from None
        except Exception as error:  # a driver may raise anything; its words may hold the password
            raise self.unreachable(source.name, error) from None

    def close(self) -> None:
        self.session.close()
        self.engine.dispose()

    abandon = close

    def read(self, table: Table, into: str, since: Since | None, only: tuple[str, ...] | None = None) -> None:
        try:
            columns = self._columns(table, only)
            self._fill(table, into, columns, self._select(table, columns, since))
        except (SourceError, duckdb.Error):
            raise
        except Exception as error:
            raise self.unreachable(table.label, error) from None

    def _columns(self, table: Table, only: tuple[str, ...] | None) -> dict[str, pyarrow.DataType]:
        schema, _, relation = table.relation.rpartition(".")
        try:
            found = sqlalchemy.inspect(self.session).get_columns(relation, schema=schema or None)
        except sqlalchemy.exc.NoSuchTableError:
            raise SourceError(
                f"{table.label}: the database has no relation {table.relation}. Mend {table.path}:{table.line}."
            ) from None
        untyped = self.engine.dialect.name == "sqlite"  # any column may hold anything: the contract gives the type
        return {
            column["name"]: pyarrow.string() if untyped else _arrow(column["type"])
            for column in found
            if only is None or column["name"] in only
        }

    def _select(self, table: Table, columns: dict, since: Since | None) -> sqlalchemy.Select:
        schema, _, relation = table.relation.rpartition(".")
        fields = [sqlalchemy.column(column) for column in columns]
        query = sqlalchemy.select(*fields).select_from(sqlalchemy.table(relation, schema=schema or None))
        if since is not None:
            cursor = sqlalchemy.column(since.column)
            query = query.where(sqlalchemy.or_(cursor >= self._bound(since), cursor.is_(None)))
        return query

    def _bound(self, since: Since) -> Any:
        """The lower bound as the driver wants it: a time, a number or text."""
        return self.connection.execute(f"select cast(? as {since.type})", [since.value]).fetchone()[0]

    def _fill(self, table: Table, into: str, columns: dict[str, pyarrow.DataType], query: sqlalchemy.Select) -> None:
        schema = pyarrow.schema(list(columns.items()))
        empty = schema.empty_table()
        self.connection.register("_batch", empty)
        self.connection.execute(f"create or replace temp table {name(into)} as from _batch")
        self.connection.unregister("_batch")
        result = self.session.execution_options(stream_results=True, yield_per=_BATCH).execute(query)
        for rows in result.partitions(_BATCH):
            arrays = [
                _array(table, column, kind, values)
                for (column, kind), values in zip(columns.items(), zip(*rows, strict=True), strict=True)
            ]
            self.connection.register("_batch", pyarrow.Table.from_arrays(arrays, schema=schema))
            self.connection.execute(f"insert into {name(into)} from _batch")
            self.connection.unregister("_batch")


def _arrow(kind: kinds.TypeEngine) -> pyarrow.DataType:
    """Arrow's type of a column; what has none of its own comes as text."""
    if isinstance(kind, kinds.Boolean):
        return pyarrow.bool_()
    if isinstance(kind, kinds.Integer):
        return pyarrow.int64()
    if isinstance(kind, kinds.Float):
        return pyarrow.float64()
    if isinstance(kind, kinds.Numeric):
        exact = kind.precision and kind.scale is not None and 0 <= kind.scale <= kind.precision <= 38
        return pyarrow.decimal128(kind.precision, kind.scale) if exact else pyarrow.string()
    if isinstance(kind, kinds.DateTime):
        return pyarrow.timestamp("us", tz="UTC" if kind.timezone else None)
    if isinstance(kind, kinds.Date):
        return pyarrow.date32()
    return pyarrow.string()


def _array(table: Table, column: str, kind: pyarrow.DataType, values: tuple) -> pyarrow.Array:
    if pyarrow.types.is_string(kind):
        return pyarrow.array([_text(value) for value in values], kind)
    try:
        return pyarrow.array(values, kind)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        raise SourceError(
            f"{table.label}: column {column} of {table.relation} holds a value that is no {kind}. Mend it, or "
            "declare a view that casts the column to text: then only its row is set aside. "
            "Nothing of this table was loaded."
        ) from None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
