"""Reads tables of a PostgreSQL database with DuckDB's own extension, all of a source in one snapshot.

The SELECT runs on the server as one COPY: it goes at the speed of the extension's scan (docs/adr/0005), and lets us
choose how each type travels. The extension alone reads NaN of a numeric as 0 and cuts numerics without a precision to
17 digits; here neither is lost.
"""

from __future__ import annotations

import re

import duckdb

from include.load.connections import Connection
from include.load.declared import Source, Table
from include.load.errors import SourceError, raise_if_engine_failed
from include.load.relation_reader import NOT_FINITE, RelationReader, Since
from include.load.sql_text import literal, name
from include.warehouse.extensions import load_extension

_CATALOG = "_source"
_AS_THEY_ARE = (
    *("int2", "int4", "int8", "bool", "float4", "float8", "text", "varchar", "bpchar"),
    *("date", "timestamp", "timestamptz", "uuid"),
)
_COLUMNS = """
select a.attname::text as attname, coalesce(b.typname, t.typname)::text as base,
    coalesce(b.typcategory, t.typcategory)::text as category, coalesce(b.typtype, t.typtype)::text as kind,
    case when t.typtype = 'd' then t.typtypmod else a.atttypmod end as modifier,
    t.typtype = 'd' as is_domain,
    has_table_privilege(a.attrelid, 'select') or has_any_column_privilege(a.attrelid, 'select') as allowed
from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = nullif(t.typbasetype, 0)
where a.attrelid = to_regclass({relation}) and a.attnum > 0 and not a.attisdropped order by a.attnum
"""


class PostgresReader(RelationReader):
    """One snapshot of a database, open until `close`: every table is read as it was at one moment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, origin: Connection):
        self.connection, self.source, self.origin = connection, source, origin
        url = re.sub(r"^postgresql\+\w+:", "postgresql:", origin.url)  # a driver's name is for SQLAlchemy
        if not url.startswith("postgresql://"):
            raise SourceError(f"{source.name}: the connection {origin.name} is no postgresql:// URL.")
        load_extension(connection, "postgres_scanner")
        self._attempt(source.name, f"attach {literal(url)} as {_CATALOG} (type postgres, read_only)")
        connection.execute("begin")

    def close(self) -> None:
        self.connection.execute("commit")
        self.connection.execute(f"detach {_CATALOG}")

    def abandon(self) -> None:
        self.connection.execute("rollback")
        self.connection.execute(f"detach database if exists {_CATALOG}")

    def read(self, table: Table, into: str, since: Since | None, only: tuple[str, ...] | None = None) -> None:
        relation = _quoted(table.relation)
        columns = self._query(_COLUMNS.format(relation=literal(relation)))
        if not columns:
            raise SourceError(
                f"{table.label}: the database has no relation {table.relation}. Mend {table.path}:{table.line}, "
                "or grant its schema to the user."
            )
        if not columns[0][-1]:
            raise SourceError(f"{table.label}: the user may not read {table.relation}. Grant select on it.")
        columns = [column for column in columns if only is None or column[0] in only]
        selected = ", ".join(f"{_travels(*column[:6])} as {name(column[0])}" for column in columns)
        nan = [name(column[0]) for column in columns if _may_hide_nan(*column) and column[0] in table.uses]
        if nan:
            found = " or ".join(f"{column} = 'NaN'" for column in nan)
            selected += f", case when {found} then row_to_json(r)::text end as {NOT_FINITE}"
        statement = f"select {selected} from {relation} r{_condition(since)}"
        self._attempt(
            table.label,
            f"create or replace temp table {name(into)} as "
            f"select * from postgres_query('{_CATALOG}', {literal(statement)})",
        )

    def _query(self, statement: str) -> list[tuple]:
        return self._attempt(
            self.source.name, f"select * from postgres_query('{_CATALOG}', {literal(statement)})"
        ).fetchall()

    def _attempt(self, what: str, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(statement)
        except duckdb.Error as error:
            raise_if_engine_failed(error)
            raise self.unreachable(what, error) from None


def _quoted(relation: str) -> str:
    return ".".join(name(part) for part in relation.split("."))


def _condition(since: Since | None) -> str:
    if since is None:
        return ""
    return f" where {name(since.column)} >= {literal(since.value)} or {name(since.column)} is null"


def _travels(column: str, base: str, category: str, kind: str, modifier: int, is_domain: bool) -> str:
    """How a column is selected on the server, so that it comes out whole."""
    own = name(column)
    if base == "numeric":
        if _may_hide_nan(column, base, category, kind, modifier):
            return f"nullif({own}, 'NaN')::{_numeric(modifier)}"
        return f"{own}::text"
    if base in _AS_THEY_ARE and kind != "e":
        if base in ("varchar", "bpchar"):
            return f"{own}::text"
        return f"{own}::{base}" if is_domain else own
    if base == "bytea":
        return f"encode({own}, 'hex')"
    if category == "A" or kind == "c":
        return f"to_json({own})::text"
    return f"{own}::text"


def _may_hide_nan(column: str, base: str, category: str, kind: str, modifier: int, *_: object) -> bool:
    """Whether the column is a numeric that fits the engine's decimal, which has no NaN."""
    return base == "numeric" and modifier >= 4 and (modifier - 4) >> 16 <= 38 and _scale(modifier) >= 0


def _scale(modifier: int) -> int:
    scale = (modifier - 4) & 0x7FF
    return scale - 2048 if scale > 1023 else scale


def _numeric(modifier: int) -> str:
    return f"numeric({(modifier - 4) >> 16},{_scale(modifier)})"
