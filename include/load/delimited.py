"""Splits delimited lines into records and fields, recovering at the next line after a broken quote.

A reader of RFC 4180 loses everything after an opening quote that is never closed, and counts records where a person
looks for lines. Here a record that does not come out with the header's number of columns is taken apart again, so a
broken quote costs the lines it is on, and every row keeps its physical line.
"""

from __future__ import annotations

import duckdb

from include.load.declared import Table
from include.load.errors import SourceError
from include.load.headers import listed, refuse_wide, unmarked
from include.load.sql_text import literal, name

_LONGEST_RECORD = 1_000  # physical lines


def parse_delimited(connection: duckdb.DuckDBPyConnection, table: Table, label: str) -> list[str]:
    """Fill the temporary table `parsed(_line, _text, _problem, <columns>)` from `lines`; return the columns' names.

    `_problem` is null, `garbled` or `wrong_column_count`. Blank lines are no rows.

    Raises
    ------
    SourceError: no header, or one that is garbled or names a column twice.
    """
    quote = literal(table.quote)
    quotes = f"length(text) - length(replace(text, {quote}, ''))"
    has_open = connection.execute(f"select coalesce(bool_or(({quotes}) % 2 = 1), false) from lines").fetchone()[0]
    if has_open:
        _number_records(connection, quotes)
    else:
        connection.execute("create or replace temp view numbered as select line, text, line as record from lines")
    records = "(select min(line) as line, string_agg(text, chr(10) order by line) as text from numbered "
    records = f"{records} group by record having count(*) <= {_LONGEST_RECORD})" if has_open else "lines"
    columns = _header(connection, table, records, label)
    right = f"len(fields) = {len(columns)}"
    connection.execute(
        f"create or replace temp table fielded as select line, text, {_fields(table)} as fields "
        f"from (select *, {_pieces(table)} as pieces from {records}) where text <> ''"
    )
    if has_open:
        connection.execute(
            f"create or replace temp table broken as select line, text from numbered where record in "
            "(select record from numbered group by record having count(*) > 1) "
            f"and record not in (select n.record from numbered n join fielded f using (line) where {right})"
        )
        connection.execute("delete from fielded where line in (select line from broken)")
        connection.execute(
            f"insert into fielded select line, text, {_fields(table)} "
            f"from (select *, {_pieces(table)} as pieces from broken) where text <> ''"
        )
    if table.header:
        connection.execute("delete from fielded where line = (select min(line) from fielded)")
    values = ", ".join(
        f"case when {right} then fields[{place}] end as {name(column)}" for place, column in enumerate(columns, 1)
    )
    connection.execute(
        "create or replace temp table parsed as select line as _line, text as _text, "
        f"case when fields is null then 'garbled' when not {right} then 'wrong_column_count' end as _problem, {values} "
        "from fielded"
    )
    return columns


def _number_records(connection: duckdb.DuckDBPyConnection, quotes: str) -> None:
    connection.execute(
        f"create or replace temp table numbered as with counted as (select line, text, (sum({quotes}) over "
        f"(order by line rows unbounded preceding) - ({quotes})) % 2 = 1 as inside from lines) "
        "select line, text, sum(case when inside then 0 else 1 end) over (order by line rows unbounded preceding) "
        "as record from counted"
    )


def _pieces(table: Table) -> str:
    """Delimiter and field, again and again; what does not come out whole is garbled."""
    delimiter, quote = (f"\\x{{{ord(mark):x}}}" for mark in (table.delimiter, table.quote))
    bare = f"[^{quote}{delimiter}\\n][^{delimiter}\\n]*"
    pattern = f"{delimiter}(?:{quote}(?:[^{quote}]|{quote}{quote})*{quote}|{bare}|)"
    return (
        f"case when contains(text, {literal(table.quote)}) "
        f"then regexp_extract_all({literal(table.delimiter)} || text, {literal(pattern)}) end"
    )


def _fields(table: Table) -> str:
    delimiter, quote = literal(table.delimiter), literal(table.quote)
    unquoted = f"replace(substr(piece, 3, length(piece) - 3), {quote} || {quote}, {quote})"
    return (
        f"case when pieces is null then string_split(text, {delimiter}) "
        f"when array_to_string(pieces, '') = {delimiter} || text then list_transform(pieces, lambda piece: "
        f"case when substr(piece, 2, 1) = {quote} then {unquoted} else substr(piece, 2) end) end"
    )


def _header(connection: duckdb.DuckDBPyConnection, table: Table, records: str, label: str) -> list[str]:
    if not table.header:
        return list(table.column_names)
    row = connection.execute(
        f"select {_fields(table)} from (select *, {_pieces(table)} as pieces from {records}) "
        "where text <> '' order by line limit 1"
    ).fetchone()
    if row is None or (row[0] and not any(field.strip() for field in row[0])):
        raise SourceError(f"{label} is empty. Deliver it again, or remove the file.")
    if row[0] is None or not unmarked(row[0]):
        raise SourceError(
            f"{label}: its first line is no header in {table.encoding}. Mend it, or declare the encoding."
        )
    refuse_wide(row[0], label)
    columns = [field.strip() or f"column_{place}" for place, field in enumerate(row[0], 1)]
    lowered = [column.lower() for column in columns]
    if repeated := sorted({column for column in columns if lowered.count(column.lower()) > 1}):
        raise SourceError(f"{label}: its header names {listed(repeated)} more than once. Rename one in the file.")
    return columns
