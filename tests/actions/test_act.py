"""The ledger of actions closes, asks a human, and sends none who is held back; each receiver takes an action once."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.actions.act import decide_batches, plan_actions, send_actions
from include.actions.ledger import open_ledger
from include.actions.receivers import (
    TABLE,
    TABLE_OF_CRM,
    FolderReceiver,
    PostgresReceiver,
    RestReceiver,
    SendFailed,
    receiver_of,
)
from include.alerts.webhook import Webhook
from include.load.connections import Connection
from include.workspace import Workspace
from tests.actions.batches import publish
from tests.alerts.receiver import Receiver, listening


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Webhook, "backoff", 0.01)
    monkeypatch.setattr(PostgresReceiver, "backoff", 0.01)
    return Workspace("shop", ())


def quiet(line: str) -> None:
    return


def counts(shop: Workspace) -> dict[str, int]:
    with open_ledger(shop) as ledger:
        found = ledger.counts()
    assert found["planned"] == sum(number for state, number in found.items() if state != "planned")
    return found


def test_every_action_is_told_once_and_the_control_never(shop: Workspace):
    keys = publish(shop, 30)
    with listening(Receiver()) as crm:
        receiver = RestReceiver(Connection("crm", crm.url))
        assert plan_actions(shop, quiet) == []
        assert send_actions(shop, receiver, quiet) == 27
        assert set(crm.taken) == keys and len(crm.keys) == 27
        assert (counts(shop)["acknowledged"], counts(shop)["withheld"]) == (27, 3)
        # Built anew with other decisions, the date stays as it was noted; the next date is another batch.
        publish(shop, 60)
        plan_actions(shop, quiet)
        assert send_actions(shop, receiver, quiet) == 0
        later = publish(shop, 10, "2025-07-31")
        plan_actions(shop, quiet)
        assert send_actions(shop, receiver, quiet) == 9 and set(crm.taken) == keys | later
        # A version of an earlier day that is brought back has no actions of its own any more.
        publish(shop, 40, "2025-05-31")
        plan_actions(shop, quiet)
        assert send_actions(shop, receiver, quiet) == 0 and counts(shop)["planned"] == 40
    content = crm.taken["x2025-06-30-1"]
    assert (content["action_zh"], content["due_on"], content["expected_value"]) == ("致电", "2025-07-03", 10)
    assert "parcel" not in content and content["workspace"] == "shop"


def test_the_crm_hears_of_a_customer_by_the_keys_of_its_own_sources(shop: Workspace):
    publish(shop, 3)
    rows = pa.table(
        {"source": ["crm", "web", "crm"], "customer_key": ["7", "W7", "8"], "customer_id": ["c1", "c1", "c2"]}
    )
    pq.write_table(rows, shop.kept / "customer_xref.parquet")
    with listening(Receiver()) as crm:
        plan_actions(shop, quiet)
        send_actions(shop, RestReceiver(Connection("crm", crm.url)), quiet)
    known = crm.taken["x2025-06-30-1"]["customer_keys"]
    assert known == [{"source": "crm", "customer_key": "7"}, {"source": "web", "customer_key": "W7"}]


def test_a_batch_over_its_limits_waits_for_a_human(shop: Workspace):
    publish(shop, 20, question="20 actions that cost a lot.")
    with listening(Receiver()) as crm:
        receiver = RestReceiver(Connection("crm", crm.url))
        (asked,) = plan_actions(shop, quiet)
        assert "2025-06-30" in asked["subject"] and asked["body"] == "20 actions that cost a lot."
        assert send_actions(shop, receiver, quiet) == 0 and counts(shop)["waiting"] == 18
        others = publish(shop, 10, "2025-07-10")
        assert plan_actions(shop, quiet) == [], "only the batch of this version is asked about"
        assert send_actions(shop, receiver, quiet) == 9, "others do not wait for it"
        decide_batches(shop, [("2025-06-30", True, "Wang")], quiet)
        assert send_actions(shop, receiver, quiet) == 18
        decide_batches(shop, [("2025-06-30", False, "Li")], quiet)
        assert counts(shop)["refused"] == 0, "what has been decided stays"
        assert len(crm.taken) == 18 + len(others)


def test_what_is_turned_down_is_refused_and_not_sent(shop: Workspace):
    publish(shop, 10, question="Mass demotions.")
    plan_actions(shop, quiet)
    decide_batches(shop, [("2025-06-30", False, "Li")], quiet)
    with listening(Receiver()) as crm:
        assert send_actions(shop, RestReceiver(Connection("crm", crm.url)), quiet) == 0
    assert counts(shop) | {"withheld": 1, "refused": 9} == counts(shop)
    with open_ledger(shop) as ledger:
        assert {row[-3] for row in ledger.rows("2025-12-31")} == {"refused", "withheld"}
        assert not any(row[-1] for row in ledger.rows("2025-12-31")), "the batch has not gone out"
        assert ledger.forget(["c1", "c2"]) == 2


def test_what_has_waited_past_its_time_does_not_go_any_more(shop: Workspace):
    publish(shop, 10)  # closes on 17 July
    plan_actions(shop, quiet)
    publish(shop, 10, "2025-07-17")
    plan_actions(shop, quiet)
    assert counts(shop)["waiting"] == 18
    publish(shop, 10, "2025-07-18")
    plan_actions(shop, quiet)
    assert (counts(shop)["waiting"], counts(shop)["refused"]) == (18, 9)


def test_what_the_crm_refuses_is_noted_and_the_others_arrive(shop: Workspace):
    publish(shop, 10)
    with listening(Receiver(mishap=lambda number: 422 if number == 4 else None)) as crm:
        plan_actions(shop, quiet)
        assert send_actions(shop, RestReceiver(Connection("crm", crm.url)), quiet) == 9
        assert counts(shop)["refused"] == 1 and counts(shop)["acknowledged"] == len(crm.taken) == 8


def test_a_crm_that_takes_nothing_stops_the_sending_and_hears_no_secret(shop: Workspace):
    keys = publish(shop, 10)
    with listening(Receiver(mishap=lambda number: 403)) as crm:
        receiver = RestReceiver(Connection("crm", crm.url.replace("//", "//bot:s3cret@")))
        plan_actions(shop, quiet)
        with pytest.raises(SendFailed, match=r"answers 403.*run act again") as failed:
            send_actions(shop, receiver, quiet)
        assert "s3cret" not in str(failed.value) and counts(shop)["sent"] == 9
        crm.mishap = lambda number: None
        assert send_actions(shop, receiver, quiet) == 9 and set(crm.taken) == keys


def test_one_action_that_the_crm_cannot_take_holds_up_no_other(shop: Workspace):
    """It answers 500 to one of them, whatever happens; the others are in parcels of 64."""
    keys, stubborn = publish(shop, 200), "x2025-06-30-1"

    class Crm(Receiver):
        def take(self, headers: dict[str, str], body: bytes) -> int:
            return 500 if headers["Idempotency-Key"] == stubborn else super().take(headers, body)

    with listening(Crm()) as crm:
        plan_actions(shop, quiet)
        with pytest.raises(SendFailed, match=f"action {stubborn} was not taken: the receiver answers 500"):
            send_actions(shop, RestReceiver(Connection("crm", crm.url)), quiet)
        assert set(crm.taken) == keys - {stubborn}
    assert (counts(shop)["sent"], counts(shop)["acknowledged"]) == (1, 179)


def test_a_crm_that_asks_for_time_is_given_it(shop: Workspace, monkeypatch: pytest.MonkeyPatch):
    publish(shop, 2)
    slept: list[float] = []
    monkeypatch.setattr("include.alerts.webhook.time.sleep", slept.append)
    with listening(Receiver(mishap=lambda number: 429 if number < 3 else None, retry_after="7")) as crm:
        plan_actions(shop, quiet)
        assert send_actions(shop, RestReceiver(Connection("crm", crm.url)), quiet) == 1
    assert slept == [0, 7, 7]


def test_a_night_without_actions_settles_nothing_for_its_date(shop: Workspace):
    """Noted with none, as before the first scores; built anew with some, they go out."""
    publish(shop, 0)
    plan_actions(shop, quiet)
    keys = publish(shop, 10)
    plan_actions(shop, quiet)
    with listening(Receiver()) as crm:
        assert send_actions(shop, RestReceiver(Connection("crm", crm.url)), quiet) == 9 and set(crm.taken) == keys


def test_rows_of_postgresql_are_inserted_once(shop: Workspace, postgres_url: str):
    keys = publish(shop, 30)
    receiver = receiver_of(shop, {"crm": postgres_url}.get)
    plan_actions(shop, quiet)
    send_actions(shop, receiver, quiet)
    with open_ledger(shop) as ledger:  # as if the kill had come between the commit and the note of it
        ledger._connection.execute("update actions set state = 'sent' where action_key like '%2'")
    assert send_actions(shop, receiver, quiet) == 3
    with psycopg.connect(postgres_url) as database:
        found = database.execute("select action_key, content from tierworks_actions").fetchall()
    assert {key for key, _ in found} == keys and len(found) == 27
    assert dict(found)["x2025-06-30-3"]["reason_zh"] == "流失"
    down = PostgresReceiver(Connection("crm", postgres_url.replace("127.0.0.1:", "127.0.0.1:1")))
    publish(shop, 3, "2025-07-31")
    plan_actions(shop, quiet)
    with pytest.raises(SendFailed) as failed:
        send_actions(shop, down, quiet)
    assert Connection("crm", postgres_url).secret not in str(failed.value)


def test_a_user_of_postgresql_who_may_only_insert_is_enough(shop: Workspace, postgres_url: str):
    """As a careful CRM grants it: the table is there, and nothing may be made."""
    keys, parts = publish(shop, 10), urlsplit(postgres_url)
    role = f"sender_{parts.path[1:]}"
    with psycopg.connect(postgres_url) as database:
        database.execute(TABLE_OF_CRM)
        database.execute(f"create role {role} login password 'only-insert'")
        database.execute("revoke create on schema public from public")
        database.execute(f"grant select, insert on {TABLE} to {role}")
    url = urlunsplit(parts._replace(netloc=f"{role}:only-insert@{parts.netloc.rpartition('@')[2]}"))
    plan_actions(shop, quiet)
    assert send_actions(shop, PostgresReceiver(Connection("crm", url)), quiet) == 9
    with psycopg.connect(postgres_url) as database:
        found = database.execute(f"select action_key from {TABLE}").fetchall()
        database.execute(f"drop owned by {role}")
        database.execute(f"drop role {role}")
    assert {key for (key,) in found} == keys


def test_another_workspace_does_not_swallow_the_actions_of_this_one(shop: Workspace, postgres_url: str):
    """A trial of the same sources makes the same keys: its rows are no proof that ours have arrived."""
    for workspace in (Workspace("trial", ()), shop):
        publish(workspace, 10)
        plan_actions(workspace, quiet)
    receiver = PostgresReceiver(Connection("crm", postgres_url))
    assert send_actions(Workspace("trial", ()), receiver, quiet) == 9
    with pytest.raises(SendFailed, match=r"has actions of the workspace trial under the same keys.*crm_shop"):
        send_actions(shop, receiver, quiet)
    assert counts(shop)["sent"] == 9


def test_a_table_that_somebody_has_locked_is_told_in_time(shop: Workspace, postgres_url: str, monkeypatch):
    monkeypatch.setattr(PostgresReceiver, "patience", 0.2)
    monkeypatch.setattr(PostgresReceiver, "attempts", 2)
    keys, receiver = publish(shop, 10), PostgresReceiver(Connection("crm", postgres_url))
    plan_actions(shop, quiet)
    with psycopg.connect(postgres_url) as database:
        database.execute(TABLE_OF_CRM)
        database.commit()
        database.execute(f"lock table {TABLE}")
        with pytest.raises(SendFailed, match=r"timeout.*run act again"):
            send_actions(shop, receiver, quiet)
    assert send_actions(shop, receiver, quiet) == len(keys)


KILLS = {
    "before it is noted": "ledger.ActionLedger.send",
    "before it is renamed": "receivers.FolderReceiver._finish",
    "after": "ledger.ActionLedger.acknowledge",
    "after it was taken away": "ledger.ActionLedger.acknowledge",
}


@pytest.mark.parametrize("killed", KILLS)
def test_a_file_appears_whole_and_once(shop: Workspace, tmp_path: Path, killed: str, monkeypatch: pytest.MonkeyPatch):
    keys, folder = publish(shop, 30), tmp_path / "drop"
    folder.mkdir()
    receiver = receiver_of(shop, {"crm": f"file://{folder}"}.get)
    assert isinstance(receiver, FolderReceiver)
    plan_actions(shop, quiet)
    with monkeypatch.context() as patch:

        def dies(*arguments):
            raise KeyboardInterrupt

        patch.setattr(f"include.actions.{KILLS[killed]}", dies)
        with pytest.raises(KeyboardInterrupt):
            send_actions(shop, receiver, quiet)
    read = []
    if killed.endswith("away"):
        (file,) = folder.glob("actions_*.jsonl")
        read = file.read_text().splitlines()
        file.unlink()
    assert send_actions(shop, receiver, quiet) == 27
    read += [line for file in folder.glob("actions_*.jsonl") for line in file.read_text().splitlines()]
    told = [json.loads(line)["action_key"] for line in read]
    assert sorted(told) == sorted(keys) and counts(shop)["acknowledged"] == 27
    assert not list(folder.glob(".*.draft"))


def test_a_file_of_another_workspace_is_not_written_over(shop: Workspace, tmp_path: Path):
    """A trial of the same sources makes the same keys, and may write into the same folder."""
    folder = tmp_path / "drop"
    folder.mkdir()
    for workspace in (Workspace("trial", ()), shop):
        publish(workspace, 10)
        plan_actions(workspace, quiet)
        assert send_actions(workspace, FolderReceiver(Connection("crm", f"file://{folder}")), quiet) == 9
    told = [json.loads(line) for file in folder.iterdir() for line in file.read_text().splitlines()]
    assert sorted(line["workspace"] for line in told) == ["shop"] * 9 + ["trial"] * 9


def test_a_folder_that_takes_no_file_is_told(shop: Workspace, tmp_path: Path):
    """Its place is taken by a folder, as a full disk or a missing right would refuse it."""
    keys, folder = publish(shop, 10), tmp_path / "drop"
    (folder / f".actions_2025-06-30_shop_{min(keys)}.jsonl.draft").mkdir(parents=True)
    receiver = FolderReceiver(Connection("crm", f"file://{folder}"))
    plan_actions(shop, quiet)
    with pytest.raises(SendFailed, match=r"folder of the connection crm takes no file: Is a directory.*run act again"):
        send_actions(shop, receiver, quiet)
    assert counts(shop)["waiting"] == 9


def test_a_connection_that_is_no_crm_is_told(shop: Workspace):
    assert receiver_of(shop, {}.get) is None
    with pytest.raises(SendFailed, match="the connection crm_shop is none of postgresql"):
        receiver_of(shop, {"crm_shop": "mailto:boss@shop.example"}.get)
    with pytest.raises(SendFailed, match="folder of the connection crm does not exist"):
        receiver_of(shop, {"crm": "file:///nowhere/at/all"}.get)
