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
steps.build(load_workspace(sys.argv[1]), date.fromisoformat(sys.argv[2]), sys.argv[3], progress=print)
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

    def move(self, person: str, land: str) -> None:
        """Another region for a customer, which carries no date."""
        (path,) = self.company.data.glob("people*.csv")
        lines = path.read_text().splitlines()
        moved = [",".join([*line.split(",")[:-1], land]) if line.startswith(f"{person},") else line for line in lines]
        assert moved != lines
        path.write_text("\n".join(moved) + "\n")

    def build(self, as_of: date, full_refresh: bool = False) -> dict[str, str]:
        self.said.clear()
        steps.build(self.company, as_of, "core", full_refresh, progress=self.said.append)
        steps.score(self.company, as_of, {}, progress=self.said.append)
        steps.build(self.company, as_of, "marts", progress=self.said.append)
        with open_warehouse(self.company, read_only=True) as connection:
            return schema_digests(connection, "int", "core", "marts")

    def killed(self, as_of: date, layer: str, after: str) -> None:
        """A build of the layer that is killed some moments after it has made a table."""
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, self.company.name, as_of.isoformat(), layer],
            cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        )  # fmt: skip
        assert any("OK created" in line and after in line for line in child.stdout)
        time.sleep(0.3)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def since(self) -> list[str]:
        """The first stale day that the build of each layer told; "ever" when it made everything anew."""
        lines = [line for line in self.said if "built anew" in line]
        return ["ever" if line.startswith("Everything") else line.split()[-1] for line in lines]

    def lines_of(self, month: str, count: int) -> tuple[int, ...]:
        found = [n for n, line in enumerate(self.lines) if line.split(";")[3].startswith(month)]
        return tuple(found[:: max(1, len(found) // count)][:count])


def test_what_is_kept_is_what_would_be_made(company, quick_dbt):
    life = Life(company)
    late, wrong, gone = life.lines_of("2024-01-1", 5), life.lines_of("2023-11", 4), life.lines_of("2023-12", 3)
    life.load(date(2024, 1, 20), late=late)
    life.build(date(2024, 1, 20))
    assert life.since() == ["ever", "ever"]

    # Late rows, corrections and deletes of months back, seen at a month-end.
    life.load(date(2024, 2, 29), corrected=wrong, gone=gone)
    life.build(date(2024, 2, 29))
    assert all("2023-11-01" <= day <= "2023-11-30" for day in life.since())

    # Over the month-end, which is no current date any more; each layer is killed on the way, and taken up again.
    life.move("P0001", "Elsewhere")
    life.load(date(2024, 3, 9), corrected=wrong, gone=gone)
    life.killed(date(2024, 3, 9), "core", after="fct_orders")
    life.killed(date(2024, 3, 9), "marts", after="customer_tiers")
    kept = life.build(date(2024, 3, 9))
    # What was killed of core was made by the step that needed it.
    assert life.since() == ["2024-03-09", "2024-02-29"]
    made = life.build(date(2024, 3, 9), full_refresh=True)
    assert [table for table in made if kept[table] != made[table]] == []


@pytest.mark.verify
def test_days_in_a_row_and_back(company, quick_dbt):
    life = Life(company)
    late = life.lines_of("2024-01-1", 5)
    life.load(date(2024, 1, 20), late=late)
    first = life.build(date(2024, 1, 20))
    life.load(date(2024, 1, 21))
    grown = life.build(date(2024, 1, 21))
    assert all("2024-01-10" <= day <= "2024-01-19" for day in life.since())
    assert grown == life.build(date(2024, 1, 21), full_refresh=True) and grown != first
    # The same date again finds nothing stale before the date itself; an earlier date is made whole.
    assert life.build(date(2024, 1, 21)) == grown
    assert life.since() == ["2024-01-21", "2024-01-21"]
    life.build(date(2024, 1, 20))
    assert life.since() == ["ever", "ever"]
