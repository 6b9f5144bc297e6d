"""Statements in which `try(…)` catches what it should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def attempts_hold(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have every expression computed where it stands.

    DuckDB 1.5 computes what two expressions have in common once, outside of any `try` around them: a text that is no
    number, cast in two columns of a declaration, would end the load instead of setting its row aside.
    """
    with connection.cursor() as beside:  # a failed transaction takes no setting
        former = beside.execute("select current_setting('disabled_optimizers')").fetchone()[0]
        beside.execute("set disabled_optimizers = 'common_subexpressions'")
        try:
            yield
        finally:
            beside.execute(f"set disabled_optimizers = '{former}'")
