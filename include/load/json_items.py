"""Reads lists inside the objects of JSON Lines, such as the items of orders: every item is a row."""

from __future__ import annotations

import duckdb

from include.load.declared import Table
from include.load.errors import SourceError
from include.load.headers import listed, refuse_wide
from include.load.other_formats import find_objects
from include.load.sql_text import json_pointer, literal, name
from include.load.text_lines import LONGEST_LINE

POSITION = "_position"
_AS_LIST = "when json_type(found) = 'ARRAY' then cast(found as json[]) when json_type(found) <> 'NULL' then [found]"


def parse_json_items(connection: duckdb.DuckDBPyConnection, table: Table, label: str) -> list[str]:
    """Fill `parsed(_line, _text, _problem, <columns>)` from `lines`: one row for each item of the list `table.each`.

    Columns are the mapped keys of the object, `<each>.<key>` of an item that is an object, `<each>` with the item as
    text, and `_position` from 1; where no object has an item, those that are mapped too. What is no list counts as its
    only item; an object without the list, or with an empty one, has no row. `_line` counts the items of the file. A
    line that is no object, or repeats a name, is a row with a `_problem`; `_text` is there where the row is at fault.

    Raises
    ------
    SourceError: two columns differ by case only, no line is a JSON object, or none has the list.
    """
    find_objects(connection, label)
    run, each = connection.execute, table.each
    if not run("select bool_or(is_object) from objects").fetchone()[0]:
        raise SourceError(f"{label}: no line of it is a JSON object. Write one object a line, or remove the file.")
    outer = _keys(connection, "objects", "json_keys(text)", "is_object")
    if each not in outer:
        raise SourceError(
            f"{label}: no object has the key {each} (found: {listed(outer)}). Mend `each` in "
            f"{table.path}:{table.line}, or remove the file."
        )
    # The rest, names perhaps, has a table of its own.
    outer = [key for key in outer if key in table.uses and key != each]
    # What an object says for all of its items is taken from it once; its text goes along where the quarantine needs it.
    problem = f"case when not is_object then 'invalid_json' when {_misnamed('json_keys(text)')} then 'wrong_names' end"
    run(
        "create or replace temp table items as select row_number() over (order by object, place) as line, object, "
        "problem, is_whole, told, item, place, case when json_type(item) = 'OBJECT' then json_keys(item) end as names "
        "from (select * exclude (found), unnest(found) as item, generate_subscripts(found, 1) as place from ("
        f"select object, problem, is_whole, told, case when is_whole then [null::json] {_AS_LIST} end as found from ("
        f"select line as object, {problem} as problem, "
        f"problem is not null or length(text) > {LONGEST_LINE} as is_whole, "
        f"case when is_object then json_extract(text, {literal(json_pointer(each))}) end as found, "
        f"{_values('is_object', 'text', outer)} as told from objects)))"
    )
    inner = _keys(connection, "items", "names", "names is not null")
    columns = [*outer, each, *(f"{each}.{key}" for key in inner), POSITION]
    if not run("select count(*) from items").fetchone()[0]:
        columns += sorted(set(table.uses) - set(columns))
    refuse_wide(columns, label)
    lowered = [column.lower() for column in columns]
    if repeated := sorted({column for column in columns if lowered.count(column.lower()) > 1}):
        raise SourceError(f"{label}: the keys {listed(repeated)} differ by case only. Rename one in the file.")
    values = [
        *(f"told[{place}]" for place in range(1, len(outer) + 1)),
        "item ->> '$'",
        *(f"told_of_item[{place}]" for place in range(1, len(inner) + 1)),
        "place",
    ]
    values += ["null::varchar"] * (len(columns) - len(values))
    selected = ", ".join(f"{value} as {name(column)}" for value, column in zip(values, columns, strict=True))
    at_fault = f"(is_whole or {_misnamed('names')})"
    run(
        "create or replace temp table parsed as select items.line as _line, "
        f"case when {at_fault} then text end as _text, "
        f"case when {_misnamed('names')} then 'wrong_names' else problem end as _problem, {selected} "
        f"from (select *, {_values('names is not null', 'item', inner)} as told_of_item from items) items left join "
        f"(select line as object, text from objects where line in (select object from items where {at_fault})) "
        "using (object)"
    )
    return columns


def unfold(records: str, each: str) -> str:
    """Query of `records(record)`, one for each item of the list `each`: the item in its place, and `_position`."""
    found = f"json_extract(record, {literal(json_pointer(each))})"
    return (
        f"select json_merge_patch(record, json_object({literal(each)}, item, {literal(POSITION)}, place)) as record "
        "from (select record, unnest(found) as item, generate_subscripts(found, 1) as place from (select record, "
        f"case {_AS_LIST} end as found from (select record, {found} as found from {records})))"
    )


def _keys(connection: duckdb.DuckDBPyConnection, relation: str, names: str, known: str) -> list[str]:
    found = connection.execute(f"select distinct unnest({names}) as key from {relation} where {known} order by key")
    return [key for (key,) in found.fetchall() if key and "\0" not in key]


def _misnamed(keys: str) -> str:
    """SQL condition, never null: the keys of an object repeat one, or one is empty."""
    return f"coalesce(len({keys}) <> len(list_distinct({keys})) or list_contains({keys}, ''), false)"


def _values(known: str, document: str, keys: list[str]) -> str:
    pointers = ", ".join(literal(json_pointer(key)) for key in keys)
    return f"case when {known} then json_extract_string({document}, [{pointers}]) end" if keys else "null"
