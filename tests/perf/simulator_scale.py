"""Making the simulated CRM: seconds, processor seconds and peak memory by number of people.

    python -m tests.perf.simulator_scale [people …] [--only table …]

Each number runs in a process of its own; memory is the peak of its proportional set size.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from include.workspace import PROJECT_ROOT


def measured(people: int, only: list[str]) -> tuple[float, float, float, float]:
    """Wall seconds, processor seconds, peak memory in GB and size of the files in GB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "include.cli.main", "simulate", "--customers", str(people)]
        command += ["--out", f"{folder}/crm", *(word for table in only for word in ("--only", table))]
        began = time.monotonic()
        child = psutil.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL)
        peak, spent = 0, 0.0
        while child.poll() is None:
            try:
                peak = max(peak, child.memory_full_info().pss)
                spent = sum(child.cpu_times()[:2])
            except psutil.Error:
                break
            time.sleep(0.5)
        if child.wait():
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
        seconds = time.monotonic() - began
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        return seconds, spent, peak / 1e9, size / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=int, nargs="*", default=[25_000, 100_000, 1_000_000])
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    for people in options.people:
        seconds, spent, peak, size = measured(people, options.only)
        print(
            f"{people:>10,} people  {seconds:8.1f} s  {spent:8.1f} CPU s  {peak:5.2f} GB peak  {size:6.2f} GB",
            flush=True,
        )


if __name__ == "__main__":
    main()
