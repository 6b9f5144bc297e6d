"""Puts stewards' corrections in the place of the refused rows that they mend, while a table is loaded."""

from __future__ import annotations

import duckdb

from include.load.corrections import corrections_of, rows_of_content
from include.load.declared import Table
from include.load.row_checks import RowChecks
from include.load.sql_text import literal


def mend_refused(connection: duckdb.DuckDBPyConnection, table: Table, checks: RowChecks) -> int:
    """Replace refused rows of `incoming` by their corrections where these are good; returns how many stay refused.

    A corrected row keeps file and line of the one it replaces. One whose key is on a good row of the same file is
    not good: which of the two is meant only a steward can say.
    """
    run = connection.execute
    run(
        "create or replace temp table found as select r._file, r._line, c.content "
        f"from refused r join ({corrections_of(table)}) c using (row_id)"
    )
    if run("select count(*) from found").fetchone()[0]:
        run(f"create or replace temp table mended as {rows_of_content('found', checks.types)}")
        checks.judge("mended", "judged_mended", "faults_mended")
        run("create or replace temp table applied as select _file, _line from judged_mended where " + _good(table))
        kind = "view" if _is_view(connection, "incoming") else "table"
        run(f"alter {kind} incoming rename to arrived")
        run(
            "create temp view incoming as select * from arrived anti join applied using (_file, _line) "
            "union all by name select * from mended semi join applied using (_file, _line)"
        )
        for told in ("faults", "refused", "repeated"):
            run(f"delete from {told} where (_file, _line) in (select (_file, _line) from applied)")
    run("drop table found")
    return run("select count(*) from refused").fetchone()[0]


def _good(table: Table) -> str:
    if not table.key:
        return "_reasons is null"
    taken = (
        "select _file, _key from judged where _reasons is null and _key in (select _key from judged_mended) "
        "and (_file, _line) not in (select (_file, _line) from mended)"
    )
    return (
        f"_reasons is null and (_file, _key) not in ({taken}) "
        "qualify row_number() over (partition by _file, _key order by _line) = 1"
    )


def _is_view(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    found = connection.execute(
        "select table_type from information_schema.tables where table_catalog = 'temp' "
        f"and table_name = {literal(relation)}"
    ).fetchone()
    return found[0] == "VIEW"
