"""The small company's life, day after day."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from include.pipeline import steps
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import PROJECT_ROOT, Workspace

CHILD = """
import sys
from datetime import date
from include.pipeline import steps
from include.workspace import load_workspace
steps.build(load_workspace(sys.argv[1]), date.fromisoformat(sys.argv[2]), sys.argv[3], progress=print)
"""


class Life:
    """The small company day after day: sales up to a day are there, with what was corrected since."""

    def __init__(self, company: Workspace, sales: Path | None = None, batches: int = 0):
        """`sales` are those of all days; by default what the company's file holds."""
        self.company, self.batches = company, batches
        self.path = company.data / "sales.csv"
        self.header, *self.lines = (sales or self.path).read_text().splitlines()
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
