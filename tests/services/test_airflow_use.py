"""The last command that needs Airflow stops it, when a command started it; here a process that sleeps stands for it."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

import pytest

from include.services import airflow_use
from include.services.airflow_use import airflow_in_use, keep_airflow
from include.services.processes import running_service, start_service, stop_services

NAME = "sleeper"


@pytest.fixture(autouse=True)
def sleeper(home, monkeypatch):
    def start():
        if running_service(NAME) is None:
            start_service(NAME, [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))

    monkeypatch.setattr(airflow_use, "running_airflow", lambda: running_service(NAME))
    monkeypatch.setattr(airflow_use, "start_airflow", start)
    monkeypatch.setattr(airflow_use, "stop_airflow", lambda: stop_services([NAME]))
    yield start
    stop_services([NAME])


def test_a_command_stops_what_it_started_however_it_ends():
    with pytest.raises(KeyboardInterrupt), airflow_in_use():
        assert running_service(NAME)
        raise KeyboardInterrupt
    assert running_service(NAME) is None


@pytest.mark.parametrize("first_to_end", ["the one that started it", "the other"])
def test_of_two_commands_the_last_one_stops_it(first_to_end):
    started, other = ExitStack(), ExitStack()
    started.enter_context(airflow_in_use())
    other.enter_context(airflow_in_use())
    first, last = (started, other) if first_to_end == "the one that started it" else (other, started)
    first.close()
    assert running_service(NAME), "a run of somebody else is amid its work"
    last.close()
    assert running_service(NAME) is None


def test_what_up_started_or_was_asked_for_stays(sleeper):
    sleeper()
    with airflow_in_use():
        pass
    assert running_service(NAME), "it ran before"
    stop_services([NAME])
    with airflow_in_use():
        keep_airflow()
    assert running_service(NAME), "`up` was called amid the run"
    with airflow_in_use():
        pass
    assert running_service(NAME)
