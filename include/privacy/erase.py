"""Erases people: out of the warehouse, what is kept, every version, every page and log, and on request landing files.

What is to be done is written down first, in `kept/erasure_pending.json`; killed anywhere, the next call of
`erase_people` completes it, since every step done again changes nothing more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import duckdb

from include.actions.ledger import LEDGER, ActionLedger
from include.contract.reader import read_date_bounds
from include.load.contract_tables import create_contract_tables
from include.load.corrections import read_corrections
from include.load.crosswalk import keep_crosswalk, replace_parquet
from include.load.cut_quarantine import cut_corrections, cut_quarantine
from include.load.declaration import read_declarations
from include.load.erased import ErasedPeople, keep_erased
from include.load.erasure_log import Erasure, keep_erasures, tell_erasures
from include.load.landing import TableLoader
from include.load.quarantine import Batch
from include.privacy.detector import Finding, find_values
from include.privacy.files import take_out_of_file
from include.privacy.landing import rewrite_landing
from include.privacy.people import People, find_people
from include.privacy.published import serve_anew, take_out_of_version
from include.privacy.tables import rewrite, take_out
from include.publishing.versions import discard_leftovers, list_versions
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace, state_root

Progress = Callable[[str], object]
# They hold hashes and names of those who asked, and say what was done.
_OURS = frozenset({"erasure_pending.json", "erased.jsonl", "erasure_key", "erasures.jsonl", "workspace.lock"})


@dataclass
class _Request:
    request_id: str
    asked_by: str
    reason: str
    asked_at: str
    landing: bool
    people: People
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, **counts: int) -> None:
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


@dataclass(frozen=True)
class Erased:
    """What an erasure came to: the log's lines, what the search still found, and what is not within reach."""

    log: list[Erasure]
    found: list[Finding]
    beyond_reach: list[str]


def erase_people(
    workspace: Workspace,
    asked: list[str],
    asked_by: str,
    reason: str,
    landing: bool = False,
    progress: Progress = print,
    now: datetime | None = None,
) -> Erased:
    """Erase the people that `asked` names (see `find_people`), after what a killed erasure left to do.

    The caller holds the workspace's lock. Orders, their lines, payments and costs stay for the books, with nobody's
    name; all else of theirs goes. Later loads cut their rows out of whatever the sources bring again.

    Raises
    ------
    UnknownPerson: somebody asked for is nobody's; nothing was changed.
    """
    result = Erased([], [], [])
    if pending := _pending(workspace):
        progress(f"Completing erasure {pending.request_id}, which was broken off")
        result = _carry_out(workspace, pending, progress)
    if asked:
        with open_warehouse(workspace) as connection:
            people = find_people(connection, asked)
        moment = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
        request = _Request(f"e{moment:%Y%m%d%H%M%S%f}", asked_by, reason, moment.isoformat(), landing, people)
        _write_pending(workspace, request)
        done = _carry_out(workspace, request, progress)
        result = Erased(result.log + done.log, result.found + done.found, result.beyond_reach + done.beyond_reach)
    return result


def _carry_out(workspace: Workspace, request: _Request, progress: Progress) -> Erased:
    people = request.people
    erased = keep_erased(workspace, request.request_id, people.keys, people.contacts, people.rows)
    progress(
        f"{len(people.persons)} people with {len(people.keys)} keys: their hashes are kept, so no load takes them in"
    )
    beyond: list[str] = []
    with open_warehouse(workspace) as connection:
        create_contract_tables(connection)
        sources = read_declarations(workspace.declarations)
        if request.landing:
            files, beyond = rewrite_landing(workspace, connection, sources, erased, progress)
            request.add(landing_files=files)
        _raw(workspace, connection, sources, request, erased, progress)
        changed = take_out(connection, people, frozenset({"raw", "policy"}))
        request.add(removed=sum(r for r, _ in changed.values()), unlinked=sum(u for _, u in changed.values()))
        keep_crosswalk(workspace, connection)
        kept_log = workspace.kept / "identity_log.parquet"
        if kept_log.is_file():
            replace_parquet(connection, "from core.identity_log order by all", kept_log)
    progress(f"Warehouse: {len(changed)} tables beside the landed rows")
    rewrite(workspace.warehouse)
    _write_pending(workspace, request)
    unserved = _versions(workspace, request, progress)
    beyond += unserved
    _actions(workspace, request, progress)
    _files(workspace, request, progress, beyond)
    searched = [workspace.home, *([workspace.data] if request.landing and workspace.data else [])]
    ours = frozenset(workspace.kept / one for one in _OURS)
    found = [one for folder in searched for one in find_values(folder, people.values, ours)]
    if not workspace.mlflow_tracking_uri.startswith("sqlite"):
        beyond.append("MLflow's database is no file of ours and was not searched; it holds figures of models, no rows.")
    progress(f"Searched for {len(people.values):,} values of theirs: {len(found):,} found")
    log = _log(workspace, request, erased, len(found))
    if not unserved:
        (workspace.kept / "erasure_pending.json").unlink()
    return Erased(log, found, beyond)


