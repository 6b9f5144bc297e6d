"""The few calls of Airflow's public REST API (v2) that the command line needs."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path


class AirflowApiError(RuntimeError):
    """Airflow answered with an error; the message has its status and words."""


class AirflowApi:
    """A client of the Airflow on `port` of loopback, as the user whose password the file holds."""

    def __init__(self, port: int, password_file: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._password_file = password_file
        self._token: str | None = None

    def is_healthy(self) -> bool:
        try:
            health = json.loads(urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5).read())
        except (OSError, ValueError):
            return False
        parts = ("metadatabase", "scheduler", "dag_processor")
        return all((health.get(part) or {}).get("status") == "healthy" for part in parts)

    def call(self, method: str, path: str, body: dict | None = None, **query: object) -> dict:
        """The decoded answer of `/api/v2<path>`.

        Raises
        ------
        AirflowApiError: any status of 400 or above, or no connection.
        """
        target = f"{self.url}/api/v2{path}" + (f"?{urllib.parse.urlencode(query, doseq=True)}" if query else "")
        return self._send(method, target, body, {"Authorization": f"Bearer {self._bearer()}"})

    def ensure_pool(self, name: str, slots: int, description: str) -> None:
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        try:
            self.call("GET", f"/pools/{name}")
        except AirflowApiError:
            self.call("POST", "/pools", body)

    def has_dag(self, dag_id: str) -> bool:
        try:
            self.call("GET", f"/dags/{dag_id}")
        except AirflowApiError:
            return False
        return True

    def trigger(self, dag_id: str, conf: dict) -> str:
        """Start a run by hand; returns its run id."""
        return self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]

    def runs(self, dag_id: str, limit: int = 20) -> list[dict]:
        return self.call("GET", f"/dags/{dag_id}/dagRuns", limit=limit, order_by="-run_after")["dag_runs"]

    def task_instances(self, dag_id: str, run_id: str) -> list[dict]:
        quoted = urllib.parse.quote(run_id, safe="")
        return self.call("GET", f"/dags/{dag_id}/dagRuns/{quoted}/taskInstances", limit=200)["task_instances"]

    def clear(self, dag_id: str, run_id: str, only_failed: bool = True) -> None:
        body = {"dag_run_id": run_id, "only_failed": only_failed, "dry_run": False, "reset_dag_runs": True}
        self.call("POST", f"/dags/{dag_id}/clearTaskInstances", body)

    def task_log(self, dag_id: str, run_id: str, task_id: str, attempt: int, map_index: int = -1) -> list[str]:
        """The log lines of one try of a task, oldest first."""
        quoted = urllib.parse.quote(run_id, safe="")
        answer = self.call(
            "GET", f"/dags/{dag_id}/dagRuns/{quoted}/taskInstances/{task_id}/logs/{attempt}", map_index=map_index
        )
        return [words for line in answer.get("content", []) for words in _words(line)]

    def _bearer(self) -> str:
        if self._token is None:
            password = json.loads(self._password_file.read_text())["admin"]
            answer = self._send("POST", f"{self.url}/auth/token", {"username": "admin", "password": password}, {})
            self._token = answer["access_token"]
        return self._token

    def _send(self, method: str, target: str, body: dict | None, headers: dict[str, str]) -> dict:
        request = urllib.request.Request(target, method=method, headers={"Content-Type": "application/json", **headers})
        data = json.dumps(body).encode() if body is not None else None
        try:
            with urllib.request.urlopen(request, data=data, timeout=60) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace")[:500]
            raise AirflowApiError(f"{method} {target}: {error.code}: {words}") from error
        except OSError as error:
            raise AirflowApiError(f"{method} {target}: {error}. Is Airflow running? `make up` starts it.") from error
        return json.loads(content) if content else {}


def _words(line: dict | str) -> list[str]:
    """What a log line tells, with the message of the exception it carries, without the scheduler's own markers."""
    if not isinstance(line, dict):
        return [str(line)]
    event = line.get("event", "")
    faults = [
        f"{fault.get('exc_type')}: {words}"
        for fault in line.get("error_detail") or []
        for words in str(fault.get("exc_value")).splitlines()
    ]
    return faults or ([] if event.startswith("::") else event.splitlines())
