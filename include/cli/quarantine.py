"""`tierworks quarantine` and `tierworks replay`: see which rows wait for a fix, and bring them in after it."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from include.workspace import Workspace, resolve_workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock


def quarantine(options: argparse.Namespace) -> int:
    from include.load.errors import DeclarationInvalid, SourceError
    from include.load.quarantine_view import Selection

    workspace = resolve_workspace(options.workspace)
    if not workspace.warehouse.is_file():
        print(f"{workspace.name}: nothing was loaded yet")
        return 0
    chosen = Selection(options.source, options.table, options.reason)
    try:
        with workspace_lock(workspace, "look at the quarantine", wait_seconds=10):
            return _export(workspace, chosen, options.export) if options.export else _show(workspace, chosen, options)
    except (DeclarationInvalid, SourceError, WorkspaceBusy, OSError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1


def replay(options: argparse.Namespace) -> int:
    from include.load.errors import DeclarationInvalid, LoadFailed, SourceError
    from include.pipeline.steps import replay as replay_step

    workspace = resolve_workspace(options.workspace)
    batch_id = f"replay__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    try:
        result = replay_step(workspace, batch_id, options.source, options.table, options.file, options.by or _user())
    except (DeclarationInvalid, SourceError, LoadFailed, WorkspaceBusy) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    if not result.tables:
        print(f"{workspace.name}: nothing waits in the quarantine")
    elif result.changed:
        print(f"Carry the rows to the marts: make run WORKSPACE={options.workspace}")
    return 0


def _show(workspace: Workspace, chosen, options: argparse.Namespace) -> int:
    from include.load.declaration import read_declarations
    from include.load.quarantine_view import readable_columns, samples, summary, tables
    from include.warehouse.connection import open_warehouse

    readable = readable_columns(read_declarations(workspace.declarations))
    with open_warehouse(workspace, read_only=True) as connection:
        counted = tables(connection, chosen)
        told = summary(connection, chosen)
        rows = samples(connection, chosen, readable, options.limit)
    total = sum(count for *_, count in counted)
    if not total:
        print(
            f"{workspace.name}: no row waits in the quarantine"
            + (" for this choice" if any(vars(chosen).values()) else "")
        )
        return 0
    print(f"{workspace.name}: {total:,} rows wait for a fix")
    for source, table, code, column, reason, count, since in told:
        print(f"  {count:>9,}  {source}/{table}  {code:<18} {column or '(whole row)'}: {reason}; since {since}")
    print(f"\nFirst {len(rows)} of them, personal values hidden:" if len(rows) < total else "\nPersonal values hidden:")
    for source, table, row_id, file, line, faults in rows:
        print(f"  {row_id}  {source}/{table}  {file}:{line}  {'; '.join(dict.fromkeys(faults))}")
    name, each = options.workspace, "--source S --table T"
    print(
        f"\nTo mend a mapping: edit {', '.join(str(path) for path in workspace.declarations)}, "
        f"then tierworks replay --workspace {name}\n"
        f"To mend rows: tierworks quarantine --workspace {name} {each} --export sheet.csv, edit the sheet, "
        f"then tierworks replay --workspace {name} --file sheet.csv"
    )
    return 0


def _export(workspace: Workspace, chosen, path: Path) -> int:
    from include.load.errors import SourceError
    from include.load.quarantine_sheet import landed_columns, write_sheet
    from include.load.quarantine_view import tables
    from include.warehouse.connection import open_warehouse

    with open_warehouse(workspace, read_only=True) as connection:
        counted = tables(connection, chosen)
        if len(counted) != 1:
            found = ", ".join(f"{source}/{table} {count:,}" for source, table, count in counted) or "none"
            raise SourceError(f"a sheet holds rows of one table; open are: {found}. Choose by --source and --table.")
        ((source, table, _),) = counted
        columns = landed_columns(connection, source, table)
        written = write_sheet(connection, source, table, chosen.condition, columns, path)
    print(f"{path}: {written:,} rows of {source}/{table}, whole and in the clear; only you may read the file")
    return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
