"""Open rows of a table as a CSV sheet that a steward corrects, and the corrections in a sheet that comes back."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import duckdb

from include.load.corrections import COLUMNS
from include.load.errors import SourceError, raise_if_engine_failed
from include.load.landing import LINEAGE
from include.load.quarantine import Batch, open_rows
from include.load.sql_text import json_pointer, literal, name

_OWN = ("_row", "_file", "_line", "_reasons", "_text")
_LEFT_BYTES = r"\\\\x[0-9a-f]{2}"  # a backslash is two in JSON


def write_sheet(
    connection: duckdb.DuckDBPyConnection, source: str, table: str, where: str, columns: list[str], path: Path
) -> int:
    """Write the open rows of a table for which the SQL condition `where` holds; returns how many there are.

    `columns` are the table's own. The file is readable by its owner only: it holds whole rows.
    """
    values = ", ".join(f"{_value(column)} as {name(column)}" for column in columns)
    reasons = "list_aggregate([reason.code || ': ' || reason.reason for reason in reasons], 'string_agg', '; ')"
    query = (
        f"select row_id as _row, file as _file, line as _line, {reasons} as _reasons, "
        f"json_extract_string(content, '/_text') as _text, {values} from ops.quarantine "
        f"where {open_rows(source, table)} and {where} order by file, line, row_id"
    )
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection.execute(f"copy ({query}) to {literal(str(draft))} (format csv, header, use_tmp_file false)")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return connection.execute(f"select count(*) from ({query})").fetchone()[0]


def read_sheet(connection: duckdb.DuckDBPyConnection, path: Path, batch: Batch, corrected_by: str) -> int:
    """Fill the temporary table `new_corrections` from the rows of a sheet that were edited; returns how many.

    Raises
    ------
    SourceError: the file is no sheet of the quarantine, or a row cannot be taken.
    """
    columns = _read(connection, path)
    _refuse_unknown(connection, path)
    connection.execute(f"create or replace temp table new_corrections ({COLUMNS})")
    tables = connection.execute(
        "select distinct source, table_name from ops.quarantine where row_id in (select _row from sheet) order by all"
    ).fetchall()
    for source, table in tables:
        own = landed_columns(connection, source, table)
        if further := [column for column in columns if column not in own and column not in _OWN]:
            raise SourceError(
                f"{path}: {source}/{table} has no column {', '.join(further)}. Nothing was taken from the sheet."
            )
        _add_corrections(connection, source, table, own, columns)
    connection.execute(
        f"update new_corrections set corrected_at = timestamp '{batch.loaded_at}', corrected_by = ?", [corrected_by]
    )
    _refuse_halves(connection, path, columns)
    return connection.execute("select count(*) from new_corrections").fetchone()[0]


def landed_columns(connection: duckdb.DuckDBPyConnection, source: str, table: str) -> list[str]:
    """The columns that the rows of a table have as they come, in order."""
    found = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = ? "
        "and database_name = current_database() order by column_index",
        [f"{source}__{table}"],
    ).fetchall()
    return [column for (column,) in found if column not in LINEAGE]


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as content:
            first = content.readline()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'}).") from None
    delimiter = max(",;\t", key=first.count)
    columns = next(csv.reader([first], delimiter=delimiter), [])
    if "_row" not in columns or len(set(columns)) < len(columns):
        raise SourceError(
            f"{path} is no sheet of the quarantine: its first line lacks _row, or names a column twice. "
            "Write one by `tierworks quarantine --export FILE`, and edit that."
        )
    try:
        connection.execute(
            f"create or replace temp table sheet as select * from read_csv({literal(str(path))}, header = true, "
            f"""all_varchar = true, delim = {literal(delimiter)}, quote = '"', escape = '"', strict_mode = true, """
            "max_line_size = 20000000)"
        )
    except duckdb.Error as error:
        raise_if_engine_failed(error)
        line = _odd_line(path, delimiter, len(columns))
        raise SourceError(
            f"{path} cannot be read as a sheet: {line} has too many or too few columns; "
            f"a value with {delimiter!r} in it wants double quotes. Nothing was taken from it."
        ) from None
    return columns


def _odd_line(path: Path, delimiter: str, width: int) -> str:
    """The first line that has not as many columns as the sheet."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as content:
        lines = csv.reader(content, delimiter=delimiter)
        return next((f"line {lines.line_num}" for line in lines if len(line) != width), "a line")


def _refuse_unknown(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    for fault, query in {
        "no row of the quarantine": "_row is null or "
        "_row not in (select row_id from ops.quarantine where row_id is not null)",
        "a row that the sheet has twice": "_row in (select _row from sheet group by _row having count(*) > 1)",
    }.items():
        found = connection.execute(f"select distinct _row from sheet where {query} order by 1 limit 5").fetchall()
        if found:
            rows = ", ".join(row or "(nothing)" for (row,) in found)
            raise SourceError(f"{path}: _row {rows} is {fault}. Nothing was taken from it.")


def _add_corrections(
    connection: duckdb.DuckDBPyConnection, source: str, table: str, own: list[str], columns: list[str]
) -> None:
    """Rows of one table that were edited; values that were not stay as they came, blank or missing."""
    fields, changes = [], ["false"]
    for column in own:
        value = came = _value(column)
        if column in columns:
            changed = f"(s.{name(column)} is distinct from nullif({came}, ''))"
            changes.append(changed)
            value = f"case when {changed} then s.{name(column)} else {came} end"
        fields.append(f"{name(column)} := {value}")
    connection.execute(
        "insert into new_corrections by name select source, table_name, row_id, content as original, "
        f"cast(to_json(struct_pack({', '.join(fields)})) as varchar) as content from sheet s join "
        "(from ops.quarantine where source = ? and table_name = ? "
        "qualify row_number() over (partition by row_id order by quarantined_at desc, file, line) = 1) q "
        f"on s._row = q.row_id where {' or '.join(changes)}",
        [source, table],
    )


def _refuse_halves(connection: duckdb.DuckDBPyConnection, path: Path, columns: list[str]) -> None:
    """Bytes that are no text, and lines that did not come apart, must be corrected whole."""
    faults = {
        "still holds bytes that are no text (\\x and two digits): write the characters that they should be": (
            "row_id in (select row_id from new_corrections join ops.quarantine using (row_id) where "
            "list_has_any([reason.code for reason in reasons], ['invalid_encoding', 'nul_byte']) "
            f"and regexp_matches(new_corrections.content, {literal(_LEFT_BYTES)}))"
        )
    }
    if "_text" in columns:
        faults["was edited in _text, which is for reading only: write the values into the columns"] = (
            "row_id in (select _row from sheet join ops.quarantine on _row = row_id "
            "where _text is distinct from json_extract_string(content, '/_text')) "
            "and row_id not in (select row_id from new_corrections)"
        )
    for fault, condition in faults.items():
        found = connection.execute(
            f"select distinct row_id from ops.quarantine where {condition} order by 1 limit 5"
        ).fetchall()
        if found:
            rows = ", ".join(row for (row,) in found)
            raise SourceError(f"{path}: _row {rows} {fault}. Nothing was taken from the sheet.")


def _value(column: str) -> str:
    return f"json_extract_string(content, {literal(json_pointer(column))})"
