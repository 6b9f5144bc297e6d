"""How soon the dashboard's headline figures are seen in a browser, at 100 thousand and a million customers.

`python -m tests.perf.dashboard_speed [customers …]`. Only reading is measured, so the large versions are made from
one of a simulated company: the rows that tell of customers are repeated under new ids, history and all. Three looks
are timed, each by a browser with nothing in its cache, from the address to the last headline figure:
the first after the dashboard was started; one after a version was swapped in (no answer is kept, the process is
warm); one of a second reader. SIMULATED names the state folder of a company that is published already.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from include.services.dashboard import start_dashboard
from include.services.processes import stop_services
from include.workspace import Workspace, load_workspace
from tests.dashboard.browser import Look, chromium

SIZES = (100_000, 1_000_000)
PEOPLE, DAYS = 3000, (date(2022, 1, 1), date(2024, 6, 30))
_FIGURES, _TRIES = 8, 3
# What the pages ask of many customers; the other tables of people stay as they are.
_REPEATED = {
    "dim_customer",
    "customer_metrics",
    "customer_tiers",
    "lifecycle_stage",
    "clv_scores",
    "churn_scores",
    "churn_risk_tiers",
    "churn_alerts",
    "retention_plan",
    "winback_plan",
}


def main(sizes: Sequence[int] = SIZES) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.environ["SIMULATED"]) if "SIMULATED" in os.environ else _simulate(Path(folder) / "company")
        print("customers  file MB   after start s  after a swap s  second reader s")
        for size in sizes:
            print(measure(home, size, Path(folder) / str(size)), flush=True)


def _simulate(home: Path) -> Path:
    from include.pipeline import steps
    from include.simulator.files import write_files
    from include.simulator.simulation import Simulation
    from include.workspace import resolve_workspace

    os.environ["TIERWORKS_HOME"] = str(home)
    write_files(Simulation(PEOPLE, 1, *DAYS, None), home / "files")
    workspace = resolve_workspace("simulated", str(home / "files"))
    workspace.register()
    steps.load(workspace, "1", progress=lambda _: None)
    steps.publish(workspace, DAYS[1], progress=lambda _: None)
    return home


def measure(home: Path, customers: int, into: Path) -> str:
    """One line of the table."""
    os.environ["TIERWORKS_HOME"] = str(home)
    workspace = load_workspace("simulated")
    folder = _enlarged(workspace, customers, into)
    os.environ["TIERWORKS_HOME"] = str(into)
    name = f"dashboard-{workspace.name}"
    try:
        started, swapped, second = [], [], []
        with chromium() as browser:
            for _ in range(_TRIES):
                stop_services([name])
                url = start_dashboard(workspace, port=0)
                started.append(_look(browser, url))
                os.utime(folder / "tierworks.duckdb")  # a file that was written anew: no answer is kept of it
                swapped.append(_look(browser, url))
                second.append(_look(browser, url))
        size = (folder / "tierworks.duckdb").stat().st_size / 2**20
    finally:
        stop_services([name])
        shutil.rmtree(into)
    times = "".join(f"{statistics.median(found):16.2f}" for found in (started, swapped, second))
    return f"{customers:9,}  {size:7.0f}{times}"


def _look(browser, url: str) -> float:
    with Look(browser, url) as look:
        began = time.perf_counter()
        look.page.goto(url)
        look.page.get_by_test_id("stMetricValue").nth(_FIGURES - 1).wait_for()
        seconds = time.perf_counter() - began
        look.drawn()
        assert not look.faults, look.faults
    return seconds


def _enlarged(workspace: Workspace, customers: int, into: Path) -> Path:
    """A state folder at `into` whose current version holds so many customers; returns the version's folder."""
    small = workspace.published_file.resolve()
    target = into / workspace.name / "rebuildable" / "versions" / "large"
    target.mkdir(parents=True)
    shutil.copytree(workspace.kept, into / workspace.name / "kept", ignore=shutil.ignore_patterns("mlflow*"))
    shutil.copy(small.with_name("version.json"), target)
    with duckdb.connect(str(target / "tierworks.duckdb")) as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.execute(f"attach '{small}' as small (read_only)")
        times = -(-customers // connection.execute("select count(*) from small.main.dim_customer").fetchone()[0])
        names = connection.execute("select table_name from duckdb_tables() where database_name = 'small'").fetchall()
        for (table,) in names:
            copies = times if table in _REPEATED else 1
            renamed = "replace (customer_id || '-' || copy as customer_id)" if copies > 1 else ""
            connection.execute(
                f"create table {table} as select * exclude (copy) {renamed} "
                f"from range({copies}) as copies(copy), small.main.{table}"
            )
        connection.execute("detach small")
    link = into / workspace.name / "rebuildable" / "current"
    link.symlink_to(Path("versions") / "large")
    return target


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
