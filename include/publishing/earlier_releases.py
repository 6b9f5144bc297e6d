"""Reading a version that an earlier release published: what it lacks of what is read today is told by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

# DuckDB tells a column that is not there by where it was named, or by an alias of that name; and a table.
_LACKING = re.compile(
    r"does not have a column named \"(?P<of_table>[^\"]+)\""
    r"|Alias with name \"(?P<alias>[^\"]+)\" exists, but"
    r"|(?:Referenced column|Column|Table with name) \"?(?P<name>\w+)\"? "
    r"(?:not found|does not exist|in \w+ list not found)"
)


class NotInVersion(RuntimeError):
    """The version lacks the table or column `what`; the next run publishes one that has it."""

    def __init__(self, what: str):
        super().__init__(f"not in this version: {what}. An earlier release published it; the next run brings it.")
        self.what = what


@contextmanager
def of_any_release() -> Iterator[None]:
    """Around questions to a published file.

    Raises
    ------
    NotInVersion: the version has no such table or column.
    """
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as problem:
        if not (found := _LACKING.search(str(problem).partition("\n")[0])):
            raise
        raise NotInVersion(found["of_table"] or found["alias"] or found["name"]) from problem
