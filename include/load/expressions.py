"""Lets a declaration use scalar SQL over a row's own columns, and nothing else."""

from __future__ import annotations

import json
import re
from functools import cache

import duckdb

from include.load.sql_text import literal

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_CLASSES = frozenset({"FUNCTION", "CONSTANT", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CAST", "CASE", "OPERATOR"})
_ALLOWED_CLASSES = _CLASSES | {"BETWEEN"}
_SCALAR_MACROS = frozenset({"nullif", "ifnull", "date_add", "split_part", "list_reverse"})
_STATEFUL = ("getvariable", "getenv", "error", "in_search_path", "write_log", "parse_duckdb_log_message")
_STATEFUL_PREFIXES = ("current_", "pg_", "has_", "get_", "txid_", "json_serialize_", "json_deserialize_", "icu_")


class ExpressionRefused(ValueError):
    """Not a scalar expression over the row's columns; the message says why."""


@cache
def _scalar_functions() -> frozenset[str]:
    rows = duckdb.sql(
        "select function_name from duckdb_functions() where function_type in ('scalar', 'aggregate') "
        "group by 1 having bool_and(function_type = 'scalar' and stability = 'CONSISTENT' and not has_side_effects)"
    ).fetchall()
    return (
        frozenset(name for (name,) in rows if name not in _STATEFUL and not name.startswith(_STATEFUL_PREFIXES))
        | _SCALAR_MACROS
    )


def columns_of(expression: str) -> tuple[str, ...]:
    """Source columns that a scalar expression reads, in name order.

    Raises
    ------
    ExpressionRefused: not valid SQL, more than one expression, a subquery, a window, an aggregate, a star, a
        parameter, a column of another table, or a function that is not a pure scalar one (files, clock, chance).
    """
    bare = _QUOTED.sub("", expression)
    if ";" in bare or "--" in bare or "/*" in bare:
        raise ExpressionRefused("no semicolons or comments are allowed.")
    query = literal(f"select ({expression}\n)")
    text = duckdb.execute(f"select json_serialize_sql({query})").fetchone()[0]
    tree = json.loads(text)
    if tree["error"]:
        raise ExpressionRefused(f"not a valid SQL expression ({tree['error_message'].splitlines()[0]}).")
    node = tree["statements"][0]["node"]
    if len(tree["statements"]) != 1 or node["type"] != "SELECT_NODE" or len(node["select_list"]) != 1:
        raise ExpressionRefused("give one expression.")
    if node["from_table"]["type"] != "EMPTY" or node["where_clause"] or node["group_expressions"] or node["modifiers"]:
        raise ExpressionRefused("give an expression over the row's columns, not a query.")
    found: set[str] = set()
    _walk(node["select_list"][0], found)
    return tuple(sorted(found))


def _walk(node: object, found: set[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(item, found)
    elif isinstance(node, dict):
        kind = node.get("class")
        if kind is not None:
            _judge(kind, node, found)
        for item in node.values():
            _walk(item, found)


def _judge(kind: str, node: dict, found: set[str]) -> None:
    if kind not in _ALLOWED_CLASSES:
        raise ExpressionRefused(f"a {kind.lower()} is not allowed: only scalar SQL over the row's own columns.")
    if kind == "COLUMN_REF":
        if len(node["column_names"]) != 1:
            raise ExpressionRefused(f"{'.'.join(node['column_names'])}: write the column's name alone.")
        found.add(node["column_names"][0])
    if kind == "FUNCTION" and node["function_name"].lower() not in _scalar_functions():
        raise ExpressionRefused(f"the function {node['function_name']} is not a pure scalar function.")


def is_time_format(text: str) -> bool:
    """Whether the engine can read times by it."""
    try:
        duckdb.execute(f"select try_strptime('', {literal(text)})")
    except duckdb.Error:
        return False
    return "%" in text
