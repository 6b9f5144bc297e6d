"""A CRM that lives on for thirty days, loaded day by day, is what one full load at the end is; kills change nothing."""

from __future__ import annotations

import datetime
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from include.contract.reader import read_contract
from include.simulator.living import bring_to_day
from include.simulator.simulation import Simulation
from include.simulator.world import World
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import table_digest
from include.workspace import PROJECT_ROOT, SHIPPED_SOURCES

FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2024, 3, 31)
HALF = datetime.date(2024, 2, 15)  # a column is added to the web shop's customers
CHILD = """
import datetime, sys
from pathlib import Path
from include.load import load_workspace
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
workspace = Workspace(sys.argv[1], (Path(sys.argv[2]),), data=Path(sys.argv[3]))
with open_warehouse(workspace) as connection:
    print("open", flush=True)
    load_workspace(workspace, connection, sys.argv[4], datetime.datetime.fromisoformat(sys.argv[4]), lambda line: None)
"""


def _world(day: datetime.date, customers: int) -> Simulation:
    return Simulation(customers, 5, FIRST, LAST, day)


@pytest.fixture
def living(company, postgres_cluster, monkeypatch):
    """Makes companies whose one source is a CRM in PostgreSQL; `advance` brings that to a day."""
    monkeypatch.setenv("TIERWORKS_CONN_SIMULATED_CRM", postgres_cluster.new_database())
    worlds: dict[int, World] = {}

    def advance(day: datetime.date, customers: int) -> None:
        world = worlds.setdefault(customers, World(_world(day, customers)))
        bring_to_day(_world(day, customers), "simulated_crm", progress=lambda line: None, world=world)

    return lambda: company((SHIPPED_SOURCES / "simulated_crm.yml").read_text()), advance


def _entities(shop) -> dict[str, str]:
    with open_warehouse(shop.workspace, read_only=True) as connection:
        return {entity: table_digest(connection, "raw", entity) for entity in read_contract()}


def _ledger_is_closed(shop) -> bool:
    unequal = "rows_read <> rows_accepted + rows_unchanged + rows_quarantined"
    return shop.rows(f"select count(*) from ops.load_ledger where {unequal}") == [(0,)]


def _ids(shop) -> set[tuple]:
    return set(shop.rows("select source, customer_key, customer_id from core.customer_xref"))


def _killed(shop, delay: float) -> bool:
    """Start a load and kill it `delay` seconds after it has the warehouse; whether it was still running."""
    moment = datetime.datetime(2026, 1, 1) + datetime.timedelta(days=shop.batches)
    arguments = [shop.workspace.name, str(shop.workspace.declarations[0]), str(shop.data), moment.isoformat()]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "open\n"
    time.sleep(delay)
    os.kill(child.pid, signal.SIGKILL)
    child.stdout.close()
    return child.wait() == -signal.SIGKILL


def _live(living, days: int, customers: int, kills: int) -> None:
    make, advance = living
    chance, shop = random.Random(11), make()
    first = HALF - datetime.timedelta(days=days // 2)
    struck, took = set(chance.sample(range(1, days), kills)), 1.0
    landed = 0
    for number in range(days):
        advance(first + datetime.timedelta(days=number), customers)
        if number in struck:
            landed += _killed(shop, chance.uniform(0, took))
            assert shop.rows("select 1") == [(1,)]
            assert _ledger_is_closed(shop)
        began = time.monotonic()
        assert shop.load().changed or number in struck
        took = time.monotonic() - began
        if number in (0, days // 2):
            before = _entities(shop)
            assert not shop.load().changed
            assert _entities(shop) == before
    assert _ledger_is_closed(shop)
    assert landed >= kills // 2, "most kills are to hit a running load"
    fresh = make()
    fresh.load()
    grown, whole = _entities(shop), _entities(fresh)
    assert {entity for entity in whole if grown[entity] != whole[entity]} == set()
    assert _ids(fresh) <= _ids(shop)
    counts = "select sum(rows_deleted) > 0, sum(rows_unchanged) > 0 from ops.load_ledger"
    assert shop.rows(counts) == [(days > 3, True)]
    late = "select count(*) > 0 from raw.simulated_crm__orders where updated_at > placed + interval 1 day"
    column = "select cust_no, score_class from raw.simulated_crm__web_customers order by all"
    assert shop.rows(column) == fresh.rows(column)
    assert shop.rows(late) == [(True,)]
    assert any(score for _, score in shop.rows(column)) or days < 30


@pytest.mark.verify
def test_three_days_of_a_crm_are_one_full_load(living):
    _live(living, 3, 60, 1)


@pytest.mark.verify
def test_thirty_days_of_a_crm_with_twenty_kills_are_one_full_load(living):
    _live(living, 30, 500, 20)
