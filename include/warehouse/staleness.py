"""Since when the tables that a build keeps are stale: it makes that part of them again, and leaves the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from include.load.changes import CHANGES

ALWAYS = date(1, 1, 1)
_TABLES = f"""
create table if not exists ops.changes ({CHANGES});
create table if not exists ops.staleness (stale_from date);
create table if not exists ops.reflected (
    as_of_date date, policy_version varchar, code_version varchar, change_no bigint, rows_seen varchar
);
"""


@dataclass(frozen=True)
class Inputs:
    """What a build is made of, beside the rows."""

    as_of: date
    policy_version: str
    code_version: str


def find_staleness(connection: duckdb.DuckDBPyConnection, inputs: Inputs, full_refresh: bool = False) -> date:
    """Write to `ops.staleness`, and return, the first day that the kept tables no longer tell truly.

    That is the last build's own, or the earliest day that a load has noted a change of since. All of it is
    stale after another policy or code, for an earlier date than before, and when rows are not those that noted changes
    account for. What a killed build had begun stays stale.
    """
    connection.execute(_TABLES)
    begun = connection.execute("select min(stale_from) from ops.staleness").fetchone()[0]
    found = ALWAYS if full_refresh else min(_stale_from(connection, inputs), begun or date.max)
    connection.execute("begin")
    connection.execute("delete from ops.staleness")
    connection.execute(f"insert into ops.staleness values (date '{found.isoformat()}')")
    connection.execute("commit")
    return found


def note_reflected(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Remember, after a whole build, what the kept tables tell."""
    connection.execute("begin")
    connection.execute("delete from ops.reflected")
    connection.execute(
        "insert into ops.reflected select ?, ?, ?, coalesce(max(change_no), 0), ? from ops.changes",
        [inputs.as_of, inputs.policy_version, inputs.code_version, _rows_seen(connection)],
    )
    connection.execute("delete from ops.staleness")
    connection.execute("delete from ops.changes where change_no < (select change_no from ops.reflected)")
    connection.execute("commit")


def _stale_from(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> date:
    known = connection.execute("from ops.reflected").fetchone()
    if known is None or (inputs.policy_version, inputs.code_version) != known[1:3] or inputs.as_of < known[0]:
        return ALWAYS
    as_of, _, _, change_no, rows_seen = known
    first, last = connection.execute(
        f"select min(first_on), max(change_no) from ops.changes where change_no > {change_no}"
    ).fetchone()
    if last is None and rows_seen != _rows_seen(connection):
        return ALWAYS
    return min(as_of, first or date.max)


def _rows_seen(connection: duckdb.DuckDBPyConnection) -> str:
    """Rows and latest moment of loading of every table of the contract."""
    tables = connection.execute(
        "select table_name from duckdb_columns() where schema_name = 'raw' and column_name = '_loaded_at' "
        "and table_name not like '%\\_\\_%' escape '\\' order by all"
    ).fetchall()
    seen = [
        connection.execute(f'select count(*), max(_loaded_at)::varchar from raw."{table}"').fetchone()
        for (table,) in tables
    ]
    return repr(seen)
