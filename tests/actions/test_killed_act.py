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
from include.workspace import PROJECT_ROOT, Workspace
from tests.actions.batches import CONTROL_EVERY, acting, publish
from tests.postgres_cluster import PostgresCluster

pytestmark = pytest.mark.timeout(1800)
SIZES = [pytest.param(400, 3, id="some"), pytest.param(10_000, 25, id="many", marks=pytest.mark.verify)]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path / "home"))
    return Workspace("shop", ())


def act_until_done(url: str, kills: int, chance: random.Random, mishap) -> int:
    """Run `act` again and again, `kills` times killing it or calling `mishap` after a while; returns the runs."""
    runs = 0
    while True:
        runs += 1
        sender = acting(url)
        if kills:
            kills -= 1
            try:
                sender.wait(chance.uniform(0.4, 1.6))
            except subprocess.TimeoutExpired:
                if chance.random() < 0.6:
                    sender.send_signal(signal.SIGKILL)
                else:
                    mishap()
        _, said = sender.communicate(timeout=600)
        if sender.returncode == 0:
            return runs
        assert sender.returncode == -signal.SIGKILL or "SendFailed" in said, said
        assert runs < 200, said


def ledger_closes(shop: Workspace, planned: int) -> None:
    with open_ledger(shop) as ledger:
        counts = ledger.counts()
    withheld = -(-planned // CONTROL_EVERY)
    reached = {"planned": planned, "withheld": withheld, "acknowledged": planned - withheld}
    assert counts == {"sent": 0, "waiting": 0, "refused": 0, **reached}


@pytest.mark.parametrize(("actions", "kills"), SIZES)
def test_a_rest_crm_has_each_action_once(shop: Workspace, tmp_path: Path, actions: int, kills: int):
    keys, chance = publish(shop, actions), random.Random(actions)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = start_crm(port, tmp_path / "crm.db", 1)

    def kill_crm() -> None:
        nonlocal server
        server.send_signal(signal.SIGKILL)
        server.wait()
        time.sleep(chance.uniform(0, 0.5))
        server = start_crm(port, tmp_path / "crm.db", chance.randrange(1000))

    try:
        runs = act_until_done(f"http://127.0.0.1:{port}/actions", kills, chance, kill_crm)
    finally:
        server.kill()
        server.wait()
    with sqlite3.connect(tmp_path / "crm.db") as store:
        taken = store.execute("select key, customer from taken").fetchall()
        (asked,) = store.execute("select count(*) from asked").fetchone()
    assert {key for key, _ in taken} == keys and len(taken) == len({customer for _, customer in taken}) == len(keys)
    assert asked > len(keys) and runs > 1, "some were posted again"
    ledger_closes(shop, actions)


@pytest.mark.parametrize(("actions", "kills"), SIZES)
def test_a_postgresql_crm_has_each_action_once(
    shop: Workspace, postgres_cluster: PostgresCluster, postgres_url: str, actions: int, kills: int
):
    keys, chance = publish(shop, actions), random.Random(actions)
    runs = act_until_done(postgres_url, kills, chance, lambda: postgres_cluster.crash(chance.uniform(0, 0.5)))
    with psycopg.connect(postgres_url) as database:
        taken = database.execute("select action_key, customer_id from tierworks_actions").fetchall()
    assert {key for key, _ in taken} == keys and len(taken) == len({customer for _, customer in taken}) == len(keys)
    assert runs > 1
    ledger_closes(shop, actions)


def start_crm(port: int, file: Path, seed: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.actions.crm_server", str(port), str(file), str(seed), "0.08"]
    server = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout.readline() == "ready\n"
    return server
