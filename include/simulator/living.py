"""The simulated CRM as a PostgreSQL database that lives on: new rows, changes, deletes, late rows, a further column."""

from __future__ import annotations

import datetime
import os
import tempfile
from collections.abc import Callable, Collection
from dataclasses import astuple
from pathlib import Path

import psycopg

from include.load.sql_text import literal, name
from include.simulator.simulation import Simulation, SimulationInvalid
from include.simulator.state import TABLES, rows_ever
from include.simulator.world import World

SCHEMA = "crm"
HARD_DELETED = ("contacts",)  # their rows vanish; those of all other tables stay with a `deleted_at`
ADDED_COLUMN = ("web_customers", "score_class")
_WHOLE = ("calendar", "campaigns", "marketing_spend", "products")
_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
_BEGINNING = datetime.datetime(1, 1, 1)


def bring_to_day(
    simulation: Simulation,
    connection: str,
    only: Collection[str] = (),
    progress: Callable[[str], object] = print,
    world: World | None = None,
) -> None:
    """Write into schema `crm` of the database what happened since the day that it stands at, in one transaction.

    `connection` names the environment variable `TIERWORKS_CONN_<NAME>` that holds the URL. A database without the
    schema begins at the first day. Whatever the steps, the tables after a day are the same. A `world` of the same
    simulation may be given, so that its people are made once for many days.

    Raises
    ------
    SimulationInvalid: the connection is not known, or the database holds another simulation or a later day.
    """
    variable = f"TIERWORKS_CONN_{connection.upper()}"
    if not os.environ.get(variable):
        raise SimulationInvalid(f"{variable} is not set. Give it the URL of a database: postgresql://user@host/name.")
    tables = [table for table in TABLES if not only or table in only]
    with psycopg.connect(os.environ[variable]) as database:
        since = _stands_at(database, simulation)
        if since == simulation.now:
            progress(f"{connection}: stands at {simulation.day or simulation.last} already")
            return
        world = world or World(simulation)
        world.look_at(simulation)
        for number, _ in enumerate(world.chunks(), start=1):
            for table in tables:
                if number == 1 or table not in _WHOLE:
                    _write(database, world, table, since, is_first=number == 1)
        database.execute(f"update {SCHEMA}.simulation set now = %s", [simulation.now])
    progress(f"{connection}: brought to {simulation.day or simulation.last}")


def _stands_at(database: psycopg.Connection, simulation: Simulation) -> datetime.datetime:
    world = [str(fact) for fact in astuple(simulation)[:4]]
    database.execute(f"create schema if not exists {SCHEMA}")
    database.execute(f"create table if not exists {SCHEMA}.simulation (world text[], now timestamp)")
    found = database.execute(f"select world, now from {SCHEMA}.simulation").fetchone()
    if found is None:
        database.execute(f"insert into {SCHEMA}.simulation values (%s, %s)", [world, _BEGINNING])
        return _BEGINNING
    if found[0] != world:
        raise SimulationInvalid(
            f"the database holds another simulation ({', '.join(found[0])}, not {', '.join(world)}). Drop its schema "
            f"{SCHEMA}, or take another database."
        )
    if found[1] > simulation.now:
        day = found[1].date() - datetime.timedelta(days=1)
        raise SimulationInvalid(f"the database stands at {day}, a later day.")
    return found[1]


def _write(database: psycopg.Connection, world: World, table: str, since: datetime.datetime, is_first: bool) -> None:
    simulation, target, run = world.simulation, f"{SCHEMA}.{table}", world.connection.execute
    gone = f"case when deleted_at < timestamp '{simulation.now}' then deleted_at end"
    is_hard = table in HARD_DELETED
    stamp = "updated_at" if is_hard else f"greatest(updated_at, {gone})"
    run(
        f"create or replace temp table news as select * replace ({stamp} as updated_at, {gone} as deleted_at) "
        f"from ({rows_ever(table)}) where seen_at < timestamp '{simulation.now}' "
        f"and coalesce(deleted_at > seen_at, true) and greatest(seen_at, updated_at, {gone}) >= timestamp '{since}'"
    )
    left_out = {"seen_at", *(("deleted_at",) if is_hard else ())}
    is_added = simulation.now > simulation.column_added_at
    left_out |= {ADDED_COLUMN[1]} if table == ADDED_COLUMN[0] and not is_added else set()
    columns = {column: kind for column, kind, *_ in run("describe news").fetchall() if column not in left_out}
    if is_first:
        _make_table(database, target, columns)
    database.execute(f"create temp table incoming (like {target}) on commit drop")
    _copy(database, world, columns, "true")
    key = name(next(iter(columns)))
    database.execute(f"delete from {target} using incoming where incoming.{key} = {target}.{key}")
    if is_hard:
        database.execute("truncate incoming")
        _copy(database, world, columns, "deleted_at is null")
    database.execute(f"insert into {target} select * from incoming order by {key}")
    database.execute("drop table incoming")


def _make_table(database: psycopg.Connection, target: str, columns: dict[str, str]) -> None:
    types = {column: _TYPES.get(kind) or kind.replace("DECIMAL", "numeric") for column, kind in columns.items()}
    fields = [f"{name(column)} {kind}" for column, kind in types.items()]
    key = name(next(iter(columns)))
    database.execute(f"create table if not exists {target} ({', '.join(fields)}, primary key ({key}))")
    for field in fields:
        if field.startswith(name(ADDED_COLUMN[1])):
            database.execute(f"alter table {target} add column if not exists {field}")


def _copy(database: psycopg.Connection, world: World, columns: dict[str, str], where: str) -> None:
    names = ", ".join(map(name, columns))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.csv"
        world.connection.execute(
            f"copy (select {names} from news where {where}) to {literal(str(path))} "
            "(format csv, header false, nullstr '\\N')"
        )
        incoming = f"copy incoming ({names}) from stdin (format csv, null '\\N')"
        with path.open("rb") as file, database.cursor().copy(incoming) as copy:
            while part := file.read(1 << 20):
                copy.write(part)
