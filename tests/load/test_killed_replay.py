"""A replay that is killed at any moment and run again ends with the tables of one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from include.workspace import PROJECT_ROOT
from tests.load.conftest import HEADER, LINES, LINES_HEADER, ORDERS
from tests.load.test_replay import OPEN, export, replay

CHILD = """
import datetime, sys
from pathlib import Path
from include.load.replay import replay_workspace
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
workspace = Workspace(sys.argv[1], (Path(sys.argv[2]),), data=Path(sys.argv[3]))
moment = datetime.datetime.fromisoformat(sys.argv[5])
def say(line):
    print(line, flush=True)
with open_warehouse(workspace) as connection:
    print("open", flush=True)
    replay_workspace(workspace, connection, sys.argv[5], moment, say, sheet=Path(sys.argv[4]))
print("done", flush=True)
"""
ROWS = 20_000


def _company(company, keyed: bool):
    shop = company(ORDERS if keyed else LINES)
    if keyed:
        rows = (f"{n},c{n % 700},2024-03-0{n % 9 + 1},S,{'bad' if n % 3 else n}\n" for n in range(ROWS))
        shop.write("orders.csv", HEADER + "".join(rows))
    else:
        rows = (f"{n % 900},c{n % 70},2024-03-01,Bonn,p{n % 5},{'bad' if n % 3 else n % 9}\n" for n in range(ROWS))
        shop.write("lines.csv", LINES_HEADER + "".join(rows))
    shop.load()
    sheet = export(shop, "orders" if keyed else "lines")
    mended = sheet.with_name("mended.csv")
    # A row in ten stays as bad as it was.
    duckdb.execute(
        "copy (select * replace (if(_line::int % 10 > 0, (_line::int % 7)::varchar, amount) as amount) "
        f"from read_csv('{sheet}', all_varchar = true)) to '{mended}' (header)"
    )
    return shop, mended


def _run_killed(company, keyed: bool, kills: int) -> None:
    (calm, calm_sheet), (killed, sheet) = _company(company, keyed), _company(company, keyed)
    began = time.monotonic()
    replay(calm, calm_sheet)
    took = time.monotonic() - began
    chance, hit = random.Random(5), 0
    for number in range(kills):
        arguments = [killed.workspace.name, str(killed.workspace.declarations[0]), str(killed.data), str(sheet)]
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments, f"2026-02-01T00:{number:02}:00"],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0, took))
        os.kill(child.pid, signal.SIGKILL)
        hit += "done" not in child.stdout.read() and child.wait() == -signal.SIGKILL
        child.stdout.close()
        child.wait()
    assert hit
    replay(killed, sheet)
    assert killed.digests() == calm.digests()
    assert killed.rows(OPEN) == calm.rows(OPEN)
    assert killed.rows("select sum(rows_accepted) from ops.load_ledger") == calm.rows(
        "select sum(rows_accepted) from ops.load_ledger"
    )
    assert killed.rows(
        "select count(*) from ops.load_ledger where rows_read <> rows_accepted + rows_unchanged + rows_quarantined"
    ) == [(0,)]
    assert not list(killed.workspace.kept.glob("*.draft")) or (killed.workspace.kept / "corrections.parquet").is_file()
    killed.workspace.warehouse.unlink()
    killed.load()
    assert killed.digests() == calm.digests()


def test_a_killed_replay_ends_as_one_that_was_not(company):
    _run_killed(company, keyed=True, kills=3)


@pytest.mark.verify
@pytest.mark.parametrize("keyed", [True, False])
def test_a_replay_killed_twenty_times_ends_as_one_that_was_not(company, keyed):
    _run_killed(company, keyed, kills=20)
