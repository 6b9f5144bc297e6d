"""The stack as a user runs it, from a clone: up, the chain through the queue with a worker killed, backup and restore.

Needs a Docker daemon whose ports are within reach, some 8 GB of memory and a quarter of an hour. Images other than the
public ones are named by BASE_IMAGE, POSTGRES_IMAGE and REDIS_IMAGE in the environment (docs/compose.md).
"""

import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "tierworks_simulated_crm"
PORTS = ("AIRFLOW", "MLFLOW", "DASHBOARD", "SERVING")


def _why_not() -> str | None:
    try:
        subprocess.run(["docker", "info"], check=True, capture_output=True, timeout=30)
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as fault:
        return f"no Docker daemon with Compose answers: {fault}"
    return None


class Stack:
    def __init__(self, folder: Path):
        self.folder = folder
        self.ports = {name: _free_port() for name in PORTS}
        lines = [f"TIERWORKS_{name}_PORT={port}" for name, port in self.ports.items()]
        lines += ["COMPOSE_PROJECT_NAME=tierworks-test", "TIERWORKS_IMAGE=tierworks:test", "DEMO_CUSTOMERS=300"]
        lines += [
            f"{name}={os.environ[name]}"
            for name in ("BASE_IMAGE", "POSTGRES_IMAGE", "REDIS_IMAGE")
            if name in os.environ
        ]
        (folder / ".env").write_text("\n".join(lines) + "\n")

    def run(self, *words: str, **options) -> str:
        told = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=1500, **options)
        assert told.returncode == 0, f"{' '.join(words)}: {told.stdout[-1500:]}{told.stderr[-3000:]}"
        return told.stdout

    def compose(self, *words: str) -> str:
        return self.run("docker", "compose", *words)

    @property
    def settings(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.folder / ".env").read_text().splitlines())

    def services(self) -> list[dict]:
        return [json.loads(line) for line in self.compose("ps", "--format", "json").splitlines()]

    def answer(self, port: str, path: str, body: dict | None = None, token: str = "") -> tuple[int, bytes]:
        """Status and body, whichever status it is."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[port]}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as got:
                return got.status, got.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def airflow(self, path: str, body: dict | None = None) -> dict:
        login = {"username": "admin", "password": self.settings["AIRFLOW_ADMIN_PASSWORD"]}
        token = json.loads(self.answer("AIRFLOW", "/auth/token", login)[1])["access_token"]
        status, got = self.answer("AIRFLOW", f"/api/v2{path}", body, token)
        assert status < 300, got
        return json.loads(got)

    def tasks(self, dag: str) -> dict[str, dict]:
        runs = self.airflow(f"/dags/{dag}/dagRuns?order_by=-run_after&limit=1")["dag_runs"]
        path = f"/dags/{dag}/dagRuns/{runs[0]['dag_run_id']}/taskInstances" if runs else None
        return {task["task_id"]: task for task in self.airflow(path)["task_instances"]} if path else {}

    def wait_for(self, dag: str, task: str, state: str, seconds: int) -> dict:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.tasks(dag).get(task, {})
            if found.get("state") == state:
                return found
            assert found.get("state") not in ("failed", "upstream_failed"), f"{dag}.{task}: {found}"
            time.sleep(2)
        raise AssertionError(f"{dag}.{task} is not {state} after {seconds} s")

    def serving(self, user: str, password: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.ports["SERVING"], user=user, password=password, dbname="bi", autocommit=True
        )

    def published(self) -> dict[str, object]:
        """What the files of the current version say, and what PostgreSQL shows."""
        version = json.loads(
            self.compose("exec", "-T", "dashboard", "sh", "-c", "cat /var/lib/tierworks/*/*/current/version.json")
        )
        with self.serving("publisher", self.settings["SERVING_PASSWORD"]) as shown:
            build = shown.execute(f"select build_id from {SCHEMA}.published_version").fetchone()[0]
            rows = {
                name: shown.execute(f"select count(*) from {SCHEMA}.{name}").fetchone()[0] for name in version["tables"]
            }
        assert build == version["build_id"]
        assert rows == {name: table["rows"] for name, table in version["tables"].items()}
        return version


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    if reason := _why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("stack") / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    stack = Stack(folder)
    try:
        stack.run("make", "compose-up")
        yield stack
    finally:
        subprocess.run(["docker", "compose", "down", "--volumes"], cwd=folder, capture_output=True, timeout=300)


@pytest.mark.verify
def test_all_is_healthy_not_roots_and_on_loopback(stack):
    assert (stack.folder / ".env").stat().st_mode & 0o777 == 0o600
    services = stack.services()
    assert len(services) == 12 and {one["Health"] for one in services} == {"healthy"}
    assert {port["URL"] for one in services for port in one["Publishers"] or [] if port["PublishedPort"]} == {
        "127.0.0.1"
    }
    for service in {one["Service"] for one in services}:
        assert int(stack.compose("exec", "-T", service, "id", "-u")) > 0, service


@pytest.mark.verify
def test_strangers_are_refused(stack):
    assert stack.answer("AIRFLOW", "/api/v2/dags")[0] == 401
    assert stack.answer("AIRFLOW", "/api/v2/dags/load/dagRuns", {"logical_date": None})[0] == 401
    assert stack.answer("AIRFLOW", "/auth/token", {"username": "admin", "password": "admin"})[0] == 401
    assert stack.answer("MLFLOW", "/api/2.0/mlflow/experiments/search?max_results=1")[0] == 401
    for user in ("postgres", "publisher"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            stack.serving(user, "guessed")


@pytest.mark.verify
def test_the_chain_ends_in_a_published_version_though_a_worker_is_killed(stack):
    asked = {"logical_date": None, "conf": {"workspace": "simulated_crm"}}
    stack.airflow("/dags/load/dagRuns", asked)
    worker = stack.wait_for("build", "build_core", "running", 300)["hostname"]
    stack.run("docker", "kill", worker)
    assert stack.wait_for("build", "build_core", "success", 400)["try_number"] == 2
    stack.wait_for("publish", "publish_version", "success", 900)
    stack.wait_for("act", "send_what_may_go", "success", 120)
    assert len(stack.published()["tables"]) > 100
    stack.compose("up", "-d", "--wait")


@pytest.mark.verify
def test_a_reader_of_the_version_cannot_write(stack):
    stack.compose(
        "exec", "-T", "serving", "psql", "-U", "postgres", "-d", "bi", "-c", "create role ada login password 'x'"
    )
    with stack.serving("publisher", stack.settings["SERVING_PASSWORD"]) as publisher:
        publisher.execute(f"grant {SCHEMA}_reader to ada")
    with stack.serving("ada", "x") as ada:
        assert ada.execute(f"select count(*) from {SCHEMA}.customer_tiers").fetchone()[0] > 0
        for attempt in (
            f"delete from {SCHEMA}.customer_tiers",
            f"create table {SCHEMA}.mine (id int)",
            "create table public.mine (id int)",
            "create schema mine",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ada.execute(attempt)


@pytest.mark.verify
def test_the_image_holds_none_of_the_passwords(stack):
    secrets = [value for name, value in stack.settings.items() if re.search("PASSWORD$|KEY$", name)]
    assert len(secrets) == 13
    search = ["docker", "run", "--rm", "-i", "--entrypoint", "sh", "tierworks:test", "-c"]
    plant = "cat > /tmp/words && cp /tmp/words /home/tierworks/planted"
    look = "grep -rlsF -f /tmp/words /opt/tierworks /etc /home; true"
    found = stack.run(*search, f"{plant} && {look}", input="\n".join(secrets) + "\n")
    assert found.split() == ["/home/tierworks/planted"]


@pytest.mark.verify
def test_a_backup_is_whole_on_an_empty_stack(stack, tmp_path):
    before, runs = stack.published(), stack.airflow("/dags/load/dagRuns")["total_entries"]
    stack.run("deploy/backup.sh", str(tmp_path / "backup"))
    stack.compose("down", "--volumes")
    (stack.folder / ".env").unlink()
    stack.run("deploy/restore.sh", str(tmp_path / "backup"))
    stack.run("make", "compose-up")
    assert stack.published() == before
    assert stack.airflow("/dags/load/dagRuns")["total_entries"] == runs
    assert "champion" in stack.compose(
        "exec", "-T", "airflow-worker", "tierworks", "models", "--workspace", "simulated_crm"
    )
