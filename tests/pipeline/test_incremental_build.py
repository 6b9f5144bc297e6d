"""A build that makes only what is stale equals one that makes everything, table by table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date

import pytest

from include.pipeline import steps
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import PROJECT_ROOT, Workspace

pytestmark = pytest.mark.timeout(600)
CHILD = """
import sys
from datetime import date
from include.pipeline import steps
from include.workspace import load_workspace
steps.build(load_workspace(sys.argv[1]), date.fromisoformat(sys.argv[2]), "core", progress=print)
"""


class Life:
    """The small company day after day: sales up to a day are there, with what was corrected since."""

    def __init__(self, company: Workspace):
        self.company, self.batches = company, 0
        self.path = company.data / "sales.csv"
        self.header, *self.lines = self.path.read_text().splitlines()
        self.said: list[str] = []
        company.register()

    def load(
        self, until: date, late: tuple[int, ...] = (), corrected: tuple[int, ...] = (), gone: tuple[int, ...] = ()
    ):
        """Sales up to `until` without those in `late` and `gone`; those of `corrected` cost a hundred more."""
        kept = [self.header]
        for number, line in enumerate(self.lines):
            cells = line.split(";")
            if cells[3][:10] > until.isoformat() or number in late + gone:
                continue
            if number in corrected:
                cells[-1] = str(round(float(cells[-1]) + 100, 2))
            kept.append(";".join(cells))
        self.path.write_text("\n".join(kept) + "\n")
        self.batches += 1
        steps.load(self.company, f"batch-{self.batches}", lambda line: None)

    def build(self, as_of: date, full_refresh: bool = False) -> dict[str, str]:
        self.said.clear()
        steps.build(self.company, as_of, "core", full_refresh, progress=self.said.append)
        with open_warehouse(self.company, read_only=True) as connection:
            return schema_digests(connection, "int", "core")

    def since(self) -> str | None:
        """The first stale day that the build told; None when it made everything anew."""
        (line,) = [line for line in self.said if "built anew" in line]
        return None if line.startswith("Everything") else line.split()[-1]

    def lines_of(self, month: str, count: int) -> tuple[int, ...]:
        found = [n for n, line in enumerate(self.lines) if line.split(";")[3].startswith(month)]
        return tuple(found[:: max(1, len(found) // count)][:count])


def test_what_is_kept_is_what_would_be_made(company):
    life = Life(company)
    late, wrong, gone = life.lines_of("2024-01-1", 5), life.lines_of("2023-11", 4), life.lines_of("2023-12", 3)
    life.load(date(2024, 1, 20), late=late)
    life.build(date(2024, 1, 20))
    assert life.since() is None

    # Late rows, corrections and deletes of months back, seen at a month-end.
    life.load(date(2024, 2, 29), corrected=wrong, gone=gone)
    mended = life.build(date(2024, 2, 29))
    assert "2023-11-01" <= life.since() <= "2023-11-30"
    assert mended == life.build(date(2024, 2, 29), full_refresh=True)

    # Over the month-end, which is no current date any more; killed on the way, and taken up again.
    life.load(date(2024, 3, 9), corrected=wrong, gone=gone)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, company.name, "2024-03-09"],
        cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
    )  # fmt: skip
    for line in child.stdout:
        if "OK created" in line and "fct_orders" in line:
            break
    time.sleep(0.3)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    after = life.build(date(2024, 3, 9))
    assert life.since() == "2024-02-29"
    assert after == life.build(date(2024, 3, 9), full_refresh=True)


@pytest.mark.verify
def test_days_in_a_row_and_back(company):
    life = Life(company)
    late = life.lines_of("2024-01-1", 5)
    life.load(date(2024, 1, 20), late=late)
    first = life.build(date(2024, 1, 20))
    life.load(date(2024, 1, 21))
    grown = life.build(date(2024, 1, 21))
    assert "2024-01-10" <= life.since() <= "2024-01-19"
    assert grown == life.build(date(2024, 1, 21), full_refresh=True) and grown != first
    # The same date again finds nothing stale before the date itself; an earlier date is made whole.
    assert life.build(date(2024, 1, 21)) == grown
    assert life.since() == "2024-01-21"
    life.build(date(2024, 1, 20))
    assert life.since() is None
