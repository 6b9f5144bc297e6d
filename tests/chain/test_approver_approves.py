"""A company whose policy wants a human to look at every batch: through a real Airflow, from the question to the CRM."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import duckdb
import pytest

from include.services.airflow_api import AirflowApi
from tests.chain.clone import Clone
from tests.chain.small_company import make_small_company

pytestmark = [pytest.mark.airflow, pytest.mark.verify, pytest.mark.timeout(1200)]
COMPANY = "cautious"
POLICY = "consent_when_unknown: true\napprove_over_cost: 0\napprove_over_actions: 0\n"


@pytest.fixture(scope="module")
def api(airflow: Clone) -> AirflowApi:
    program = "from include.services.processes import *; print(running_service('airflow-api')['port'])"
    command = [sys.executable, "-c", program]
    told = subprocess.run(
        command, cwd=airflow.root, env=airflow.environment, capture_output=True, text=True, check=True
    )
    return AirflowApi(int(told.stdout), airflow.home / "airflow" / "simple_auth_manager_passwords.json.generated")


@pytest.fixture(scope="module")
def crm(airflow: Clone, api: AirflowApi, tmp_path_factory) -> Path:
    """The folder of the CRM, known to Airflow as a connection; the company after its first run."""
    crm = tmp_path_factory.mktemp("crm")
    connection = {"connection_id": f"crm_{COMPANY}", "conn_type": "file", "schema": str(crm).lstrip("/")}
    api.call("POST", "/connections", connection)
    folder = make_small_company(tmp_path_factory.mktemp("companies") / COMPANY)
    (folder / "policies").mkdir()
    (folder / "policies" / "actions.yml").write_text(POLICY)
    airflow.tierworks("run", "--workspace", str(folder))
    return crm


def runs_of(api: AirflowApi) -> list[str]:
    """Runs of `act` for the company, the last first."""
    found = api.runs("act")
    return [run["dag_run_id"] for run in found if (run.get("partition_key") or "").startswith(COMPANY)]


def states(api: AirflowApi, run_id: str, task_id: str) -> set[str | None]:
    return {task["state"] for task in api.task_instances("act", run_id) if task["task_id"] == task_id}


def wait_for(found, patience: float = 240):
    deadline = time.monotonic() + patience
    while not (answer := found()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return answer


def test_a_batch_waits_until_somebody_lets_it_go(airflow: Clone, crm: Path, api: AirflowApi):
    run_id = wait_for(lambda: runs_of(api))[0]
    wait_for(lambda: states(api, run_id, "ask_approver") == {"awaiting_input"})
    wait_for(lambda: states(api, run_id, "send_what_may_go") == {"success"})
    assert list(crm.iterdir()) == [], "nothing goes out before the answer"
    assert "waits for a human" in airflow.tierworks("act", "--workspace", COMPANY, "status")
    place = f"/dags/act/dagRuns/{urllib.parse.quote(run_id, safe='')}"
    (asked,) = api.call("GET", f"{place}/hitlDetails")["hitl_details"]
    assert "may the actions of" in asked["subject"] and "are expected to bring" in asked["body"]
    answer = {"chosen_options": ["Send them"], "params_input": {}}
    api.call("PATCH", f"{place}/taskInstances/ask_approver/0/hitlDetails", answer)
    wait_for(lambda: states(api, run_id, "send_what_was_approved") == {"success"})
    (file,) = crm.iterdir()
    sent = [json.loads(line)["action_key"] for line in file.read_text().splitlines()]
    with duckdb.connect(airflow.status(COMPANY)["published_file"], read_only=True) as published:
        going = published.execute("select action_key from customer_actions where not is_control").fetchall()
    assert sorted(sent) == sorted(key for (key,) in going) and sent
    assert "waiting 0" in airflow.tierworks("act", "--workspace", COMPANY, "status")
