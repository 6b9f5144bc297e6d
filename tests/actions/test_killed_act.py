"""Sender and CRM are killed at random, the CRM is slow and fails besides: each action arrives once, none is lost."""

from __future__ import annotations

import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from include.actions.ledger import open_ledger
from include.actions.receivers import TABLE, TABLE_OF_CRM, PostgresReceiver
from include.workspace import PROJECT_ROOT, Workspace
from tests.actions.batches import CONTROL_EVERY, acting, publish
from tests.postgres_cluster import PostgresCluster

pytestmark = pytest.mark.timeout(1800)
SIZES = [pytest.param(400, 3, id="some"), pytest.param(10_000, 25, id="many", marks=pytest.mark.verify)]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path / "home"))
    return Workspace("shop", ())


def act_until_done(url: str, strikes: int, chance: random.Random, mishap) -> tuple[int, int]:
    """Run `act` again and again, each strike killing it or, while it goes on, calling `mishap`; runs and strikes."""
    runs = struck = 0
    while True:
        runs += 1
        sender = acting(url)
        while struck < strikes and is_at_it(sender, chance.uniform(0.4, 1.6)):
            struck += 1
            if chance.random() < 0.6:
                sender.send_signal(signal.SIGKILL)
                break
            mishap()
        _, said = sender.communicate(timeout=600)
        if sender.returncode == 0:
            return runs, struck
        assert sender.returncode == -signal.SIGKILL or "SendFailed" in said, said
        assert runs < 200, said


def is_at_it(sender: subprocess.Popen, seconds: float) -> bool:
    """Whether it has not ended after so many seconds."""
    try:
        sender.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def ledger_closes(shop: Workspace, planned: int) -> None:
    with open_ledger(shop) as ledger:
        counts = ledger.counts()
    withheld = -(-planned // CONTROL_EVERY)
    reached = {"planned": planned, "withheld": withheld, "acknowledged": planned - withheld}
    assert counts == {"sent": 0, "waiting": 0, "refused": 0, **reached}


@pytest.mark.parametrize(("actions", "strikes"), SIZES)
def test_a_rest_crm_has_each_action_once(shop: Workspace, tmp_path: Path, actions: int, strikes: int):
    keys, chance = publish(shop, actions), random.Random(actions)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Few actions would be over before the last strike.
    seconds = 0.15 if actions < 1000 else 0.0
    server = start_crm(port, tmp_path / "crm.db", 1, seconds)

    def kill_crm() -> None:
        nonlocal server
        server.send_signal(signal.SIGKILL)
        server.wait()
        time.sleep(chance.uniform(0, 0.5))
        server = start_crm(port, tmp_path / "crm.db", chance.randrange(1000), seconds)

    try:
        runs, struck = act_until_done(f"http://127.0.0.1:{port}/actions", strikes, chance, kill_crm)
    finally:
        server.kill()
        server.wait()
    with sqlite3.connect(tmp_path / "crm.db") as store:
        taken = store.execute("select key, customer from taken").fetchall()
        (asked,) = store.execute("select count(*) from asked").fetchone()
    assert {key for key, _ in taken} == keys and len(taken) == len({customer for _, customer in taken}) == len(keys)
    assert asked > len(keys) and runs > 1 and struck == strikes, "some were posted again"
    ledger_closes(shop, actions)


@pytest.mark.parametrize(("actions", "strikes"), SIZES)
def test_a_postgresql_crm_has_each_action_once(
    shop: Workspace, postgres_cluster: PostgresCluster, postgres_url: str, actions: int, strikes: int
):
    keys, chance = publish(shop, actions), random.Random(actions)
    parcel = min(len(keys), PostgresReceiver.parcel_size)
    be_slow(postgres_url, (1.6 if parcel == len(keys) else 0.8) / parcel)
    crash = lambda: postgres_cluster.crash(chance.uniform(0, 0.5))  # noqa: E731
    runs, struck = act_until_done(postgres_url, strikes, chance, crash)
    with psycopg.connect(postgres_url) as database:
        taken = database.execute("select action_key, customer_id from tierworks_actions").fetchall()
    assert {key for key, _ in taken} == keys and len(taken) == len({customer for _, customer in taken}) == len(keys)
    assert runs > 1 and struck == strikes
    ledger_closes(shop, actions)


def be_slow(url: str, seconds: float) -> None:
    """Let the table of the CRM take so long for a row, more or less."""
    with psycopg.connect(url) as database:
        database.execute(TABLE_OF_CRM)
        database.execute(
            "create function take_time() returns trigger language plpgsql as "
            f"$$ begin perform pg_sleep(random() * {2 * seconds}); return new; end $$"
        )
        database.execute(f"create trigger slow before insert on {TABLE} for each row execute function take_time()")


def start_crm(port: int, file: Path, seed: int, seconds: float) -> subprocess.Popen:
    told = map(str, (port, file, seed, 0.08, seconds))
    command = [sys.executable, "-m", "tests.actions.crm_server", *told]
    server = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout.readline() == "ready\n"
    return server
