"""Cuts the rows of erased people out of what is loaded or landed."""

from __future__ import annotations

import duckdb

from include.load.attempts import attempts_hold
from include.load.declared import Table
from include.load.erased import ErasedPeople, parts_of
from include.load.peoples_rows import PeoplesRows
from include.load.records import known_by_key, ties
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name


def cut_erased(
    connection: duckdb.DuckDBPyConnection, table: Table, checks: RowChecks, erased: ErasedPeople, batch_id: str
) -> int:
    """Take the rows of erased people out of `incoming`, and their name off the rows that the books keep.

    A row that names no customer goes by its address or number, or with the ticket, order and the like of theirs that it
    belongs to; one that did not come apart by any part of its text. What is found to be theirs is learnt, so that what
    belongs to it and comes later goes too. Returns how many rows were taken out.
    """
    if not erased:
        return 0
    people = PeoplesRows(connection, table, checks)
    people.find_keys("incoming", erased.keys_among(table.source))
    by_contact = erased_by_contact(connection, people, erased)
    tied = belonging(people, erased)
    broken = broken_lines(connection, table, erased)
    if not (people.theirs or by_contact or tied or broken):
        return 0
    whole = f"({people.whole})" + (f" or ({tied})" if tied else "")
    run = connection.execute
    run("create or replace temp table uncut as select *, row_number() over () as _no from incoming")
    kept = people.unlinked
    lines = ", ".join(f"({literal(file)}, {line})" for file, line in broken)
    goes = f"({whole})" if kept is None else "false"
    goes += f" or ({by_contact})" if by_contact else ""
    goes += f" or (_problem is not null and (_file, _line) in ({lines}))" if broken else ""
    stays = "false" if kept is None else f"({whole})"
    with attempts_hold(connection):
        run(
            f"create or replace temp table found_erased as select _no, {goes} as goes, {stays} as unlinked, "
            f"({people.beside}) as beside from {checks.cleaned('uncut')}"
        )
        erased.tell(connection)
        theirs = "(from uncut where _no in (select _no from found_erased where goes or unlinked))"
        erased.learn(people.digests_of(checks.cleaned(theirs)), batch_id)
    emptied = [
        f"case when {' or '.join(when)} then null else {name(column)} end as {name(column)}"
        for column in checks.types
        if (
            when := [
                *(["unlinked"] if column in (kept or ()) else []),
                *(["beside"] if column in people.named_beside else []),
            ]
        )
    ]
    replaced = f" replace ({', '.join(emptied)})" if emptied else ""
    gone = run("select count(*) from found_erased where goes").fetchone()[0]
    run(
        f"create or replace temp table cut_rows as select * exclude (_no, goes, unlinked, beside){replaced} "
        "from uncut join found_erased using (_no) where not goes order by _no"
    )
    kind = run("select table_type from information_schema.tables where table_name = 'incoming'").fetchone()[0]
    run(f"drop {'view' if kind == 'VIEW' else 'table'} temp.incoming")
    run("alter table temp.cut_rows rename to incoming")
    for left in ("uncut", "found_erased"):
        run(f"drop table temp.{left}")
    return gone


def belonging(people: PeoplesRows, erased: ErasedPeople, relation: str = "incoming") -> str:
    """SQL condition over the cleaned relation: the row names nobody and belongs to an erased record; empty when none
    does. A row that the books keep and of which nothing is left to empty is none. `find_keys` comes before it.
    """
    kept = people.unlinked
    if kept is not None:
        left = [f"{name(column)} is not null" for column in sorted(kept)]
        relation = f"(select * from {relation} where {' or '.join(left) or 'false'})"
    return people.belongs("tied_records") if kept != set() and people.find_records(relation, erased) else ""


def erased_by_contact(connection: duckdb.DuckDBPyConnection, people: PeoplesRows, erased: ErasedPeople) -> str:
    """SQL condition: a row without a customer's key has an erased address or number; empty when none has."""
    conditions = []
    for column in people.contacts:
        rows = f"{people.checks.cleaned('incoming')} where {people.nameless} and {name(column)} is not null"
        values = connection.execute(f"select distinct {name(column)} from {rows}").fetchall()
        if found := sorted(erased.values_among(value for (value,) in values)):
            conditions.append(f"({name(column)} in ({', '.join(map(literal, found))}) and {people.nameless})")
    return " or ".join(conditions)


def broken_lines(connection: duckdb.DuckDBPyConnection, table: Table, erased: ErasedPeople) -> list[tuple[str, int]]:
    """File and line of the rows of `incoming` that did not come apart and hold something of an erased person."""
    rows = connection.execute("select _file, _line, _text from incoming where _problem is not null").fetchall()
    return [(file, line) for file, line, text in rows if text and broken_is_theirs(connection, table, erased, text)]


def broken_is_theirs(connection: duckdb.DuckDBPyConnection, table: Table, erased: ErasedPeople, text: str) -> bool:
    """A line that did not come apart is theirs by a key or value; by a record's key, when it has no other's key."""
    if erased.names_somebody(table.source, text):
        return True
    told = {column.references for mapping in table.entities for column in ties(mapping.entity)}
    told |= {mapping.entity.name for mapping in table.entities}
    if not erased.tells_of_records(table.source, told & known_by_key(), text):
        return False
    parts = ", ".join(map(literal, sorted(parts_of(text))))
    others = f"select 1 from core.customer_xref where source = {literal(table.source)} and customer_key in ({parts})"
    return connection.execute(f"{others} limit 1").fetchone() is None
