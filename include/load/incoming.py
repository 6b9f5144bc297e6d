"""Brings the files of a table into one temporary table, `incoming`, each row with its file and line."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from include.load.declared import Table
from include.load.delimited import parse_delimited
from include.load.errors import SourceError
from include.load.files import LandingFile
from include.load.headers import header_hint, listed
from include.load.json_items import parse_json_items
from include.load.other_formats import parse_fixed_width, parse_json_lines, read_parquet
from include.load.sql_text import literal, name
from include.load.text_lines import read_lines, skip_lines

_OWN = ("_file", "_line", "_text", "_problem")
_RESERVED = {
    *_OWN,
    "_row_key",
    "_row_hash",
    "_batch_id",
    "_loaded_at",
    "_key",
    "_reasons",
    "_suspect",
    "_gone",
    "_content_hash",
    "file_row_number",
}
_LINES_ABOVE_A_HEADER = 50
_WORKING = (
    *("lines", "numbered", "fielded", "broken", "objects", "shapes", "items", "parsed", "incoming"),
    *("winners", "judged", "faults", "repeated", "refused", "losers"),
    *("differing", "concerned", "changed", "touched", "matched", "arriving", "formerly"),
    *("found", "mended", "judged_mended", "faults_mended", "applied", "arrived", "retried", "overtaken"),
    *("uncut", "found_erased", "cut_rows", "tied_records"),
)


def stage_files(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    files: list[LandingFile],
    landed_types: dict[str, str],
    will_grow: bool = False,
) -> tuple[list[LandingFile], dict[str, str], list[str]]:
    """Fill the temporary table `incoming(_file, _line, _text, _problem, <columns>)` from what can be read.

    A single file is not copied, unless the caller will add rows (`will_grow`).

    Returns
    -------
    The files that are in it, the engine's types of its columns by name, and a message for each file that is not.
    """
    drop_working_tables(connection)
    staged: list[LandingFile] = []
    types: dict[str, str] = {}
    messages: list[str] = []
    for file in files:
        try:
            found = _parse(connection, table, file)
            _check_columns(connection, table, file, found, landed_types | types)
            if file.changed():
                raise SourceError(f"{table.label}: {file.name} changed while it was read. Load again when it is whole.")
        except SourceError as error:
            messages.append(str(error))
            continue
        except OSError as error:
            messages.append(
                f"{table.label}: {file.name} cannot be read ({error.strerror}). Allow it, or remove the file."
            )
            continue
        selected = f"select {literal(file.name)} as _file, * from parsed"
        if staged:
            for column in found.keys() - types.keys():
                connection.execute(f"alter table incoming add column {name(column)} {found[column]}")
            connection.execute(f"insert into incoming by name {selected}")
        else:
            kind = "table" if will_grow or len(files) > 1 else "view"
            connection.execute(f"create temp {kind} incoming as {selected}")
        types |= {column: kind for column, kind in found.items() if column not in types}
        staged.append(file)
    loaded = f"{len(staged)} other file{'s were' if len(staged) != 1 else ' was'}"
    return staged, types, [f"{message} Nothing was loaded from this file; {loaded}." for message in messages]


def drop_working_tables(connection: duckdb.DuckDBPyConnection, keep: tuple[str, ...] = ()) -> None:
    """Drop what parsing and merging leave behind, whatever kind it is."""
    kinds = connection.execute(
        "select table_name, table_type from information_schema.tables where table_catalog = 'temp'"
    ).fetchall()
    for table, kind in kinds:
        if table in _WORKING and table not in keep:
            connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} temp.{table}")


def refuse_reserved(table: Table, columns: Iterable[str], of: str) -> None:
    """Raise SourceError when a column has the name of one that the load adds."""
    reserved = sorted(column for column in columns if column.lower() in _RESERVED)
    if reserved:
        raise SourceError(f"{table.label}: column {reserved[0]} of {of} has a name that Tierworks uses. Rename it.")


def _parse(connection: duckdb.DuckDBPyConnection, table: Table, file: LandingFile) -> dict[str, str]:
    label = f"{table.label}: {file.name}"
    drop_working_tables(connection, keep=("incoming",))
    if table.format == "parquet":
        columns = read_parquet(connection, file, label)
    else:
        read_lines(connection, file.path, table.encoding, label)
        skip_lines(connection, table.skip_first, table.skip_matching)
        if table.format == "csv":
            columns = parse_delimited(connection, table, label)
        elif table.format == "fixed_width":
            columns = parse_fixed_width(connection, table)
        elif table.each is not None:
            columns = parse_json_items(connection, table, label)
        else:
            columns = parse_json_lines(connection, label)
    refuse_reserved(table, columns, file.name)
    for absent in sorted(set(table.uses) - set(table.needs) - set(columns)):
        connection.execute(f"alter table parsed add column {name(absent)} varchar")
    described = connection.execute("describe parsed").fetchall()
    return {column: kind for column, kind, *_ in described if column not in _OWN}


def _check_columns(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    file: LandingFile,
    found: dict[str, str],
    known: dict[str, str],
) -> None:
    missing = [column for column in table.needs if column not in found]
    if missing:
        columns, verb = ("column", "is") if len(missing) == 1 else ("columns", "are")
        first_lines = f"select line, text from lines where line <= {_LINES_ABOVE_A_HEADER} order by line"
        hint = header_hint(
            table, list(found), connection.execute(first_lines).fetchall() if table.format == "csv" else ()
        )
        mend = f"Map {'it' if verb == 'is' else 'them'} in {table.path}"
        what_to_do = f": {hint} in {table.path}:{table.line}" if hint else f" (found: {listed(list(found))}). {mend}"
        raise SourceError(
            f"{table.label}: {columns} {', '.join(missing)} {verb} missing from {file.name}{what_to_do}, "
            "or remove the file."
        )
    cased = {column.lower(): column for column in known}
    for column, kind in found.items():
        former = cased.get(column.lower())
        if former is not None and former != column:
            raise SourceError(
                f"{table.label}: column {column} of {file.name} was {former} in the files before. Write it the same."
            )
        if former is not None and known[former] != kind:
            raise SourceError(
                f"{table.label}: column {column} of {file.name} is {kind}, and {known[former]} in the files before. "
                "Write it with that type, or remove the file."
            )
