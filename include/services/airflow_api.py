"""The few calls of Airflow's public REST API (v2) that the command line needs."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

_ATTEMPTS = 6


class AirflowApiError(RuntimeError):
    """Airflow answered with an error, `status`, or not at all (None); the message has its words."""

    def __init__(self, words: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(words)


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
        """Start a run by hand; returns its run id.

        Airflow's SQLite admits one writer and answers 500 to whoever has waited for five seconds: asked again under the
        same id, it starts one run.
        """
        run_id = f"manual__{datetime.now(UTC).isoformat()}"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        for attempt in range(_ATTEMPTS):
            try:
                return self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"]
            except AirflowApiError as problem:
                if problem.status == 409 and attempt:
                    return run_id
                if problem.status != 500 or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(1)

    def runs(self, dag_id: str, limit: int = 20) -> list[dict]:
        return self.call("GET", f"/dags/{dag_id}/dagRuns", limit=limit, order_by="-run_after")["dag_runs"]

    def causes(self, dag_id: str, run_id: str) -> set[tuple[str, str]]:
        """DAG and run of each asset event that started the run; none while a run that one of them started is queued.

        Airflow 3.3 answers 500 then: it tells no run without a time of its start.
        """
        quoted = urllib.parse.quote(run_id, safe="")
        try:
            events = self.call("GET", f"/dags/{dag_id}/dagRuns/{quoted}/upstreamAssetEvents")["asset_events"]
        except AirflowApiError as problem:
            if problem.status != 500:
                raise
            return set()
        return {(event["source_dag_id"], event["source_run_id"]) for event in events}

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
            raise AirflowApiError(f"{method} {target}: {error.code}: {words}", error.code) from error
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
