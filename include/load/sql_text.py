"""Names, literals and places in JSON as SQL text."""

from __future__ import annotations

import datetime
from collections.abc import Sequence


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def json_pointer(*keys: str) -> str:
    """The JSON pointer (RFC 6901) of a value under these keys, not yet a literal."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


Value = str | int | float | bool | datetime.date | datetime.datetime | None


def filled(statement: str, values: Sequence[Value]) -> str:
    """The statement with its question marks replaced by literals, in order.

    The engine's own parameters import pandas at their first use: a second of every process that loads.
    """
    first, *others = statement.split("?")
    return first + "".join(literal(value) + text for value, text in zip(values, others, strict=True))


def literal(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime.datetime):
        return f"timestamp '{value}'"
    if isinstance(value, datetime.date):
        return f"date '{value}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
