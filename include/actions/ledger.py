"""The ledger of actions: what was decided, when it went out, and that it arrived. Kept: it cannot be rebuilt."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from include.actions.decided import DECIDED, STATES
from include.workspace import Workspace

LEDGER = "actions.db"
_NUMBERS = ("double", "decimal", "boolean")
_DECIDED = ", ".join(
    f"{name} {'real' if kind.startswith(_NUMBERS) else 'text'}"
    for name, kind in DECIDED.items()
    if name != "action_key"
)
_TABLES = f"""
create table if not exists batches (
    as_of_date text primary key, build_id text, noted_at text,
    question text, verdict text, decided_by text, decided_at text
);
create table if not exists actions (
    action_key text primary key, {_DECIDED},
    state text not null check (state in ({", ".join(f"'{state}'" for state in STATES)})),
    sent_at text, acknowledged_at text, parcel text, refusal text
);
create index if not exists actions_by_state on actions (state, as_of_date);
"""
_READY = """
from actions join batches using (as_of_date)
where state in ('waiting', 'sent') and (question is null or verdict = 'approved')
"""


class ActionLedger:
    """The open ledger; every change is on the disk when its method returns."""

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma synchronous = full")
        self._connection.execute("pragma secure_delete = on")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        self._connection.close()

    def last_date(self) -> str | None:
        """Date of the last batch that was noted."""
        return self._connection.execute("select max(as_of_date) from batches").fetchone()[0]

    def note_batch(self, as_of: str, build_id: str, question: str | None, actions: Iterable[Sequence]) -> int:
        """Note a batch whole, its control rows as withheld; returns how many actions wait.

        Noted before, it stays, unless it was empty: nobody has been told anything then.

        Actions of earlier dates that still wait when they would have been over are refused: it is too late for them.
        """
        marks = ", ".join("?" * len(DECIDED))
        names = ", ".join(DECIDED)
        with self._transaction() as connection:
            connection.execute(
                "delete from batches where as_of_date = ? "
                "and not exists (select 1 from actions where actions.as_of_date = batches.as_of_date)",
                [as_of],
            )
            noted = connection.execute(
                "insert or ignore into batches (as_of_date, build_id, noted_at, question) values (?, ?, ?, ?)",
                [as_of, build_id, _now(), question],
            )
            if not noted.rowcount:
                return 0
            connection.executemany(
                f"insert into actions ({names}, state) values ({marks}, 'waiting')", [tuple(row) for row in actions]
            )
            connection.execute("update actions set state = 'withheld' where as_of_date = ? and is_control", [as_of])
            connection.execute(
                "update actions set state = 'refused', refusal = 'ran out before it could go' "
                "where state = 'waiting' and closes_on < ?",
                [as_of],
            )
            (waiting,) = connection.execute(
                "select count(*) from actions where as_of_date = ? and state = 'waiting'", [as_of]
            ).fetchone()
            return waiting

    def questions(self) -> list[sqlite3.Row]:
        """Batches that wait for a human: as_of_date, build_id, question."""
        query = "select * from batches where question is not null and verdict is null order by as_of_date"
        return self._connection.execute(query).fetchall()

    def decide(self, as_of: str, is_approved: bool, by: str) -> bool:
        """A human's word on a batch; False when it no longer waits. What is turned down is refused."""
        with self._transaction() as connection:
            verdict = "approved" if is_approved else "turned_down"
            decided = connection.execute(
                "update batches set verdict = ?, decided_by = ?, decided_at = ? "
                "where as_of_date = ? and question is not null and verdict is null",
                [verdict, by, _now(), as_of],
            )
            if decided.rowcount and not is_approved:
                connection.execute(
                    "update actions set state = 'refused', refusal = ? where as_of_date = ? and state = 'waiting'",
                    [f"turned down by {by}", as_of],
                )
            return bool(decided.rowcount)

    def ready(self, limit: int, but: Iterable[str] = ()) -> list[dict]:
        """Actions that may go out, without some keys, those on their way first; each as a row of the table."""
        query = (
            f"select actions.* {_READY} and action_key not in (select value from json_each(?)) "
            "order by state, as_of_date, action_key limit ?"
        )
        return [dict(row) for row in self._connection.execute(query, [json.dumps(sorted(but)), limit])]

    def pending(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that have neither arrived nor been refused."""
        query = (
            "select action_key from actions where state in ('waiting', 'sent') "
            "and action_key in (select value from json_each(?)) order by action_key"
        )
        return [key for (key,) in self._connection.execute(query, [json.dumps(list(keys))])]

    def send(self, keys: Sequence[str], parcel: str | None = None) -> None:
        """Note that they are on their way, in the parcel (a file's name) if there is one."""
        self._mark(keys, "state = 'sent', sent_at = coalesce(sent_at, ?), parcel = ?", [_now(), parcel])

    def acknowledge(self, keys: Sequence[str]) -> None:
        """Note that the receiver has them."""
        self._mark(keys, "state = 'acknowledged', acknowledged_at = ?", [_now()])

    def refuse(self, key: str, reason: str) -> None:
        """Note that the receiver does not want it."""
        self._mark([key], "state = 'refused', refusal = ?", [reason])

    def counts(self) -> dict[str, int]:
        """Actions by state, all states; and planned, their sum."""
        found = dict(self._connection.execute("select state, count(*) from actions group by state").fetchall())
        return {"planned": sum(found.values()), **{state: found.get(state, 0) for state in STATES}}

    def rows(self, up_to: str) -> list[tuple]:
        """Everything decided up to a date, with state, day of acknowledgement, and whether its batch has gone out."""
        query = (
            f"select {', '.join(DECIDED)}, state, substr(acknowledged_at, 1, 10), "
            "max(state in ('sent', 'acknowledged')) over (partition by as_of_date) "
            "from actions where as_of_date <= ? order by as_of_date, action_key"
        )
        return [tuple(row) for row in self._connection.execute(query, [up_to])]

    def forget(self, customer_ids: Iterable[str]) -> int:
        """Erase every action of the customers; returns how many."""
        with self._transaction() as connection:
            return sum(
                connection.execute("delete from actions where customer_id = ?", [one]).rowcount for one in customer_ids
            )

    def _mark(self, keys: Sequence[str], change: str, values: list) -> None:
        with self._transaction() as connection:
            connection.executemany(
                f"update actions set {change} where action_key = ? and state in ('waiting', 'sent')",
                [(*values, key) for key in keys],
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("begin immediate")
        try:
            yield self._connection
            self._connection.execute("commit")
        except BaseException:
            self._connection.execute("rollback")
            raise


@contextmanager
def open_ledger(workspace: Workspace) -> Iterator[ActionLedger]:
    """The ledger, held by this process alone until the block ends; another waits. Files are the owner's alone."""
    workspace.make_folders()
    path = workspace.kept / LEDGER
    with open(workspace.kept / "actions.lock", "a+", opener=_for_the_owner_alone) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(_for_the_owner_alone(str(path), os.O_CREAT | os.O_RDWR))
        ledger = ActionLedger(path)
        try:
            yield ledger
        finally:
            ledger.close()


def waits_for_approval(workspace: Workspace) -> bool:
    """Whether a batch waits for a human, read without waiting for who holds the ledger."""
    path = workspace.kept / LEDGER
    if not path.is_file():
        return False
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        query = "select count(*) from batches where question is not null and verdict is null"
        return bool(connection.execute(query).fetchone()[0])


def _for_the_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
