"""A load that is killed at any moment and run again ends with the tables of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from include.workspace import PROJECT_ROOT
from tests.load.conftest import LINES, LINES_HEADER

CHILD = """
import datetime, sys
from pathlib import Path
from include.load import load_workspace
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
workspace = Workspace(sys.argv[1], (Path(sys.argv[2]),), data=Path(sys.argv[3]))
with open_warehouse(workspace) as connection:
    print("open", flush=True)
    load_workspace(workspace, connection, "killed", datetime.datetime(2026, 1, 1), lambda line: print(line, flush=True))
print("done", flush=True)
"""
MORE = """
  others:
    files: others*.csv
    format: csv
    entities:
      order_items:
        columns: {order_item_key: _row_id, order_key: basket, product_key: product, amount: amount}
"""


def test_a_killed_load_ends_as_one_that_was_not(company):
    calm, killed = company(LINES + MORE), company(LINES + MORE)
    for shop in (calm, killed):
        for table in ("lines", "others"):
            rows = (f"{n % 9000},c{n % 700},2024-03-0{n % 9 + 1},Bonn,p{n % 50},{n % 97}\n" for n in range(60_000))
            shop.write(f"{table}.csv", LINES_HEADER + "".join(rows))
    calm.load()
    arguments = [killed.workspace.name, str(killed.workspace.declarations[0]), str(killed.data)]
    moments = []
    for delay in (0.05, 0.4, 0.8, None):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "open\n"
        if delay is None:  # after the first table is in
            line = child.stdout.readline()
            assert line.startswith("shop/")
        else:
            time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
        moments.append(child.wait())
    assert -signal.SIGKILL in moments
    killed.load()
    assert killed.digests() == calm.digests()
    read = "select table_name, sum(rows_accepted) from ops.load_ledger group by 1 order by 1"
    assert killed.rows(read) == calm.rows(read) == [("lines", 60_000), ("others", 60_000)]
