"""The step `identify`: which records are one person, by policy, data and stewards' decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

from include.identity.decisions import decisions_file
from include.identity.people import restore_log, settle
from include.identity.records import PERSONAL_COLUMNS, write_records
from include.identity.tables import create_identity_tables
from include.policies.reader import Policies
from include.workspace import Workspace

Progress = Callable[[str], object]
SCRATCH = "identity_scratch"  # catalog of the database in which records are compared
_IDS = "select source, customer_key, customer_id from core.customer_xref"
COMPARED_COLUMNS = (*PERSONAL_COLUMNS, "country", "city", "postal_code")


def identify_customers(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection, policies: Policies, progress: Progress = print
) -> bool:
    """Bring `core.customer_xref`, the queue and the log in line with what is loaded; whether any id changed.

    Costs next to nothing when no source tells personal data, or when nothing has changed since the last time. One
    transaction at the end writes all: a run that is killed and run again ends in the same place. The caller holds
    `workspace_lock` and the writing connection.
    """
    create_identity_tables(connection)
    restore_log(workspace, connection)
    if not decisions_file(workspace).is_file() and not _tells_of_persons(connection):
        _settle_without_comparing(workspace, connection)
        return False
    if _state(workspace, connection, policies) == connection.execute("from ops.identity_state").fetchone():
        progress("Identity: nothing has changed")
        return False
    # Heavy, and not needed by those who know no persons.
    from include.identity.finding import find_people
    from include.identity.scratch import scratch_database
    from include.identity.standard_values import standardise_new_values
    from include.load.changes import note_moved_customers

    policy = policies["identity"]
    new = standardise_new_values(connection, policies["standards"])
    progress(
        "Identity: " + ", ".join(f"{count:,} new {kind}" for kind, count in new.items()) + " brought into one form"
    )
    with scratch_database(workspace, connection, SCRATCH, policy["memory_gigabytes"]) as scratch:
        write_records(connection, f"{SCRATCH}.records", policies["standards"])
        find_people(workspace, scratch, policy, progress)
        with _transaction(connection):
            connection.execute(f"create or replace temp table ids_before as {_IDS}")
            changed, logged = settle(workspace, connection, f"{SCRATCH}.clusters")
            if changed:
                note_moved_customers(connection, "ids_before")
            _write_review(connection)
            _write_state(workspace, connection, policies)
    progress(f"Identity: {changed:,} keys have another id than before, {logged:,} of them were known by one")
    return changed > 0


def _settle_without_comparing(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """No source tells of persons: every key keeps the id it has, and from now on counts as known by it."""
    if connection.execute("select count(*) from core.customer_xref where is_new").fetchone()[0]:
        with _transaction(connection):
            settle(workspace, connection, None)
    if connection.execute("select count(*) from core.match_review").fetchone()[0]:
        connection.execute("delete from core.match_review")


def _tells_of_persons(connection: duckdb.DuckDBPyConnection) -> bool:
    counts = ", ".join(f"count({column})" for column in PERSONAL_COLUMNS)
    return any(connection.execute(f"select {counts} from raw.customers").fetchone())


def _state(workspace: Workspace, connection: duckdb.DuckDBPyConnection, policies: Policies) -> tuple[str, str]:
    """Fingerprints of what identity is made from, and of the crosswalk."""
    compared = ", ".join(("source", "customer_key", "_table", *COMPARED_COLUMNS))
    rows = connection.execute(
        f"select count(*), coalesce(sum(hash({compared})::hugeint), 0)::varchar from raw.customers"
    ).fetchone()
    crosswalk = connection.execute(
        "select count(*), "
        "coalesce(sum(hash(source, customer_key, customer_id, seniority, is_new)::hugeint), 0)::varchar "
        "from core.customer_xref"
    ).fetchone()
    decided = decisions_file(workspace)
    decisions = decided.read_bytes() if decided.is_file() else b""
    told = [rows, policies["identity"], policies["standards"], hashlib.md5(decisions).hexdigest(), _code_version()]
    return tuple(
        hashlib.md5(json.dumps(part, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
        for part in (told, crosswalk)
    )


@cache
def _code_version() -> str:
    digest = hashlib.md5(duckdb.__version__.encode())
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in (".py", ".yml", ".csv"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _write_state(workspace: Workspace, connection: duckdb.DuckDBPyConnection, policies: Policies) -> None:
    connection.execute("delete from ops.identity_state")
    connection.execute("insert into ops.identity_state values (?, ?)", _state(workspace, connection, policies))


def _write_review(connection: duckdb.DuckDBPyConnection) -> None:
    """The queue with the keys and ids of both sides; `a` is the one that became known first."""
    connection.execute("delete from core.match_review")
    connection.execute(
        f"""
        insert into core.match_review
        select
            'm' || left(md5(a.first_id || '|' || b.first_id), 12) as pair_id,
            queue.probability, queue.match_weight,
            a.customer_id, a.source, a.customer_key,
            b.customer_id, b.source, b.customer_key,
            queue.evidence
        from {SCRATCH}.queue as queue
        inner join core.customer_xref as a on queue.a = a.seniority
        inner join core.customer_xref as b on queue.b = b.seniority
        order by queue.probability desc, pair_id
        """
    )


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
