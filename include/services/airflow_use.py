"""Airflow for the time of a command: started where it does not run, and stopped by the last command that needs it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from include.services.airflow import running_airflow, start_airflow, stop_airflow
from include.services.airflow_api import AirflowApi
from include.services.processes import services_folder


@contextmanager
def airflow_in_use() -> Iterator[AirflowApi]:
    """Airflow of this clone, started if need be.

    What a command started it stops on the way out, however it ends, unless another command still uses it: then that one
    does. What `up` started, or has been asked for since, stays.

    Raises
    ------
    TimeoutError: as `start_airflow`.
    """
    borrowed = services_folder() / "airflow.borrowed"
    with (services_folder() / "airflow.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            if running_airflow() is None:
                borrowed.touch()
            yield start_airflow()
        finally:
            if borrowed.exists() and _is_the_last(users):
                stop_airflow()
                borrowed.unlink()


def keep_airflow() -> None:
    """Let an Airflow that a command has started stay when the commands end."""
    (services_folder() / "airflow.borrowed").unlink(missing_ok=True)


def _is_the_last(users) -> bool:
    """Whether nobody else has the lock. It is held alone then: whoever comes now waits, and starts Airflow anew."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
