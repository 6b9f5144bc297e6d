"""Services are found again by their record, stopped with their children, and never mistaken for a stranger."""

from __future__ import annotations

import json
import os
import socket
import sys
import time

import psutil
import pytest

from include.services.processes import (
    free_port,
    listens,
    running_service,
    services_folder,
    start_listening,
    start_service,
    stop_services,
    wait_until,
)

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""


def test_a_taken_port_is_replaced_by_a_free_one(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (0, port)
    assert free_port(port) == port


def test_stopping_takes_the_children_along(home):
    pid = start_service("sleeper", [sys.executable, "-c", PARENT], dict(os.environ), port=4711)
    assert running_service("sleeper")["port"] == 4711
    deadline = time.monotonic() + 10
    while not (children := psutil.Process(pid).children()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert stop_services(["sleeper"])
    assert running_service("sleeper") is None
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert not stop_services(["sleeper"])


def test_a_stranger_with_the_recorded_id_is_not_our_service(home):
    record = {"pid": os.getpid(), "started": psutil.Process().create_time() - 1000, "port": 1}
    (services_folder() / "ghost.json").write_text(json.dumps(record))
    assert running_service("ghost") is None
    assert not stop_services(["ghost"])


def test_what_does_not_get_ready_is_told_with_its_log(home):
    (services_folder() / "slow.log").write_text("port 8080 is in use")
    with pytest.raises(TimeoutError, match="port 8080 is in use"):
        wait_until(lambda: False, 0.1, "The service", "slow")


def test_a_service_counts_as_started_only_on_a_port_of_its_own(home):
    def server(port: int) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], dict(os.environ)

    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        taken = stranger.getsockname()[1]
        stranger.listen()
        port = start_listening("pages", taken, server)
    assert port != taken
    assert listens("pages", port)
    assert not listens("pages", taken)
    stop_services(["pages"])
