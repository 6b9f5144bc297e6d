"""What is wrong with the form of a row, whatever it is to mean: bytes, quotes, length. All of it is SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from include.load.declared import Table
from include.load.sql_text import literal, name
from include.load.text_lines import INVALID_BYTE, LINE_TOO_LONG, LONGEST_LINE, NUL

_STRUCTURE = {
    "wrong_column_count": "the line has another number of columns than the table",
    "garbled": "the quotes of the line do not pair up",
    "invalid_json": "the line is not a JSON object",
    "wrong_value": "a value of the correction is none of its column's type",
    "wrong_names": "a name in the JSON object comes twice, is empty or holds a NUL",
    "not_finite": "a number of the row is not finite",
}


def suspect(table: Table, types: Mapping[str, str]) -> str:
    """Condition, never null: a row of `incoming` may hold what no text should. Cheap, and not yet a reason."""
    if table.has_lines:
        marks = " or ".join(f"contains(_text, '{mark}')" for mark in (INVALID_BYTE, NUL, LINE_TOO_LONG))
        if table.format == "jsonl":  # a NUL may be escaped
            marks += " or contains(_text, '\\u0000')"
        return f"coalesce({marks} or length(_text) > {LONGEST_LINE}, false)"
    return " or ".join(f"coalesce(contains({name(column)}, chr(0)), false)" for column in _texts(types)) or "false"


def structural_reasons(table: Table) -> str:
    """List of reasons of a row that came with a `_problem`, which could not be taken apart into columns."""
    cases = " ".join(f"when {literal(code)} then {literal(reason)}" for code, reason in _STRUCTURE.items())
    return present(
        [
            _reason("_problem", "null", f"case _problem {cases} end"),
            reason_when(f"contains(_text, '{INVALID_BYTE}')", "invalid_encoding", None, _bytes_reason(table)),
            reason_when(f"contains(_text, '{NUL}')", "nul_byte", None, "the line holds a NUL byte"),
            _too_long(),
        ]
    )


def form_reasons(table: Table, types: Mapping[str, str]) -> list[str]:
    """A reason, or null, for each fault of form that the columns of a row can have; `_original x` is x as it came."""
    items = [_too_long()] if table.has_lines else []
    for column in _texts(types):
        original = name("_original " + column)
        broken = f"contains({original}, '{INVALID_BYTE}')"
        items.append(reason_when(broken, "invalid_encoding", column, _bytes_reason(table)))
        nul = f"contains({original}, '{NUL}') or contains({original}, chr(0))"
        items.append(reason_when(nul, "nul_byte", column, "the text holds a NUL byte"))
    return items


def reason_when(condition: str, code: str, column: str | None, reason: str) -> str:
    """The reason where the condition holds, else null."""
    return f"case when {condition} then {_reason(literal(code), literal(column), literal(reason))} end"


def present(items: Iterable[str]) -> str:
    """List of those reasons that are not null; null when none is."""
    return f"nullif(list_filter([{', '.join(items)}], lambda item: item is not null), [])"


def _reason(code: str, column: str, reason: str) -> str:
    return f'struct_pack("code" := {code}, "column" := cast({column} as varchar), reason := {reason})'


def _texts(types: Mapping[str, str]) -> list[str]:
    return [column for column, kind in types.items() if kind == "VARCHAR"]


def _bytes_reason(table: Table) -> str:
    return f"the bytes are not {table.encoding} text"


def _too_long() -> str:
    reason = f"the line is longer than {LONGEST_LINE} characters; only its beginning is kept"
    condition = f"contains(_text, '{LINE_TOO_LONG}') or length(_text) > {LONGEST_LINE}"
    return reason_when(condition, "line_too_long", None, reason)
