"""`tierworks sql`: a question in SQL to the published version, for whoever has no tool at hand."""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Callable

import duckdb

from include.warehouse.connection import open_published
from include.workspace import resolve_workspace

_ROWS, _WIDE = 40, 200


def add_parser(commands, workspace_option: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = commands.add_parser("sql", help="ask the published version in SQL")
    workspace_option(parser)
    parser.add_argument(
        "question", nargs="?", help='such as "select * from published_version" or "show tables"; else standard input'
    )
    parser.add_argument("--rows", type=int, default=_ROWS, help="rows to show (default: %(default)s)")
    parser.add_argument("--csv", action="store_true", help="as CSV: every row, in full precision")


def sql(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    if not workspace.published_file.exists():
        run = f"make run WORKSPACE={options.workspace}"
        print(f"tierworks: {workspace.name} has no published version yet. `{run}` makes one.", file=sys.stderr)
        return 1
    question = sys.stdin.read() if options.question is None else options.question
    try:
        with open_published(workspace.published_file) as file:
            for statement in file.extract_statements(question):
                _tell(file.sql(statement.query), options)
    except duckdb.Error as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    return 0


def _tell(answer: duckdb.DuckDBPyRelation | None, options: argparse.Namespace) -> None:
    """Print an answer; a statement that has none, such as `set`, is silent."""
    if answer is None:
        return
    if options.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(answer.columns)
        writer.writerows(iter(answer.fetchone, None))
        return
    # What goes into a file or a pipe is not cut to a window's width.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    answer.show(max_rows=options.rows, max_width=width)
