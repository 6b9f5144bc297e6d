"""Judges open rows of the quarantine once more, by what was kept of them or by a steward's correction."""

from __future__ import annotations

import duckdb

from include.contract.reader import DateBounds
from include.load.contract_rows import refresh_contract_rows
from include.load.corrections import corrections_of, rows_of_content
from include.load.declared import Table
from include.load.errors import SourceError
from include.load.incoming import drop_working_tables
from include.load.merging import Merger
from include.load.quarantine import Batch, open_rows, resolve
from include.load.result import TableLoad
from include.load.row_checks import RowChecks
from include.load.sql_text import literal, name

# What was kept of such a row is not the row: only a correction can bring it in.
_LOST = (
    *("wrong_column_count", "garbled", "invalid_json", "wrong_names"),
    *("invalid_encoding", "nul_byte", "line_too_long", "duplicate_key"),
)


def retry_rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    types: dict[str, str],
    batch: Batch,
    bounds: DateBounds,
) -> TableLoad | None:
    """Bring in what is good now, inside the caller's transaction; None when nothing of the table is open.

    `types` are those of the landed table. Rows that come in are resolved as `replayed`; one whose key has come from a
    later file since, as `superseded`. All others stay open, with the reasons of today.

    Raises
    ------
    SourceError: the landed table lacks a column that the declaration maps.
    """
    run = connection.execute
    waiting = f"from ops.quarantine where {open_rows(table.source, table.name)}"
    read = run(f"select count(*) {waiting}").fetchone()[0]
    if not read or not types:
        return None
    if missing := [column for column in table.uses if column not in types]:
        raise SourceError(f"{table.label}: the landed rows have no column {', '.join(missing)}. Load the table first.")
    lost = ", ".join(map(literal, _LOST))
    run(
        "create or replace temp table retried as select file as _file, row_number() over (order by file, line, row_id) "
        "as _line, line as true_line, q.row_id, row_key, c.content is not null as corrected, "
        "list_contains([reason.code for reason in reasons], 'duplicate_key') as is_repeated, "
        f"coalesce(c.content, q.content) as content from (from ops.quarantine where "
        f"{open_rows(table.source, table.name)}) q left join ({corrections_of(table)}) c using (row_id) "
        f"where c.content is not null or not list_has_any([reason.code for reason in reasons], [{lost}])"
    )
    run(f"create or replace temp table mended as {rows_of_content('retried', types)}")
    run("create or replace temp view incoming as from mended")
    checks = RowChecks(table, types, bounds, connection)
    checks.judge("mended", "judged_mended", "faults_mended")
    landed = f"raw.{name(table.landed)}"
    _choose(connection, table, landed)
    run(
        "create or replace temp view judged as select j.* replace (r.true_line as _line) from judged_mended j "
        "join retried r using (_file, _line) where r.row_id in (select row_id from applied)"
    )
    accepted = run("select count(*) from applied").fetchone()[0]
    unchanged = 0
    if accepted:
        merger = Merger(connection, table, batch, checks)
        unchanged = merger.upsert(None)[0] if table.key else merger.add()
        refresh_contract_rows(connection, table, checks, landed, "changed")
        resolve(connection, table.source, table.name, batch, "replayed", "row_id in (select row_id from applied)")
    later = run("select count(*) from overtaken").fetchone()[0]
    resolve(connection, table.source, table.name, batch, "superseded", "row_id in (select row_id from overtaken)")
    run(
        "update ops.quarantine set reasons = f._reasons from faults_mended f join retried r using (_file, _line) "
        f"where {open_rows(table.source, table.name)} and ops.quarantine.row_id = r.row_id and not r.corrected"
    )
    drop_working_tables(connection)
    return TableLoad(table.source, table.name, read, accepted - unchanged, unchanged + later, read - accepted - later)


def _choose(connection: duckdb.DuckDBPyConnection, table: Table, landed: str) -> None:
    """Fill `applied(row_id)` with the rows to bring in, and `overtaken(row_id)` with those that came too late.

    A row that would take the key of another row of its file stays out: which one is meant only a steward can say.
    """
    good = "judged_mended j join retried r using (_file, _line) where j._reasons is null"
    if not table.key:
        connection.execute(f"create or replace temp table applied as select r.row_id from {good}")
        connection.execute("create or replace temp table overtaken as select row_id from applied limit 0")
        return
    connection.execute(
        "create or replace temp table overtaken as select r.row_id "
        f"from {good} and j._key in (select _row_key from {landed} l where l._row_key = j._key and l._file > j._file)"
    )
    connection.execute(
        f"create or replace temp table applied as select r.row_id from {good} "
        "and r.row_id not in (select row_id from overtaken) and not exists ("
        f"from {landed} l where l._row_key = j._key and l._file = j._file "
        "and (r.is_repeated or j._key is distinct from r.row_key)) "
        "qualify row_number() over (partition by j._file, j._key order by r.true_line) = 1"
    )
