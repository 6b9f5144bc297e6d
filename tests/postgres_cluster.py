"""A PostgreSQL of the tests' own: one cluster a test process, on a free port of loopback, gone when the process ends.

`postgres_cluster` is the cluster, `postgres_url` the URL of an empty database in it for one test.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_HOW_TO_GET_IT = (
    "PostgreSQL is not installed. On Debian or Ubuntu: `apt-get install postgresql-15` (no service need run); "
    "elsewhere say where its programs are with TIERWORKS_POSTGRES_BIN=/path/to/bin."
)
_UNPRIVILEGED = ("postgres", "nobody")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "4GB",
    "timezone": "UTC",
}


def postgres_programs() -> Path | None:
    """Folder of `initdb` and `postgres`, the highest version found; None when there is none."""
    told = os.environ.get("TIERWORKS_POSTGRES_BIN")
    found = [path for place in _PLACES for path in Path("/").glob(place[1:]) if (path / "initdb").is_file()]
    on_path = shutil.which("initdb")
    found = sorted(found, key=lambda path: [int(digits) for digits in path.parts if digits.isdigit()])
    return Path(told) if told else found[-1] if found else Path(on_path).parent if on_path else None


@dataclass
class PostgresCluster:
    """A running cluster whose user `crm` owns everything; `password` is made anew each time."""

    folder: Path
    programs: Path
    password: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)
    port: int = 0
    _server: subprocess.Popen | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://crm:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """URL of an empty database."""
        database = f"crm_{secrets.token_hex(4)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"create database {database}")
        return self.url(database)

    def start(self, wait_seconds: float = 60) -> None:
        """Make the cluster and wait until it answers; another port is taken when somebody was faster."""
        account = self._account()
        if account:
            os.chown(self.folder, account["user"], account["group"])
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if account:
            os.chown(secret, account["user"], account["group"])
        options = ["-U", "crm", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"]
        made = subprocess.run(
            [self.programs / "initdb", "-D", self.folder / "data", *options],
            capture_output=True, text=True, cwd=self.folder, **account,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        for _ in range(5):
            self.port = _free_port()
            if self._serve(account, wait_seconds):
                return
        pytest.fail(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def crash(self, pause_seconds: float = 0) -> None:
        """Kill the server without a word to anybody, and start it again on the same data and port."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(30)
        time.sleep(pause_seconds)
        assert self._serve(self._account(), 60), (self.folder / "log").read_text()[-2000:]

    def _serve(self, account: dict, wait_seconds: float) -> bool:
        settings = [f"--{key}={value}" for key, value in _SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", "", *settings],
                stdout=log, stderr=log, cwd=self.folder, preexec_fn=_die_with_parent, **account,
            )  # fmt: skip
        deadline = time.monotonic() + wait_seconds
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return True
            except psycopg.OperationalError:
                time.sleep(0.05)
        return False

    @staticmethod
    def _account() -> dict:
        """PostgreSQL refuses to run as root: drop to a user who may do nothing."""
        if os.geteuid() != 0:
            return {}
        for name in _UNPRIVILEGED:
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                continue
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        pytest.fail(f"PostgreSQL does not run as root, and there is none of the users {', '.join(_UNPRIVILEGED)}.")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A cluster of this process; the test is skipped where PostgreSQL is not installed, and fails in CI."""
    programs = postgres_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail(_HOW_TO_GET_IT)
        pytest.skip(_HOW_TO_GET_IT)
    cluster = PostgresCluster(Path(tempfile.mkdtemp(prefix="tierworks-pg-", dir="/tmp")), programs)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> str:
    """URL, with its password, of an empty database of the test's own."""
    return postgres_cluster.new_database()
