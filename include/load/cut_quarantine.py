"""Cuts the rows of erased people out of the quarantine and out of stewards' corrections."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb

from include.contract.reader import DateBounds
from include.load.attempts import attempts_hold
from include.load.corrections import forget_corrections, rows_of_content
from include.load.cutting import belonging, broken_is_theirs, erased_by_contact
from include.load.declared import Table
from include.load.erased import ErasedPeople
from include.load.incoming import drop_working_tables
from include.load.peoples_rows import PeoplesRows
from include.load.row_checks import RowChecks
from include.load.sql_text import literal
from include.workspace import Workspace

Tells = Callable[[str, str], bool]
_IS_TEXT = "starts_with(content, '{\"_text\":')"  # a line that did not come apart


def cut_quarantine(
    connection: duckdb.DuckDBPyConnection,
    tables: list[tuple[Table, dict[str, str]]],
    bounds: DateBounds,
    erased: ErasedPeople,
    tells: Tells | None = None,
) -> int:
    """Delete refused rows of erased people, and empty what the books do not need of those that they keep.

    Each table comes with the types of its landed columns. `tells` (source, content) says of a row of whatever table
    that it is theirs. Inside the caller's transaction. Returns how many rows went: the ledger counts them as erased,
    and no longer as read, else they would be missing in the quarantine.
    """
    run = connection.execute
    gone: set[int] = set()
    if tells is not None:
        told = run("select rowid, source, content from ops.quarantine where content is not null").fetchall()
        gone.update(no for no, source, content in told if tells(source, content))
    for table, types in tables:
        own = f"source = {literal(table.source)} and table_name = {literal(table.name)}"
        rows = f"(select rowid as no, content from ops.quarantine where {own})"
        theirs, kept, emptied = _find(connection, table, types, bounds, erased, rows)
        gone.update(theirs)
        if kept := sorted(set(kept) - gone):
            nothing = literal(json.dumps(dict.fromkeys(sorted(emptied))))
            run(
                f"update ops.quarantine set content = json_merge_patch(content::json, {nothing}::json)::varchar "
                f"where rowid in ({', '.join(map(str, kept))})"
            )
    if gone:
        numbers = ", ".join(map(str, sorted(gone)))
        run(
            "update ops.load_ledger as told set rows_read = rows_read - rows, "
            "rows_quarantined = rows_quarantined - rows, rows_erased = coalesce(rows_erased, 0) + rows "
            "from (select batch_id, source, table_name, count(*) as rows from ops.quarantine "
            f"where rowid in ({numbers}) group by all) as gone where kind = 'load' "
            "and told.batch_id = gone.batch_id and told.source = gone.source and told.table_name = gone.table_name"
        )
        run(f"delete from ops.quarantine where rowid in ({numbers})")
    return len(gone)


def cut_corrections(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    tables: list[tuple[Table, dict[str, str]]],
    bounds: DateBounds,
    erased: ErasedPeople,
) -> int:
    """Forget stewards' corrections (`read_corrections`) of erased people's rows; returns how many went."""
    gone: set[int] = set()
    for table, types in tables:
        own = f"source = {literal(table.source)} and table_name = {literal(table.name)}"
        for text in ("content", "original"):
            rows = f"(select rowid as no, {text} as content from temp.corrections where {own})"
            theirs, kept, _ = _find(connection, table, types, bounds, erased, rows)
            gone.update(theirs, kept)
    if gone:
        forget_corrections(workspace, connection, sorted(gone))
    return len(gone)


def _find(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    types: dict[str, str],
    bounds: DateBounds,
    erased: ErasedPeople,
    rows: str,
) -> tuple[list[int], list[int], set[str]]:
    """Which of the refused `rows` (no, content) are erased people's: those that go, and those that the books keep.

    Of what the books keep, the columns named last are to be emptied.
    """
    run = connection.execute
    lines = run(f"select no, content from {rows} where {_IS_TEXT}").fetchall()
    broken = [no for no, content in lines if broken_is_theirs(connection, table, erased, content)]
    people = refused_rows(connection, table, types, bounds, rows)
    if people is None:
        return broken, [], set()
    people.find_keys("incoming", erased.keys_among(table.source))
    tied, kept = belonging(people, erased), people.unlinked
    conditions = [people.whole, erased_by_contact(connection, people, erased), tied if kept is None else ""]
    goes = " or ".join(f"({one})" for one in conditions if one)
    stays = f"not ({goes}) and ({tied})" if kept is not None and tied else "false"
    with attempts_hold(connection):
        gone, emptied = (
            [no for (no,) in run(f"select _line from {people.checks.cleaned('incoming')} where {one}").fetchall()]
            for one in (goes, stays)
        )
    drop_working_tables(connection)
    return [*broken, *gone], emptied, kept or set()


def refused_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, types: dict[str, str], bounds: DateBounds, rows: str
) -> PeoplesRows | None:
    """Make `incoming` of the refused `rows` (no, content) that came apart, each with its no as `_line`.

    None when there are none, or when the landed table, whose `types` are given, lacks what the declaration maps.
    """
    if set(table.uses) - set(types):
        return None
    drop_working_tables(connection)
    connection.execute(
        "create temp table retried as select '' as _file, no as _line, content "
        f"from {rows} where content is not null and not {_IS_TEXT}"
    )
    if not connection.execute("select count(*) from retried").fetchone()[0]:
        return None
    connection.execute(f"create temp table incoming as {rows_of_content('retried', types)}")
    return PeoplesRows(connection, table, RowChecks(table, types, bounds, connection))
