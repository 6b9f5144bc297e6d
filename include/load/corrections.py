"""Stewards' corrections of refused rows: kept where a rebuild cannot lose them, applied on every load.

A correction belongs to a refused row by its content (see `find_refused`), so it is found again when the same file, or
the same record of the source, is read anew. It holds the whole row as it should have come.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from include.load.declared import Table
from include.load.sql_text import json_pointer, literal, name
from include.workspace import Workspace

# `content` is the row as JSON text as it should have come, `original` as it came.
COLUMNS = (
    "source varchar, table_name varchar, row_id varchar, content varchar, original varchar, corrected_at timestamp, "
    "corrected_by varchar"
)


def read_corrections(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table `corrections` from `kept/corrections.parquet`; empty when there is none."""
    connection.execute(f"create or replace temp table corrections ({COLUMNS})")
    if (kept := _kept(workspace)).is_file():
        connection.execute(f"insert into corrections by name from read_parquet({literal(str(kept))})")


def keep_corrections(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """Add the temporary table `new_corrections` to `corrections` and to the kept file; the newest of a row counts.

    The file is replaced in one step, readable by its owner only, sorted, so equal content gives equal bytes.
    """
    own = "(source, table_name, row_id)"
    connection.execute(f"delete from corrections where {own} in (select {own} from new_corrections)")
    connection.execute("insert into corrections by name from new_corrections")
    _write(workspace, connection)


def forget_corrections(workspace: Workspace, connection: duckdb.DuckDBPyConnection, rows: list[int]) -> None:
    """Take rows, by their `rowid`, out of `corrections` and out of the kept file."""
    connection.execute(f"delete from corrections where rowid in ({', '.join(map(str, rows))})")
    _write(workspace, connection)


def _write(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    kept = _kept(workspace)
    for left in kept.parent.glob("corrections.*.draft"):  # of a process that was killed
        left.unlink()
    draft = kept.with_suffix(f".{os.getpid()}.draft")
    os.close(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    connection.execute(
        f"copy (from corrections order by source, table_name, row_id) to {literal(str(draft))} "
        "(format parquet, use_tmp_file false)"
    )
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(draft, kept)


def corrections_of(table: Table) -> str:
    """Query of the corrections of a table."""
    return (
        f"select row_id, content from temp.corrections where source = {literal(table.source)} "
        f"and table_name = {literal(table.name)}"
    )


def rows_of_content(relation: str, types: dict[str, str]) -> str:
    """Query of `relation(_file, _line, content)` as rows of `incoming`; a value that is none of its column's type
    makes the row's `_problem`."""
    pointers = ", ".join(literal(json_pointer(column)) for column in types)
    values, misfits = [], ["false"]
    for place, (column, kind) in enumerate(types.items(), 1):
        text = f"found[{place}]"
        if kind == "VARCHAR":
            values.append(f"{text} as {name(column)}")
            continue
        nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
        value = f"try_cast({f'{text}::json' if nested else text} as {kind})"
        values.append(f"{value} as {name(column)}")
        misfits.append(f"({text} is not null and {value} is null)")
    return (
        f"select _file, _line, null::varchar as _text, case when {' or '.join(misfits)} then 'wrong_value' end "
        f"as _problem, {', '.join(values)} "
        f"from (select _file, _line, json_extract_string(content, [{pointers}]) as found from {relation})"
    )


def _kept(workspace: Workspace) -> Path:
    return workspace.kept / "corrections.parquet"
