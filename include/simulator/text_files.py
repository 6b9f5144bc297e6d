"""SQL that writes rows as lines of text, so that a line can be spoiled as lines of real files are."""

from __future__ import annotations

from include.load.declared import Table
from include.load.sql_text import literal, name

LINE_FAULTS = {"further_field": "csv", "open_quote": "csv", "cut_off": "jsonl"}  # and the format that can have them
_SPOILED = {
    "further_field": "{line} || {delimiter} || 'more'",
    "open_quote": "{quote} || {line}",
    "cut_off": "left({line}, length({line}) - 4)",
}


def as_written(table: Table, column: str, sql_type: str) -> str:
    """SQL of a column as the declaration says that the file has it: text, but for Parquet and the numbers of JSON."""
    formats = {
        mapping.column: mapping.format for entity in table.entities for mapping in entity.columns if mapping.format
    }
    if column in formats and sql_type in ("DATE", "TIMESTAMP"):
        return f"strftime({name(column)}, {literal(formats[column])})"
    if table.format == "parquet":
        return name(column)
    if sql_type == "TIMESTAMP":
        return f"strftime({name(column)}, '%Y-%m-%d %H:%M:%S')"
    is_text = table.format != "jsonl" or sql_type in ("DATE", "BOOLEAN")
    return f"cast({name(column)} as varchar)" if is_text else name(column)


def line_of(table: Table, columns: dict[str, str]) -> str:
    """SQL of one line of a text format; `columns` by name with their types."""
    if table.format == "jsonl":
        fields = ", ".join(f"{literal(column)}, {name(column)}" for column in columns)
        return f"cast(json_object({fields}) as varchar)"
    if table.format == "fixed_width":
        parts, position = [], 1
        for place in table.fixed_columns:
            gap = place.start - position
            text = f"rpad(coalesce(cast({name(place.name)} as varchar), ''), {place.width}, ' ')"
            parts.append(f"repeat(' ', {gap}) || {text}" if gap else text)
            position = place.start + place.width
        return f"rtrim({' || '.join(parts)})"
    return f" || {literal(table.delimiter)} || ".join(_field(table, column) for column in columns)


def header_of(table: Table, columns: dict[str, str]) -> str | None:
    """The first line of a file, if it has one."""
    return table.delimiter.join(columns) if table.format == "csv" and table.header else None


def spoiled_line(table: Table, how: str | None) -> str:
    """SQL of the column `line` as a bad row has it."""
    if how is None:
        return "line"
    return _SPOILED[how].format(line="line", delimiter=literal(table.delimiter), quote=literal(table.quote))


def _field(table: Table, column: str) -> str:
    text, quote = f"cast({name(column)} as varchar)", table.quote
    marks = " or ".join(f"contains({text}, {literal(mark)})" for mark in (table.delimiter, quote, "\n"))
    quoted = f"{literal(quote)} || replace({text}, {literal(quote)}, {literal(quote * 2)}) || {literal(quote)}"
    return f"coalesce(case when {marks} then {quoted} else {text} end, '')"
