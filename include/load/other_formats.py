"""Fixed-width lines, JSON Lines and Parquet as the temporary table `parsed`."""

from __future__ import annotations

import duckdb

from include.load.declared import Table
from include.load.errors import SourceError, raise_if_engine_failed
from include.load.files import LandingFile
from include.load.headers import listed, refuse_wide
from include.load.sql_text import json_pointer, literal, name

_MOST_DIGITS = 38  # of a decimal: the engine reads longer ones as other numbers


def parse_fixed_width(connection: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """Fill `parsed(_line, _text, _problem, <columns>)` from `lines`; one that ends before its last column is short."""
    columns = table.fixed_columns
    reach = max(column.start for column in columns)
    values = ", ".join(f"trim(substr(text, {c.start}, {c.width})) as {name(c.name)}" for c in columns)
    connection.execute(
        "create or replace temp table parsed as select line as _line, text as _text, "
        f"case when length(text) < {reach} then 'wrong_column_count' end as _problem, {values} "
        "from lines where trim(text) <> ''"
    )
    return [column.name for column in columns]


def find_objects(connection: duckdb.DuckDBPyConnection, label: str) -> None:
    """Fill the temporary table `objects(line, text, is_object)` from `lines`."""
    first = connection.execute("select ltrim(text) from lines where trim(text) <> '' order by line limit 1").fetchone()
    if first is None:
        raise SourceError(f"{label} is empty. Deliver it again, or remove the file.")
    if first[0].startswith("["):
        raise SourceError(
            f"{label} is a JSON array. Write its objects one a line, without brackets and commas between."
        )
    is_object = "case when json_valid(text) then json_type(text) = 'OBJECT' else false end"
    connection.execute(
        f"create or replace temp table objects as select line, text, {is_object} as is_object "
        "from lines where trim(text) <> ''"
    )


def parse_json_lines(connection: duckdb.DuckDBPyConnection, label: str) -> list[str]:
    """Fill `parsed(_line, _text, _problem, <columns>)` from `lines`; every key of any object becomes a text column.

    Raises
    ------
    SourceError: two keys differ by case only, or no line is a JSON object.
    """
    find_objects(connection, label)
    connection.execute(
        "create or replace temp table shapes as select *, len(names) <> len(list_distinct(names)) or "
        "list_contains(names, '') or len(list_filter(names, lambda key: contains(key, chr(0)))) > 0 as wrong "
        "from (select distinct json_keys(text) as names from objects where is_object)"
    )
    keys = [
        key
        for (key,) in connection.execute(
            "select distinct unnest(names) as key from shapes where not wrong order by key"
        ).fetchall()
    ]
    if not keys:
        raise SourceError(f"{label}: no line of it is a JSON object. Write one object a line, or remove the file.")
    refuse_wide(keys, label)
    lowered = [key.lower() for key in keys]
    if repeated := sorted({key for key in keys if lowered.count(key.lower()) > 1}):
        raise SourceError(f"{label}: the keys {listed(repeated)} differ by case only. Rename one in the file.")
    has_wrong = connection.execute("select count(*) from shapes where wrong").fetchone()[0]
    names = (
        "json_keys(case when is_object then text end)"  # the engine looks at all lines before it tells the cases apart
    )
    misnamed = f" when {names} in (select names from shapes where wrong) then 'wrong_names'" if has_wrong else ""
    pointers = ", ".join(literal(json_pointer(key)) for key in keys)
    values = ", ".join(f"found[{place}] as {name(key)}" for place, key in enumerate(keys, 1))
    connection.execute(
        "create or replace temp table parsed as select line as _line, text as _text, "
        f"case when not is_object then 'invalid_json'{misnamed} end as _problem, {values} from "
        f"(select *, case when is_object then json_extract_string(text, [{pointers}]) end as found from objects)"
    )
    return keys


def read_parquet(connection: duckdb.DuckDBPyConnection, file: LandingFile, label: str) -> list[str]:
    """Fill `parsed(_line, _text, _problem, <columns>)` from a Parquet file; `_line` is the 1-based row.

    Raises
    ------
    SourceError: the file is empty, damaged or no Parquet.
    """
    path = literal(str(file.path))
    try:
        # Folders such as store=001 are text: what one of them looks like says nothing of the others.
        rows = f"read_parquet({path}, hive_types_autocast = false, file_row_number = true)"
        described = connection.execute(f"describe select * exclude (file_row_number) from {rows}").fetchall()
        columns = [column for column, *_ in described]
        refuse_wide(columns, label)
        long = connection.execute(
            f"select name, precision from parquet_schema({path}) where precision > {_MOST_DIGITS}"
        ).fetchone()
        if long:
            raise SourceError(
                f"{label}: column {long[0]} is a decimal of {long[1]} digits, and at most {_MOST_DIGITS} are read. "
                "Write it with fewer digits, or as text."
            )
        connection.execute(
            "create or replace temp table parsed as select file_row_number + 1 as _line, null::varchar as _text, "
            f"null::varchar as _problem, * exclude (file_row_number) from {rows}"
        )
    except duckdb.Error as error:
        raise_if_engine_failed(error)
        raise SourceError(
            f"{label} cannot be read as Parquet ({type(error).__name__}). Deliver it again, or remove the file."
        ) from None
    return columns
