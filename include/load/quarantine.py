"""Sets refused rows aside with all their reasons and their whole content, and tells open ones from resolved ones."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import duckdb

from include.load.declared import Table
from include.load.sql_text import literal, name
from include.load.text_lines import INVALID_BYTE, LINE_TOO_LONG, NUL

_CAME_APART = (
    "(_reasons is null or _reasons[1].code not in ('wrong_column_count', 'garbled', 'invalid_json', 'wrong_names'))"
)

# A database told us the row as JSON, because the engine has no type for what it holds.
_FROM_DATABASE = """(_reasons[1].code = 'not_finite' and _reasons[1]."column" is null)"""


@dataclass(frozen=True)
class Batch:
    """One run of the load; `loaded_at` is in UTC without a zone."""

    batch_id: str
    loaded_at: datetime.datetime


def find_refused(connection: duckdb.DuckDBPyConnection, table: Table, columns: list[str]) -> int:
    """Fill `refused(_file, _line, reasons, content, row_id, row_key)` from `judged`, and return how many there are.

    Fills the temporary table `repeated(_file, _line)` with rows whose key an earlier line of the same file has:
    within a file the first row of a key counts, while a later file brings news of it. `row_id` names a refused row
    by its content, and by its file where no key is known, so that it is known again when the file comes anew.
    """
    connection.execute("create or replace temp table repeated (_file varchar, _line bigint)")
    reasons = "_reasons"
    again = "select 1 from judged where _reasons is null group by _key having count(*) > 1"
    doubtful = f"select 1 where exists (from faults) or exists ({again})"
    if table.key and not table.keeps_newest and connection.execute(doubtful).fetchone():
        connection.execute(
            "insert into repeated select _file, _line from judged where _reasons is null and _key in "
            "(select _key from judged where _reasons is null group by _file, _key having count(*) > 1) "
            "qualify row_number() over (partition by _file, _key order by _line) > 1"
        )
        taken = "(select _file, _key from judged where _reasons is null and _key in (select _key from judged "
        taken += "where _reasons is not null))"
        reasons = (
            f"case when (_file, _key) in {taken} "
            f"then list_append(_reasons, {_duplicate(table, 'a good line of the file has the same key')}) "
            "else _reasons end"
        )
    found = connection.execute("select (select count(*) from faults) + (select count(*) from repeated)").fetchone()[0]
    nothing = "" if found else " limit 0"  # most loads refuse nothing: then nothing is looked through
    content = _content(columns)
    same = f"concat_ws(chr(31), _content_hash, case when not {_CAME_APART} then _text end)"
    earlier = _duplicate(table, "the key is already on an earlier line of the file")
    connection.execute(
        "create or replace temp table refused as select _file, _line, reasons, content, _key as row_key, "
        "left(md5(concat_ws(chr(31), case when _key is null then _file end, same, "
        "row_number() over (partition by _file, same order by _line))), 16) as row_id from ("
        f"select _file, _line, _key, {reasons} as reasons, {content} as content, {same} as same "
        f"from judged where _reasons is not null union all select _file, _line, _key, [{earlier}], {content}, {same} "
        f"from judged semi join repeated using (_file, _line)){nothing}"
    )
    return connection.execute("select count(*) from refused").fetchone()[0]


def set_aside(connection: duckdb.DuckDBPyConnection, table: Table, batch: Batch, files: list[str] | None) -> None:
    """Put the rows of `refused` into `ops.quarantine`, and resolve what is open there of the `files` read anew.

    None means that all of the table was read anew. A row that is refused again is open under this batch, since the
    day it was first refused.
    """
    names = "true" if files is None else f"file in ({', '.join(map(literal, files)) or 'null'})"
    read_anew = f"({names} or row_id in (select row_id from refused))"
    moment = f"timestamp '{batch.loaded_at}'"
    connection.execute(
        f"create or replace temp table newly_refused as select {literal(table.source)} as source, "
        f"{literal(table.name)} as table_name, _file as file, _line as line, {literal(batch.batch_id)} as batch_id, "
        f"reasons, content, {moment} as quarantined_at, row_id, row_key, least({moment}, former) as since "
        f"from refused left join (select row_id, min(since) as former from ops.quarantine "
        f"where {open_rows(table.source, table.name)} and {read_anew} group by row_id) using (row_id)"
    )
    again = f"{read_anew} and row_id in (select row_id from refused)"
    resolve(connection, table.source, table.name, batch, "read_again", again)
    resolve(connection, table.source, table.name, batch, "mended", read_anew)
    connection.execute("insert into ops.quarantine by name select * from newly_refused")
    connection.execute("drop table temp.newly_refused")


def resolve_superseded(connection: duckdb.DuckDBPyConnection, table: Table, batch: Batch, landed: str) -> None:
    """Resolve open rows of the table whose key has come in good form since: in this batch, or in a later file."""
    is_open = f"select 1 from ops.quarantine where {open_rows(table.source, table.name)} limit 1"
    if table.key and connection.execute(is_open).fetchone():
        news = (
            "row_id in (select q.row_id from ops.quarantine q "
            f"join (select _row_key, _file, _loaded_at, _batch_id from {landed}) l on l._row_key = q.row_key "
            f"where {open_rows(table.source, table.name)} and (l._file > q.file "
            f"or (l._loaded_at > q.quarantined_at and l._batch_id = {literal(batch.batch_id)})))"
        )
        resolve(connection, table.source, table.name, batch, "superseded", news)


def open_rows(source: str, table: str) -> str:
    """SQL condition: rows of `ops.quarantine` that wait for a steward."""
    return f"source = {literal(source)} and table_name = {literal(table)} and resolved_at is null"


def resolve(
    connection: duckdb.DuckDBPyConnection, source: str, table: str, batch: Batch, resolution: str, where: str = "true"
) -> None:
    """Close open rows of a table: they keep content and reasons, and say by which batch and how they were resolved."""
    connection.execute(
        f"update ops.quarantine set resolved_at = timestamp '{batch.loaded_at}', "
        f"resolved_by = {literal(batch.batch_id)}, resolution = {literal(resolution)} "
        f"where {open_rows(source, table)} and {where}"
    )


def _duplicate(table: Table, reason: str) -> str:
    key = literal(", ".join(table.key))
    return f"""struct_pack("code" := 'duplicate_key', "column" := {key}, reason := {literal(reason)})"""


def _content(columns: list[str]) -> str:
    """JSON text of the row: its columns, or its line when it did not come apart; bytes that are no text as `\\xff`."""
    fields = ", ".join(f"{name(column)} := {name(column)}" for column in columns)
    row = (
        f"case when {_FROM_DATABASE} then _text when {_CAME_APART} then to_json(struct_pack({fields})) "
        "else to_json(struct_pack(_text := _text)) end"
    )
    text = f"cast({row} as varchar)"
    for mark, shown in ((INVALID_BYTE, "\\\\x"), (NUL, "\\\\x00"), (LINE_TOO_LONG, "")):
        text = f"replace({text}, '{mark}', '{shown}')"
    return text