def _raw(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    sources: list,
    request: _Request,
    erased: ErasedPeople,
    progress: Progress,
) -> None:
    """Landed rows, the contract's rows made of them, the quarantine and its corrections."""
    batch = Batch(request.request_id, datetime.now(UTC).replace(tzinfo=None))
    read_corrections(workspace, connection)
    for table in (table for source in sources for table in source.tables):
        connection.execute("begin")
        try:
            done = TableLoader(connection, table, batch, read_date_bounds(), erased=erased).land_without_erased()
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        if done:
            request.add(removed=done.rows_erased)
            progress(f"{table.label}: {done.rows_erased:,} rows taken out")
    bounds, values = read_date_bounds(), request.people.values
    tables = [
        (table, TableLoader(connection, table, batch, bounds).landed_types())
        for source in sources
        for table in source.tables
    ]
    connection.execute("begin")
    try:
        gone = cut_quarantine(
            connection,
            tables,
            bounds,
            erased,
            lambda source, content: bool(values.places_in(content) or erased.names_somebody(source, content)),
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    if gone:
        request.add(removed=gone)
        progress(f"Quarantine: {gone:,} rows")
    if gone := cut_corrections(workspace, connection, tables, bounds, erased):
        request.add(removed=gone)
        progress(f"Corrections: {gone:,}")


def _versions(workspace: Workspace, request: _Request, progress: Progress) -> list[str]:
    """All versions, and the current one where PostgreSQL shows it; a message where it did not answer."""
    discard_leftovers(workspace)
    for version in list_versions(workspace):
        removed, unlinked = take_out_of_version(version, request.people)
        if removed or unlinked:
            request.add(removed=removed, unlinked=unlinked, versions=1)
            progress(f"Version {version.build_id}: {removed:,} rows, {unlinked:,} without their name")
            _write_pending(workspace, request)
    return serve_anew(workspace, progress)


def _actions(workspace: Workspace, request: _Request, progress: Progress) -> None:
    """What was decided for them, and went out or waits."""
    if (workspace.kept / LEDGER).is_file():
        ledger = ActionLedger(workspace.kept / LEDGER)
        try:
            count = ledger.forget(request.people.ids)
        finally:
            ledger.close()
        request.add(removed=count)
        progress(f"Ledger of actions: {count:,} of theirs")


def _files(workspace: Workspace, request: _Request, progress: Progress, beyond: list[str]) -> None:
    """All other files of the workspace, and Airflow's logs."""
    values = request.people.values
    logs = state_root() / "airflow" / "logs"
    skipped = {workspace.warehouse, *(workspace.kept / one for one in _OURS)}
    paths = [path for root in (workspace.home, logs) if root.is_dir() for path in sorted(root.rglob("*"))]
    count = 0
    for path in paths:
        if not path.is_file() or path.is_symlink() or path in skipped or workspace.versions in path.parents:
            continue
        if not find_values(path, values):
            continue
        if take_out_of_file(path, values) is None:
            beyond.append(f"{path}: holds a value of theirs and is of a kind that is not rewritten. Remove it.")
        else:
            count += 1
            progress(f"{path.relative_to(state_root())}: rewritten")
    request.add(files=count)
    _write_pending(workspace, request)


def _log(workspace: Workspace, request: _Request, erased: ErasedPeople, found: int) -> list[Erasure]:
    count, people = request.counts.get, request.people
    finished = datetime.now(UTC).replace(tzinfo=None).isoformat()
    log = [
        Erasure(
            request.request_id,
            erased.digest("person", person),
            request.asked_by,
            request.reason,
            request.asked_at,
            finished,
            len(people.persons),
            len(people.keys),
            count("removed", 0),
            count("unlinked", 0),
            count("files", 0),
            count("versions", 0),
            count("landing_files", 0),
            len(people.values),
            found,
        )
        for person in people.persons
    ]
    keep_erasures(workspace, log)
    with open_warehouse(workspace) as connection:
        tell_erasures(workspace, connection)
    return log


def _pending(workspace: Workspace) -> _Request | None:
    path = workspace.kept / "erasure_pending.json"
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    people = {key: tuple(value) for key, value in content.pop("people").items()}
    for listed in ("keys", "records", "rows"):
        people[listed] = tuple(map(tuple, people.get(listed, ())))
    return _Request(people=People(**people), **content)


def _write_pending(workspace: Workspace, request: _Request) -> None:
    path = workspace.kept / "erasure_pending.json"
    draft = path.with_suffix(".draft")
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(request), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
