"""Every new alert reaches its webhook once, whatever is killed or fails on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from include.alerts.ledger import LEDGER
from include.alerts.push import push_alerts, receiver_of
from include.alerts.webhook import PushFailed, Webhook
from include.load.connections import Connection
from include.workspace import PROJECT_ROOT, Workspace
from tests.alerts.receiver import Receiver, listening

PUSH = """
import sys
from include.alerts.push import push_alerts, receiver_of
from include.workspace import Workspace
shop = Workspace("shop", ())
push_alerts(shop, receiver_of(shop, lambda name: None))
"""
COLUMNS = (
    "alert_id, customer_id, opened_on, level, level_en, level_zh, points, signals_en, signals_zh, owner_kind, owner, "
    "due_on, offer, offer_en, offer_zh, lead_days, churn_probability, status"
)


def publish(shop: Workspace, alerts: range, closed: range = range(0)) -> None:
    """A published version that holds such alerts and nothing else."""
    shop.make_folders()
    folder = shop.versions / f"{len(list(shop.versions.iterdir()))}"
    folder.mkdir()
    with duckdb.connect(str(folder / "tierworks.duckdb")) as connection:
        connection.execute(
            f"create table churn_alerts as select unnest({[*alerts, *closed]}) as n, 'a' || n as alert_id, "
            "'c' || n as customer_id, date '2025-06-30' as opened_on, 'high' as level, 'High' as level_en, "
            "'高' as level_zh, 4 as points, 'Late' as signals_en, '迟' as signals_zh, 'manager' as owner_kind, "
            "'crm:m1' as owner, date '2025-07-01' + n::integer as due_on, 'call' as offer, 'Call' as offer_en, "
            "'致电' as offer_zh, 90 as lead_days, 0.5::double as churn_probability, "
            f"case when n in ({', '.join(map(str, [-1, *closed]))}) then 'closed' else 'open' end as status"
        )
        assert set(COLUMNS.split(", ")) <= {row[0] for row in connection.execute("describe churn_alerts").fetchall()}
    shop.current.unlink(missing_ok=True)
    shop.current.symlink_to(folder)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path))
    monkeypatch.setattr(Webhook, "backoff", 0.01)
    return Workspace("shop", ())


def push(shop: Workspace, receiver: Receiver) -> int:
    return push_alerts(shop, Connection("alerts", receiver.url), lambda line: None)


def ledger(shop: Workspace) -> list[str]:
    return [json.loads(line)["alert_id"] for line in (shop.kept / LEDGER).read_text().splitlines()]


def test_new_alerts_are_told_once_in_the_order_they_are_due(shop: Workspace):
    with listening(Receiver()) as receiver:
        assert push(shop, receiver) == 0, "nothing is published yet"
        publish(shop, range(3), closed=range(7, 9))
        assert push(shop, receiver) == 3
        assert receiver.keys == ["a0", "a1", "a2"] == ledger(shop)
        assert push(shop, receiver) == 0
        publish(shop, range(1, 5))
        assert push(shop, receiver) == 2
        assert receiver.keys == ["a0", "a1", "a2", "a3", "a4"]
    assert (shop.kept / LEDGER).stat().st_mode & 0o777 == 0o600


def test_a_message_names_nobody(shop: Workspace):
    publish(shop, range(1))
    with listening(Receiver()) as receiver:
        push(shop, receiver)
    (message,) = receiver.bodies
    assert message == {
        **{
            "workspace": "shop",
            "alert_id": "a0",
            "customer_id": "c0",
            "opened_on": "2025-06-30",
            "due_on": "2025-07-01",
        },
        **{"level": "high", "level_en": "High", "level_zh": "高", "signals_en": "Late", "signals_zh": "迟"},
        **{"owner_kind": "manager", "owner": "crm:m1", "offer": "call", "offer_en": "Call", "offer_zh": "致电"},
        **{"lead_days": 90, "churn_probability": 0.5},
    }


@pytest.mark.parametrize("kill_at", [1, 3, 6])
def test_a_push_that_is_killed_and_repeated_tells_each_alert_once(shop: Workspace, kill_at: int):
    """The receiver takes an alert, and the sender dies before it hears so: it is sent again under the same key."""
    publish(shop, range(6))
    with listening(Receiver()) as receiver:
        environment = {**os.environ, "TIERWORKS_CONN_ALERTS": receiver.url, "PYTHONPATH": str(PROJECT_ROOT)}
        sender = subprocess.Popen([sys.executable, "-c", PUSH], env=environment, stdout=subprocess.DEVNULL)

        def kill_after(number: int) -> None:
            if number == kill_at:
                os.kill(sender.pid, signal.SIGKILL)
                sender.wait()

        receiver.mishap = kill_after
        assert sender.wait(timeout=60) == -signal.SIGKILL
        assert len(receiver.taken) == kill_at and ledger(shop) == [f"a{n}" for n in range(kill_at - 1)]
        receiver.mishap = lambda number: None
        subprocess.run([sys.executable, "-c", PUSH], env=environment, check=True, stdout=subprocess.DEVNULL)
        assert list(receiver.taken) == ledger(shop) == [f"a{n}" for n in range(6)]
        assert len(receiver.keys) == 7, "only the alert at which it was killed was sent again"
        assert push(shop, receiver) == 0


def test_a_line_cut_off_by_a_kill_is_told_again(shop: Workspace):
    publish(shop, range(3))
    with listening(Receiver()) as receiver:
        push(shop, receiver)
        path = shop.kept / LEDGER
        path.write_bytes(path.read_bytes()[:-9])
        assert push(shop, receiver) == 1
        assert ledger(shop) == ["a0", "a1", "a2"] and len(receiver.taken) == 3


def test_a_receiver_that_fails_for_a_moment_is_asked_again(shop: Workspace):
    publish(shop, range(2))
    with listening(Receiver(mishap=lambda number: 503 if number in (1, 2) else None)) as receiver:
        assert push(shop, receiver) == 2
        assert receiver.keys == ["a0", "a0", "a0", "a1"]


def test_a_refusal_stops_the_push_and_what_was_told_stays_told(shop: Workspace):
    publish(shop, range(3))
    with listening(Receiver(mishap=lambda number: 403 if number == 2 else None)) as receiver:
        with pytest.raises(PushFailed, match="alert a1 was not taken: the receiver answers 403"):
            push(shop, receiver)
        assert ledger(shop) == ["a0"]
        receiver.mishap = lambda number: None
        assert push(shop, receiver) == 2


def test_secrets_go_into_a_header_and_into_no_message(shop: Workspace):
    publish(shop, range(1))
    with listening(Receiver()) as receiver:
        url = receiver.url.replace("//", "//bot:s3cret@")
        push_alerts(shop, Connection("alerts", url), lambda line: None)
        assert receiver.headers[0]["Authorization"] == "Basic Ym90OnMzY3JldA=="
        receiver.mishap = lambda number: 401
        publish(shop, range(5, 6))
        with pytest.raises(PushFailed) as failed:
            push_alerts(shop, Connection("alerts", url), lambda line: None)
    assert "s3cret" not in str(failed.value) and "127.0.0.1" not in str(failed.value)


def test_a_workspace_may_have_a_receiver_of_its_own(shop: Workspace, monkeypatch: pytest.MonkeyPatch):
    known = {"alerts": "https://all.example/hook"}
    assert receiver_of(shop, lambda name: None) is None
    assert receiver_of(shop, known.get).url == "https://all.example/hook"
    monkeypatch.setenv("TIERWORKS_CONN_ALERTS_SHOP", "https://shop.example/hook")
    assert receiver_of(shop, known.get).url == "https://shop.example/hook"
    monkeypatch.setenv("TIERWORKS_CONN_ALERTS_SHOP", "mailto:boss@shop.example")
    with pytest.raises(PushFailed, match="the connection alerts_shop is no URL such as"):
        receiver_of(shop, known.get)
