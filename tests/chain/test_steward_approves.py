"""A company whose policy wants a steward's word: through a real Airflow, from the question to the champion."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import urllib.parse

import duckdb
import pytest

from include.services.airflow_api import AirflowApi
from tests.chain.clone import Clone
from tests.chain.small_company import make_small_company

pytestmark = [pytest.mark.airflow, pytest.mark.verify, pytest.mark.timeout(1200)]
COMPANY = "careful"
POLICY = """
promotion:
  - {model: churn, minimum_improvement: 0, require_approval: true}
"""


@pytest.fixture(scope="module")
def company(airflow: Clone, tmp_path_factory) -> str:
    """The company after its first run: its churn model waits, and nobody has a churn score."""
    folder = make_small_company(tmp_path_factory.mktemp("companies") / COMPANY)
    (folder / "policies").mkdir()
    (folder / "policies" / "models.yml").write_text(POLICY)
    airflow.tierworks("run", "--workspace", str(folder))
    return COMPANY


@pytest.fixture(scope="module")
def api(airflow: Clone) -> AirflowApi:
    program = "from include.services.processes import *; print(running_service('airflow-api')['port'])"
    command = [sys.executable, "-c", program]
    told = subprocess.run(
        command, cwd=airflow.root, env=airflow.environment, capture_output=True, text=True, check=True
    )
    return AirflowApi(int(told.stdout), airflow.home / "airflow" / "simple_auth_manager_passwords.json.generated")


def state_of(api: AirflowApi, run_id: str, task_id: str) -> set[str | None]:
    return {task["state"] for task in api.task_instances("train", run_id) if task["task_id"] == task_id}


def wait_for(found, patience: float = 240) -> None:
    deadline = time.monotonic() + patience
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def train(api: AirflowApi, as_of: str) -> str:
    return api.trigger("train", {"workspace": COMPANY, "as_of_date": as_of})


def ends(api: AirflowApi, run_id: str) -> str:
    states = [run["state"] for run in api.runs("train") if run["dag_run_id"] == run_id]
    return states[0] if states and states[0] in ("success", "failed") else ""


def test_a_version_waits_until_the_steward_says_promote(airflow: Clone, company: str, api: AirflowApi):
    status = airflow.status(company)
    with duckdb.connect(status["published_file"], read_only=True) as published:
        told = published.execute("select distinct score_reason from churn_scores where lead_days = 90").fetchall()
    assert told == [("version 1 waits for a steward's approval: tierworks models promote churn_90d 1",)]
    with sqlite3.connect(airflow.home / company / "kept" / "mlflow.db") as store:
        names = [name for (name,) in store.execute("select name from runs")]
    assert f"{status['as_of_date']} · score · churn_90d" in names
    run_id = train(api, status["as_of_date"])
    place = f"/dags/train/dagRuns/{urllib.parse.quote(run_id, safe='')}"
    wait_for(lambda: state_of(api, run_id, "ask_steward") == {"awaiting_input"})
    asked = [
        one
        for one in api.call("GET", f"{place}/hitlDetails")["hitl_details"]
        if "version 1 of churn_90d" in one["subject"]
    ]
    assert len(asked) == 1
    assert "| auc |" in asked[0]["body"]
    count = sum(task["task_id"] == "ask_steward" for task in api.task_instances("train", run_id))
    for index in range(count):
        api.call(
            "PATCH",
            f"{place}/taskInstances/ask_steward/{index}/hitlDetails",
            {"chosen_options": ["Promote"], "params_input": {}},
        )
    wait_for(lambda: ends(api, run_id))
    assert ends(api, run_id) == "success"
    assert "churn_90d\n     1" in airflow.tierworks("models", "--workspace", company)
    assert "champion" in airflow.tierworks("models", "--workspace", company, "--model", "churn_90d")


def test_nothing_is_asked_when_nothing_waits(airflow: Clone, company: str, api: AirflowApi):
    run_id = train(api, airflow.status(company)["as_of_date"])
    wait_for(lambda: ends(api, run_id))
    assert ends(api, run_id) == "success"
    assert state_of(api, run_id, "ask_steward") == {"skipped"}
    assert state_of(api, run_id, "retire_versions") == {"success"}
