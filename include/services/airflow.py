"""Airflow of this clone: its environment, starting and stopping its parts on one machine."""

from __future__ import annotations

import fcntl
import importlib.metadata
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from include.services.airflow_api import AirflowApi
from include.services.processes import (
    running_service,
    services_folder,
    start_listening,
    start_service,
    stop_services,
    wait_until,
)
from include.workspace import PROJECT_ROOT, state_root

PARTS = ("airflow-api", "airflow-scheduler", "airflow-dag-processor")
WRITER_POOL = "warehouse_writer"


def airflow_home() -> Path:
    home = state_root() / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    return home


def _secrets() -> dict[str, str]:
    """Keys this clone's Airflow parts share, made on first use, readable by the owner alone."""
    path = airflow_home() / "secrets.json"
    if not path.is_file():
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as output:
            json.dump({"jwt": secrets.token_urlsafe(48), "api": secrets.token_urlsafe(48)}, output)
        os.replace(draft, path)
    return json.loads(path.read_text())


def airflow_environment(port: int) -> dict[str, str]:
    """Environment variables for every Airflow process of this clone (loopback only, SQLite, four task slots)."""
    home, keys = airflow_home(), _secrets()
    defaults = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # Says nothing until a transport is set: OPENLINEAGE_URL, or AIRFLOW__OPENLINEAGE__TRANSPORT.
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "tierworks",
        "AIRFLOW__OPENLINEAGE__EXTRACTORS": "include.orchestration.lineage.TaskLineage",
    }
    fixed = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "TIERWORKS_HOME": str(state_root()),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])),
        "MPLBACKEND": "Agg",
        "GIT_PYTHON_REFRESH": "quiet",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    # Tasks import large packages; without compiled files each would read their sources again.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**defaults, **inherited, **fixed}


def running_airflow() -> AirflowApi | None:
    record = running_service("airflow-api")
    return AirflowApi(record["port"], password_file()) if record else None


def start_airflow(progress=print) -> AirflowApi:
    """Start the parts that do not run yet and wait until the scheduler and DAG processor report healthy.

    Of several commands that ask at once one starts them, and the others wait for it.

    Raises
    ------
    TimeoutError: not healthy within three minutes; the message quotes the log.
    """
    with (services_folder() / "airflow.starting").open("a") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        return _start(progress)


def _start(progress) -> AirflowApi:
    _migrate(airflow_environment(port=0), progress)
    record = running_service("airflow-api")
    port = record["port"] if record else start_listening("airflow-api", _preferred_port(), _api_server)
    environment = airflow_environment(port)
    # Tasks write their logs on this machine, where the API server reads them; the scheduler's own log server
    # would listen on every interface.
    commands = {
        "airflow-scheduler": ["scheduler", "--skip-serve-logs"],
        "airflow-dag-processor": ["dag-processor"],
    }
    for name, arguments in commands.items():
        if running_service(name) is None:
            start_service(name, [sys.executable, "-m", "airflow", *arguments], environment, port)
    api = AirflowApi(port, password_file())
    wait_until(api.is_healthy, 180, "Airflow", "airflow-api")
    api.ensure_pool(WRITER_POOL, slots=1, description="One writer of warehouses at a time.")
    progress(f"Airflow is up at {api.url}")
    return api


def _preferred_port() -> int:
    return int(os.environ.get("TIERWORKS_AIRFLOW_PORT", "8080"))


def _api_server(port: int) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "airflow", "api-server"], airflow_environment(port)


def stop_airflow() -> bool:
    return stop_services(PARTS)


def password_file() -> Path:
    return airflow_home() / "simple_auth_manager_passwords.json.generated"


def _migrate(environment: dict[str, str], progress) -> None:
    version = importlib.metadata.version("apache-airflow")
    stamp = airflow_home() / "migrated"
    if stamp.is_file() and stamp.read_text() == version:
        return
    progress("Preparing Airflow's database (once)")
    log = services_folder() / "airflow-migrate.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        outcome = subprocess.run(command, env=environment, stdout=output, stderr=output, check=False)
    if outcome.returncode != 0:
        raise RuntimeError(f"Airflow's database could not be prepared; see {log}")
    stamp.write_text(version)
