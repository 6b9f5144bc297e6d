"""Long-running processes that outlive the command that starts them: started, found again, stopped whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from include.workspace import state_root

_ATTEMPTS, _PATIENCE = 5, 120


def services_folder() -> Path:
    folder = state_root() / "services"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port(preferred: int) -> int:
    """`preferred` when nothing listens there on loopback, else a port the system chooses."""
    for candidate in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError(f"no free port on 127.0.0.1 (tried {preferred} and any other)")


def start_service(name: str, command: list[str], environment: dict[str, str], port: int | None = None) -> int:
    """Start a process in a session of its own, its output in `<name>.log`; returns its id."""
    log = services_folder() / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    record = {"pid": process.pid, "started": psutil.Process(process.pid).create_time(), "port": port}
    (services_folder() / f"{name}.json").write_text(json.dumps(record))
    return process.pid


def start_listening(name: str, preferred: int, command: Callable[[int], tuple[list[str], dict[str, str]]]) -> int:
    """Start a service that listens on loopback; returns its port, `preferred` or another.

    `command(port)` gives its arguments and environment. A port that looked free may be taken by the time the
    service is ready to listen, and then a stranger would answer there: the port counts as ours only once a
    process of this service listens on it.

    Raises
    ------
    TimeoutError: it did not listen within two minutes, or ended five times; the message quotes its log.
    """
    for attempt in range(_ATTEMPTS):
        port = free_port(preferred if attempt == 0 else 0)
        start_service(name, *command(port), port)
        deadline = time.monotonic() + _PATIENCE
        while running_service(name) and time.monotonic() < deadline:
            if listens(name, port):
                return port
            time.sleep(0.2)
        stop_services([name])
    raise TimeoutError(f"{name} did not get a port to listen on. The end of its log:\n{_tail(name)}")


def listens(name: str, port: int) -> bool:
    """Whether a process of the service itself listens on the port."""
    record = running_service(name)
    try:
        family = _family(record["pid"]) if record else []
        sockets = [socket for process in family for socket in process.net_connections("tcp")]
    except psutil.NoSuchProcess:
        return False
    return any(socket.status == psutil.CONN_LISTEN and socket.laddr.port == port for socket in sockets)


def running_service(name: str) -> dict | None:
    """The record (`pid`, `port`) of a service that still runs, else None."""
    path = services_folder() / f"{name}.json"
    if not path.is_file():
        return None
    record = json.loads(path.read_text())
    try:
        process = psutil.Process(record["pid"])
        # The start time tells our process from a stranger that was given the same id.
        alive = process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - record["started"]) < 1
    except psutil.NoSuchProcess:
        alive = False
    return record if alive else None


def stop_services(names: Iterable[str], patience_seconds: float = 10) -> bool:
    """Ask the services and their children to end, all at once, then make them; False when none was running."""
    records = [record for name in names if (record := running_service(name))]
    families = [process for record in records for process in _family(record["pid"])]
    for record in records:
        os.killpg(record["pid"], signal.SIGTERM)
    _, left = psutil.wait_procs(families, timeout=patience_seconds)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=5)
    for name in names:
        (services_folder() / f"{name}.json").unlink(missing_ok=True)
    return bool(records)


def running_services() -> dict[str, dict]:
    found = {path.stem: running_service(path.stem) for path in sorted(services_folder().glob("*.json"))}
    return {name: record for name, record in found.items() if record}


def wait_until(ready, seconds: float, what: str, log: str) -> None:
    """Poll `ready()` until true.

    Raises
    ------
    TimeoutError: not ready within `seconds`; the message quotes the end of the service's log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.3)
    raise TimeoutError(f"{what} was not ready within {seconds:.0f} s. The end of its log:\n{_tail(log)}")


def _tail(name: str) -> str:
    path = services_folder() / f"{name}.log"
    return f"{path}:\n{path.read_text(errors='replace')[-1500:]}" if path.is_file() else "(no log)"


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]
