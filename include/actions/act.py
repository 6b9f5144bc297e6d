"""Notes the published version's actions in the ledger, asks where the policy wants a human, and sends what may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import duckdb

from include.actions.decided import DECIDED
from include.actions.ledger import ActionLedger, open_ledger
from include.actions.receivers import SendFailed
from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.warehouse.connection import open_published
from include.workspace import Workspace

# What a CRM is told of an action: words, money and dates, and the customer by the keys of its own sources.
_TOLD = (
    *("action_key", "customer_id", "as_of_date", "action", "action_en", "action_zh", "kind", "channel", "objective"),
    *("reason_en", "reason_zh", "expected_value", "cost", "grants_points", "grants_benefit"),
    *("owner_kind", "owner", "due_on", "policy_version"),
)
Progress = Callable[[str], None]


def plan_actions(workspace: Workspace, progress: Progress = print) -> list[dict[str, str]]:
    """Note the actions of the published version; returns them if they wait for a human: as_of_date, subject, body.

    A date is noted once: what has been decided stays, however often the version of that date is built anew. A version
    of an earlier date than the last one noted is passed over, since its day is gone.
    """
    with open_ledger(workspace) as ledger:
        noted = _note(workspace, ledger, progress)
        return [
            {
                "as_of_date": batch["as_of_date"],
                "subject": f"{workspace.name}: may the actions of {batch['as_of_date']} go out?",
                "body": batch["question"],
            }
            for batch in ledger.questions()
            if batch["as_of_date"] == noted
        ]


def decide_batches(
    workspace: Workspace, decisions: Iterable[tuple[str, bool, str]], progress: Progress = print
) -> None:
    """A human's word on batches: (as_of_date, is approved, by whom)."""
    with open_ledger(workspace) as ledger:
        for as_of, is_approved, by in decisions:
            if not ledger.decide(as_of, is_approved, by):
                progress(f"The actions of {as_of} no longer wait; nothing is changed")
                continue
            progress(f"The actions of {as_of} {'may go out' if is_approved else 'are turned down'}, says {by}")


def send_actions(workspace: Workspace, receiver, progress: Progress = print) -> int:
    """Bring every action that may go to the CRM; returns how many are on their way no longer.

    What is noted as sent without having been acknowledged goes again under the same key (a kill between the two). An
    action that the CRM takes not, while it takes others beside it, holds up nobody.

    Raises
    ------
    SendFailed: the CRM takes none, or not all; those that it took stay acknowledged.
    """
    done, stuck, failure = 0, set(), None
    with open_ledger(workspace) as ledger:
        while rows := ledger.ready(receiver.parcel_size, but=stuck):
            keys = _customer_keys(workspace, {row["customer_id"] for row in rows})
            left: list[str] = []
            try:
                receiver.deliver(ledger, [_message(workspace, row, keys) for row in rows])
            except SendFailed as problem:
                failure = failure or problem
                left = ledger.pending(row["action_key"] for row in rows)
            done += len(rows) - len(left)
            stuck.update(left)
            if len(left) == len(rows):
                break
        progress(f"{done} actions went out. {told_counts(ledger)}")
    if failure:
        raise failure
    return done


def told_counts(ledger: ActionLedger) -> str:
    """The ledger in a line: planned is the sum of what follows."""
    counts = ledger.counts()
    arrived, on_their_way = counts["acknowledged"], counts["sent"]
    return (
        f"In the ledger: planned {counts['planned']} = acknowledged {arrived} + on their way {on_their_way} + "
        f"withheld {counts['withheld']} + refused {counts['refused']} + waiting {counts['waiting']}"
    )


def _note(workspace: Workspace, ledger: ActionLedger, progress: Progress) -> str | None:
    """The date whose actions are in the ledger now; None without a version that has any."""
    if not workspace.current.exists():
        return None
    fields = ", ".join(
        f"{name}::varchar" if kind == "date" else f"{name}::double" if kind.startswith("decimal") else name
        for name, kind in DECIDED.items()
    )
    try:
        with open_published(workspace.published_file) as connection, of_any_release():
            batch = connection.execute("select as_of_date::varchar, build_id, question from action_batches").fetchone()
            rows = connection.execute(
                f"select {fields} from customer_actions where as_of_date = ? and is_decided_now order by action_key",
                [batch[0]],
            ).fetchall()
    except NotInVersion as problem:
        progress(f"No actions: {problem}")
        return None
    last = ledger.last_date()
    if last is not None and batch[0] < last:
        progress(f"The version of {batch[0]} is older than the actions of {last}: its own are not noted")
        return None
    waiting = ledger.note_batch(*batch, rows)
    if waiting:
        progress(f"Noted {waiting} actions of {batch[0]}, and {len(rows) - waiting} that are withheld")
    return batch[0]


def _customer_keys(workspace: Workspace, customer_ids: set[str]) -> dict[str, list[dict[str, str]]]:
    """The keys under which each customer's own sources know them."""
    crosswalk = workspace.kept / "customer_xref.parquet"
    if not crosswalk.exists():
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select customer_id, source, customer_key from read_parquet(?) "
            "where list_contains(?, customer_id) order by all",
            [str(crosswalk), sorted(customer_ids)],
        ).fetchall()
    found: dict[str, list[dict[str, str]]] = {}
    for customer_id, source, key in rows:
        found.setdefault(customer_id, []).append({"source": source, "customer_key": key})
    return found


def _message(workspace: Workspace, row: dict, keys: dict[str, list[dict[str, str]]]) -> dict:
    told = {name: row[name] for name in _TOLD}
    return {
        "workspace": workspace.name,
        **told,
        "customer_keys": keys.get(row["customer_id"], []),
        "parcel": row["parcel"],
    }
