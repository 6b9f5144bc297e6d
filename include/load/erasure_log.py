"""What was erased: kept in `kept/erasures.jsonl`, one line a person and request, and told in `ops.erasures`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import duckdb

from include.load.sql_text import literal
from include.workspace import Workspace

ERASURES = (
    "request_id varchar, person_hash varchar, asked_by varchar, reason varchar, asked_at timestamp, "
    "finished_at timestamp, people bigint, keys_erased bigint, rows_removed bigint, rows_unlinked bigint, "
    "files_rewritten bigint, versions_rewritten bigint, landing_files_rewritten bigint, values_searched bigint, "
    "values_found bigint"
)


@dataclass(frozen=True)
class Erasure:
    """One person of one request; counts are of the whole request, moments UTC without a zone, ISO 8601."""

    request_id: str
    person_hash: str
    asked_by: str
    reason: str
    asked_at: str
    finished_at: str
    people: int
    keys_erased: int
    rows_removed: int
    rows_unlinked: int
    files_rewritten: int
    versions_rewritten: int
    landing_files_rewritten: int
    values_searched: int
    values_found: int


def erasures_file(workspace: Workspace) -> Path:
    return workspace.kept / "erasures.jsonl"


def read_erasures(workspace: Workspace) -> list[Erasure]:
    """Every line in order; a last one that was cut off by a kill is left out, for its erasure is repeated."""
    path = erasures_file(workspace)
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0] if path.is_file() else ""
    return [Erasure(**json.loads(line)) for line in whole.splitlines()]


def keep_erasures(workspace: Workspace, done: list[Erasure]) -> None:
    """Replace the request's lines by these, in one step, readable by the owner alone."""
    requests = {one.request_id for one in done}
    lines = [one for one in read_erasures(workspace) if one.request_id not in requests]
    path = erasures_file(workspace)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in [*lines, *done])
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def tell_erasures(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `ops.erasures` from what is kept."""
    connection.execute(f"create table if not exists ops.erasures ({ERASURES})")
    connection.execute("delete from ops.erasures")
    for one in read_erasures(workspace):
        values = ", ".join(literal(getattr(one, column.name)) for column in fields(Erasure))
        connection.execute(f"insert into ops.erasures values ({values})")
