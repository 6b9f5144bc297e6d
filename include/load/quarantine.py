"""Sets refused rows aside with all their reasons and their whole content."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import duckdb

from include.load.declared import Table
from include.load.sql_text import literal, name
from include.load.text_lines import INVALID_BYTE, LINE_TOO_LONG, NUL


@dataclass(frozen=True)
class Batch:
    """One run of the load; `loaded_at` is in UTC without a zone."""

    batch_id: str
    loaded_at: datetime.datetime


def set_aside(connection: duckdb.DuckDBPyConnection, table: Table, columns: list[str], batch: Batch) -> int:
    """Copy the refused rows of `judged` to `ops.quarantine`, and return how many there are.

    Fills the temporary table `repeated(_file, _line)` with rows whose key an earlier line of the same file has:
    within a file the first row of a key counts, while a later file brings news of it.
    """
    connection.execute("create or replace temp table repeated (_file varchar, _line bigint)")
    if table.key:
        connection.execute(
            "insert into repeated select _file, _line from judged where _reasons is null "
            "qualify row_number() over (partition by _file, _key order by _line) > 1"
        )
    content = _content(columns)
    reason = literal("the key is already on an earlier line of the file")
    key = literal(", ".join(table.key))
    repeated = f"""[struct_pack("code" := 'duplicate_key', "column" := {key}, reason := {reason})]"""
    own = f"{literal(table.source)}, {literal(table.name)}, _file, _line, {literal(batch.batch_id)}"
    connection.execute(
        f"insert into ops.quarantine select {own}, reasons, content, timestamp '{batch.loaded_at}' from ("
        f"select _file, _line, _reasons as reasons, {content} as content from judged where _reasons is not null "
        f"union all select _file, _line, {repeated}, {content} from judged semi join repeated using (_file, _line))"
    )
    return connection.execute(
        "select count(*) filter (where _reasons is not null) + (select count(*) from repeated) from judged"
    ).fetchone()[0]


def _content(columns: list[str]) -> str:
    """JSON text of the row: its columns, or its line when it did not come apart; bytes that are no text as `\\xff`."""
    fields = ", ".join(f"{name(column)} := {name(column)}" for column in columns)
    came_apart = "_reasons is null or _reasons[1].code not in ('wrong_column_count', 'garbled', 'invalid_json')"
    row = f"case when {came_apart} then to_json(struct_pack({fields})) else to_json(struct_pack(_text := _text)) end"
    text = f"cast({row} as varchar)"
    for mark, shown in ((INVALID_BYTE, "\\\\x"), (NUL, "\\\\x00"), (LINE_TOO_LONG, "")):
        text = f"replace({text}, '{mark}', '{shown}')"
    return text
