"""Since when the tables that a build keeps are stale: it makes that part of them again, and leaves the rest.

`ops.staleness` tells it of each layer until that layer is whole: `core`, `marts`, and `groups`, which are those of the
marts that count customers by what carries no date (a region, a branch, a channel of acquisition), or that go by the
holidays of where they live.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import duckdb

from include.load.changes import CHANGES

ALWAYS = date(1, 1, 1)
_CARRY_NO_DATE = "region", "branch", "acquisition_channel", "country"
_GROUPS = ", ".join(("customer_id", *_CARRY_NO_DATE))
_TABLES = f"""
create table if not exists ops.changes ({CHANGES});
create table if not exists ops.staleness (stale_from date);
alter table ops.staleness add column if not exists layer varchar;
create table if not exists ops.reflected (
    as_of_date date, policy_version varchar, code_version varchar, change_no bigint, rows_seen varchar
);
alter table ops.reflected add column if not exists currency varchar;
create table if not exists ops.reflected_in_marts (first_as_of_date date);
create table if not exists ops.reflected_groups (customer_id varchar, region varchar, branch varchar);
alter table ops.reflected_groups add column if not exists acquisition_channel varchar;
alter table ops.reflected_groups add column if not exists country varchar;
"""


@dataclass(frozen=True)
class Inputs:
    """What a build is made of, beside the rows."""

    as_of: date
    policy_version: str
    code_version: str
    currency: str | None = None


def find_staleness(connection: duckdb.DuckDBPyConnection, inputs: Inputs, full_refresh: bool = False) -> date:
    """Note, and return, the first day that the kept tables of `core` no longer tell truly; the marts follow them.

    That is the last build's own, or the earliest day that a load has noted a change of since. All of it is stale after
    another policy, code or currency, for an earlier date than before, and when a table has other rows of which no
    change was noted. What a killed build had begun stays stale.
    """
    connection.execute(_TABLES)
    connection.begin()
    found = _note(connection, "core", ALWAYS if full_refresh else _stale_from(connection, inputs))
    _note(connection, "marts", found)
    connection.commit()
    return found


def note_reflected(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Remember, after a whole build of `core`, what its kept tables tell."""
    connection.begin()
    connection.execute("delete from ops.reflected")
    connection.execute(
        "insert into ops.reflected select ?, ?, ?, coalesce(max(change_no), 0), ?, ? from ops.changes",
        [inputs.as_of, inputs.policy_version, inputs.code_version, _rows_seen(connection), inputs.currency],
    )
    connection.execute("delete from ops.staleness where layer = 'core'")
    connection.execute("delete from ops.changes where change_no < (select change_no from ops.reflected)")
    connection.commit()


def staleness_of_marts(connection: duckdb.DuckDBPyConnection) -> date:
    """First day that the kept marts are known to be stale from; the last of all days when none is."""
    connection.execute(_TABLES)
    (found,) = connection.execute("select min(stale_from) from ops.staleness where layer = 'marts'").fetchone()
    return found or date.max


def note_scores(connection: duckdb.DuckDBPyConnection, first_on: date) -> None:
    """Note that scores since a date are other ones; the caller opens the transaction."""
    _note(connection, "marts", first_on)


def find_staleness_of_marts(connection: duckdb.DuckDBPyConnection, as_of: date, full_refresh: bool = False) -> date:
    """Note, and return, the first day that the kept marts no longer tell truly.

    Beside what `core` and the scores have noted, all is stale when the history begins at another date than before;
    of groups all is when a known customer has moved into another one.
    """
    connection.execute(_TABLES)
    (begins,) = connection.execute("select min(as_of_date) from ops.as_of_dates").fetchone()
    known = connection.execute("from ops.reflected_in_marts").fetchone()
    connection.begin()
    found = _note(connection, "marts", ALWAYS if full_refresh or known != (begins,) else as_of)
    now, before = (", ".join(f"{of}.{name}" for name in _CARRY_NO_DATE) for of in ("now", "before"))
    moved = connection.execute(
        "select 1 from core.dim_customer as now join ops.reflected_groups as before using (customer_id) "
        f"where ({now}) is distinct from ({before}) limit 1"
    ).fetchone()
    _note(connection, "groups", ALWAYS if moved else found)
    connection.commit()
    return found


def note_reflected_in_marts(connection: duckdb.DuckDBPyConnection) -> None:
    """Remember, after a whole build of the marts, what their kept tables tell."""
    connection.begin()
    connection.execute("delete from ops.staleness where layer in ('marts', 'groups')")
    connection.execute("delete from ops.reflected_in_marts")
    connection.execute("insert into ops.reflected_in_marts select min(as_of_date) from ops.as_of_dates")
    connection.execute("delete from ops.reflected_groups")
    connection.execute(f"insert into ops.reflected_groups by name select {_GROUPS} from core.dim_customer")
    connection.commit()


def _note(connection: duckdb.DuckDBPyConnection, layer: str, stale_from: date) -> date:
    """Keep the earlier of the day and the one noted before, and return it."""
    (begun,) = connection.execute("select min(stale_from) from ops.staleness where layer = ?", [layer]).fetchone()
    found = min(stale_from, begun or date.max)
    connection.execute("delete from ops.staleness where layer = ?", [layer])
    connection.execute("insert into ops.staleness (layer, stale_from) values (?, ?)", [layer, found])
    return found


def _stale_from(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> date:
    known = connection.execute("from ops.reflected").fetchone()
    if known is None or inputs.as_of < known[0]:
        return ALWAYS
    as_of, *made_of, change_no, rows_seen, currency = known
    if (*made_of, currency) != (inputs.policy_version, inputs.code_version, inputs.currency):
        return ALWAYS
    noted = connection.execute(
        "select entity, min(first_on) from ops.changes where change_no > ? group by entity", [change_no]
    ).fetchall()
    before, now = json.loads(rows_seen), json.loads(_rows_seen(connection))
    changed = {table for table in before | now if before.get(table) != now.get(table)}
    if changed - {entity for entity, _ in noted}:
        return ALWAYS
    return min([as_of, *(first_on for _, first_on in noted if first_on)])


def _rows_seen(connection: duckdb.DuckDBPyConnection) -> str:
    """Rows and latest moment of loading of every table of the contract, as JSON."""
    tables = connection.execute(
        "select table_name from duckdb_columns() where schema_name = 'raw' and column_name = '_loaded_at' "
        "and table_name not like '%\\_\\_%' escape '\\' order by all"
    ).fetchall()
    return json.dumps(
        {
            table: connection.execute(f'select count(*), max(_loaded_at)::varchar from raw."{table}"').fetchone()
            for (table,) in tables
        }
    )
