"""What the columns of a file must be like, and how they may stand in a message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from include.load.declared import Table
from include.load.errors import SourceError
from include.load.text_lines import INVALID_BYTE, LINE_TOO_LONG, NUL

MOST_COLUMNS = 2_000  # the engine plans a query in time that grows with its columns
_SHOWN_NAMES, _SHOWN_LENGTH = 20, 40
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def refuse_wide(columns: Sequence[str], label: str) -> None:
    """Raise SourceError when there are more columns than can be read in a reasonable time."""
    if len(columns) > MOST_COLUMNS:
        raise SourceError(
            f"{label} has {len(columns):,} columns, and at most {MOST_COLUMNS:,} are read. "
            "Deliver only those that are needed, or long rows of name and value."
        )


def listed(columns: Sequence[str]) -> str:
    """Names of columns as they may stand in a message: not too many, none too long, none that splits a line."""
    shown = [name if len(name) <= _SHOWN_LENGTH else name[: _SHOWN_LENGTH - 1] + "…" for name in columns]
    shown = ["".join(mark if mark.isprintable() else "�" for mark in name) for name in shown[:_SHOWN_NAMES]]
    return ", ".join(shown) + (f" and {len(columns) - _SHOWN_NAMES:,} more" if len(columns) > _SHOWN_NAMES else "")


def header_hint(table: Table, columns: Sequence[str], first_lines: Sequence[tuple[int, str]] = ()) -> str | None:
    """What is likely wrong with a first line that names none of the mapped columns; None when nothing shows.

    `first_lines` of the file, with their numbers, may show the header further down. A first line that is data may hold
    somebody's name: what is found is then not told.
    """
    if table.format != "csv" or not table.header or set(table.uses) & set(columns):
        return None
    for delimiter, spoken in _DELIMITERS.items():
        fields = {field.strip().strip('"') for field in columns[0].split(delimiter)}
        if len(columns) == 1 and len(fields) > 1 and set(table.uses) & fields:
            return f"its columns are parted by {spoken}. Declare `delimiter: {delimiter!r}`"
    for number, text in first_lines:
        if set(table.needs) <= {field.strip().strip(table.quote) for field in text.split(table.delimiter)}:
            return f"line {number} looks like its header. Declare `skip_lines: {number - 1}`"
    if any(re.fullmatch(r"[+-]?[\d.,:/ -]+|.*@.*|", name) for name in columns) and len(columns) > 1:
        return "its first line looks like data. Declare `header: false` and `columns`, or deliver it with a header"
    return None


def unmarked(texts: Sequence[str]) -> bool:
    """Whether texts of a header are all text, and not endless."""
    return not any(mark in text for text in texts for mark in (INVALID_BYTE, NUL, LINE_TOO_LONG))
