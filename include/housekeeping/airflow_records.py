"""Airflow's own records: logs of tasks, and runs in its database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from include.housekeeping.ageing import days_before, forget_files

_CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_BARRED = "airflow-db-not-allowed"  # what Airflow gives a task in the place of its database


def clean_airflow(
    home: Path,
    environment: Mapping[str, str],
    log_days: int,
    airflow_days: int,
    dry: bool = False,
    progress: Callable[[str], None] = print,
) -> int:
    """Remove old logs of tasks, and let Airflow clean its database of old runs; returns how many logs went.

    A task may not speak with Airflow's database. That of this clone (SQLite under `home`) is found in spite of it;
    another one is left alone, and told.

    Raises
    ------
    RuntimeError: Airflow could not clean its database; the message quotes its last line.
    """
    now = datetime.now(UTC)
    logs = Path(environment.get("AIRFLOW__LOGGING__BASE_LOG_FOLDER") or home / "logs")
    gone = forget_files([logs], days_before(now, log_days), dry)
    progress(f"Airflow: {gone:,} logs of tasks {'would go' if dry else 'are gone'}")
    settings = {name: value for name, value in environment.items() if not value.startswith(_BARRED)}
    own = home / "airflow.db"
    if _CONNECTION not in settings:
        if not own.is_file():
            progress("Airflow's database is not within reach of a task: run `airflow db clean` where the scheduler is.")
            return gone
        settings[_CONNECTION] = f"sqlite:///{own}"
    before = days_before(now, airflow_days).isoformat(timespec="seconds")
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before, "--yes"]
    command += ["--skip-archive", *(["--dry-run"] if dry else [])]
    settings = {name: value for name, value in settings.items() if not name.startswith("__AIRFLOW")}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise RuntimeError(f"Airflow could not clean its database: {said}")
    progress(f"Airflow's database {'would be' if dry else 'is'} clean of runs before {before[:10]}")
    return gone


def own_environment() -> dict[str, str]:
    """The environment of this process, as a task or a command has it."""
    return dict(os.environ)
