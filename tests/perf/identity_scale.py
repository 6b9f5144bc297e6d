"""Identity of a million simulated records: time, peak memory and what is found, beside naive ways.

    python -m tests.perf.identity_scale [people] [folder of `tierworks simulate`]

Ours is the whole step: values brought into one form, blocking, learning, scoring, joining, ids. The naive ways
(`naive_identity`) have the same records in one form. At 20,000 records all of them end: comparing all pairs, whose time
at full size is extrapolated by its square, and joining by contact. At full size Splink's ordinary blocking rules
without bounds are stopped after a quarter of an hour or 12 GB. `0` people: the small size alone. Each way runs in a
process of its own; memory is the peak of its proportional set size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil
import yaml

from include.workspace import PROJECT_ROOT, SHIPPED_SOURCES, Workspace
from tests.perf.naive_identity import RECORDS, all_pairs, same_contact, splink_unbounded

PEOPLE, FEW_PEOPLE, NAIVE_SECONDS, NAIVE_BYTES = 800_000, 16_000, 900, 12e9
TRUTH = """
with told as (
    select xref.customer_id, truth.person
    from core.customer_xref as xref inner join read_parquet('{folder}/truth/person_of_customer*.parquet') as truth
    using (customer_key)
),
pairs as (select unnest([
    (select sum(n * (n - 1) // 2) from (select count(*) as n from told group by person, customer_id)),
    (select sum(n * (n - 1) // 2) from (select count(*) as n from told group by customer_id)),
    (select sum(n * (n - 1) // 2) from (select count(*) as n from told group by person))
]) as n)
select list(n) from pairs
"""


def company(folder: Path) -> Workspace:
    """The customers of the simulated CRM alone."""
    declared = yaml.safe_load((SHIPPED_SOURCES / "simulated.yml").read_text())
    declared.pop("generate", None)
    declared["tables"] = {name: declared["tables"][name] for name in ("web_customers", "store_members", "orders")}
    path = folder / "scale.yml"
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))
    return Workspace("scale", (path,), data=folder)


def ours(folder: Path) -> dict:
    from include.identity.identify import identify_customers
    from include.load import LoadFailed, load_workspace
    from include.policies.reader import read_policies
    from include.warehouse.connection import open_warehouse

    workspace, said = company(folder), []
    with open_warehouse(workspace) as connection:
        with suppress(LoadFailed):  # there are no orders here
            load_workspace(workspace, connection, "b1", datetime(2026, 1, 1), lambda line: None)
        policies = read_policies(workspace)
        began, cpu = time.perf_counter(), time.process_time()
        print("ready", flush=True)
        identify_customers(workspace, connection, policies, said.append)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        began = time.perf_counter()
        identify_customers(workspace, connection, policies, said.append)
        again = time.perf_counter() - began
        right, made, true = connection.execute(TRUTH.format(folder=folder)).fetchone()[0]
        records = connection.execute("select count(*) from raw.customers").fetchone()[0]
        connection.execute(f"copy ({RECORDS.format(folder=folder)}) to '{folder}/naive.parquet' (format parquet)")
    print("\n".join(said), file=sys.stderr)
    found = {"precision": right / made, "recall": right / true, "said": said[-3:]}
    return {"records": records, "seconds": seconds, "cpu_seconds": cpu, "again": again} | found


def measured(way: str, folder: Path, seconds: float, most: float) -> dict:
    """Run one way in a process of its own; its result, with the peak of its memory since it was ready, in GB."""
    environment = {**os.environ, "TIERWORKS_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "tests.perf.identity_scale", "--way", way, str(folder)]
    child = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    process, peak, why = psutil.Process(child.pid), [0], []

    def watch() -> None:
        began = time.monotonic()
        while child.poll() is None:
            try:
                peak[0] = max(peak[0], process.memory_full_info().pss)
            except psutil.Error:
                return
            if peak[0] > most or time.monotonic() - began > seconds:
                why.append("over its memory" if peak[0] > most else f"not finished after {seconds:.0f} s")
                child.kill()
                return
            time.sleep(0.3)

    for line in child.stdout:
        if line.strip() == "ready":
            peak[0] = 0
            threading.Thread(target=watch, daemon=True).start()
        elif line.startswith("{"):
            return json.loads(line) | {"peak_gb": peak[0] / 1e9}
    child.wait()
    return {"stopped": why[0] if why else f"ended with {child.returncode}", "peak_gb": peak[0] / 1e9}


def simulated(people: int, folder: Path) -> Path:
    from include.simulator.files import write_files
    from include.simulator.simulation import FIRST, LAST, Simulation

    tables = ["web_customers", "store_members"]
    write_files(Simulation(people, 7, FIRST, LAST, None), folder, only=tables, progress=lambda line: None)
    return folder


def main(people: int = PEOPLE, folder: Path | None = None) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        small = simulated(FEW_PEOPLE, Path(temporary) / "few")
        for way in ("ours", "same_contact", "all_pairs"):
            found = measured(way, small, 7200, 1e12)
            if way == "all_pairs" and "records" in found:
                times = (1_000_000 / found["records"]) ** 2
                found["cpu_days_of_a_million"] = found["cpu_seconds"] * times / 86_400
            print(way, json.dumps(found), flush=True)
        if not people:
            return
        folder = folder or simulated(people, Path(temporary) / "crm")
        for way, seconds, most in (
            ("ours", 7200, 1e12),
            ("same_contact", 7200, 1e12),
            ("splink_unbounded", NAIVE_SECONDS, NAIVE_BYTES),
        ):
            print(way, json.dumps(measured(way, folder, seconds, most)), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        ways = {
            "ours": ours,
            "same_contact": same_contact,
            "all_pairs": all_pairs,
            "splink_unbounded": splink_unbounded,
        }
        print(json.dumps(ways[sys.argv[2]](Path(sys.argv[3]))), flush=True)
    else:
        main(*(int(given) for given in sys.argv[1:2]), *(Path(given) for given in sys.argv[2:3]))
