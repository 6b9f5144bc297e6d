"""Every DAG has a page, an owner, tags, retries, a time limit and a place in the chain, and is cheap to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from include.workspace import PROJECT_ROOT

READ_DAGS = """
import json, sys
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.encoders import ensure_serialized_deadline_alert
bag = DagBag(sys.argv[1])
as_list = lambda found: list(found) if isinstance(found, (list, tuple)) else [found] if found else []
found = {}
for dag_id, dag in bag.dags.items():
    found[dag_id] = {
        "doc": dag.doc_md, "tags": sorted(dag.tags), "file": dag.fileloc, "max_active_runs": dag.max_active_runs,
        "params": {name: dag.params.get_param(name).dump() for name in dag.params},
        "minutes": [alert.interval.total_seconds() / 60 for alert in as_list(dag.deadline)],
        "counts_from": [
            ensure_serialized_deadline_alert(alert).reference.reference_name for alert in as_list(dag.deadline)
        ],
        "tasks": {
            task.task_id: {
                "owner": task.owner, "retries": task.retries, "pool": task.pool, "doc": task.doc_md or task.task_type,
                "limit": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                "outlets": [outlet.name for outlet in task.outlets],
                "weight": [str(task.weight_rule), task.priority_weight],
                "told": [told.__name__ for told in as_list(task.on_failure_callback)],
                "downstream": sorted(task.downstream_task_ids),
            } for task in dag.tasks
        },
    }
heavy = sorted({name.split(".")[0] for name in sys.modules} & set(json.loads(sys.argv[2])))
print(json.dumps({"errors": bag.import_errors, "dags": found, "heavy": heavy}))
"""
HEAVY = ["dbt", "duckdb", "great_expectations", "matplotlib", "mlflow", "pandas", "pyarrow", "sklearn"]


@pytest.fixture(scope="module")
def bag(tmp_path_factory) -> dict:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    command = [sys.executable, "-c", READ_DAGS, str(PROJECT_ROOT / "dags"), json.dumps(HEAVY)]
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    return json.loads(outcome.stdout.splitlines()[-1])


def test_all_dags_can_be_read(bag):
    assert bag["errors"] == {}
    names = {"load", "build", "score", "publish", "warn", "act", "train", "backfill", "nightly", "weekly_training"}
    names |= {"maintain", "weekly_maintenance"}
    assert set(bag["dags"]) == names


def test_reading_dags_imports_nothing_heavy(bag):
    assert bag["heavy"] == []


def test_a_deadline_leaves_its_runs_fit_to_be_cleared(bag):
    """As the scheduler reads it. Airflow 3.3 answers 500 to clearing a task of a run with its own DAGRUN_QUEUED_AT."""
    counted = {dag_id: dag["counts_from"] for dag_id, dag in bag["dags"].items() if dag["minutes"]}
    assert counted and all(names == ["RunQueued"] for names in counted.values())


def test_every_dag_has_a_page_that_says_when_it_runs_and_what_to_do_when_it_fails(bag):
    for dag_id, dag in bag["dags"].items():
        assert dag["doc"].startswith("# "), dag_id
        assert "When it fails" in dag["doc"], dag_id
        assert dag["tags"], dag_id


def test_every_task_has_an_owner_retries_and_a_time_limit(bag):
    for dag_id, dag in bag["dags"].items():
        for task_id, task in dag["tasks"].items():
            assert task["owner"] not in ("", "airflow"), (dag_id, task_id)
            assert task["retries"] >= 1, (dag_id, task_id)
            assert task["limit"], (dag_id, task_id)


def test_every_failure_is_told_and_every_chain_has_a_deadline(bag):
    for dag_id, dag in bag["dags"].items():
        for task_id, task in dag["tasks"].items():
            assert task["told"] == ["tell_failure"], (dag_id, task_id)
        if dag["tags"] != ["schedule"]:
            assert len(dag["minutes"]) == 1 and dag["minutes"][0] >= 60, dag_id


def test_a_nightly_chain_goes_before_trainings_and_those_before_backfills(bag):
    weights = {
        dag_id: {task["weight"][1] for task in bag["dags"][dag_id]["tasks"].values()}
        for dag_id in ("load", "build", "score", "publish", "train", "backfill")
    }
    assert len({min(weights[one]) for one in ("load", "build", "score", "publish")}) == 1
    assert min(weights["load"]) > max(weights["train"]) > max(weights["backfill"])
    # Weights that add up along a DAG would put a backfill of many tasks first after all.
    rules = {task["weight"][0] for dag in bag["dags"].values() for task in dag["tasks"].values()}
    assert rules == {"absolute"}


def test_every_parameter_says_what_it_is_of_what_kind_and_gives_an_example(bag):
    asked = {(dag_id, name): one for dag_id, dag in bag["dags"].items() for name, one in dag["params"].items()}
    assert {dag_id for dag_id, _ in asked} >= {"load", "build", "score", "publish", "train", "backfill"}
    for place, one in asked.items():
        assert one["schema"].get("type"), place
        assert len(one["description"] or "") > 20, place
        assert one["schema"].get("examples"), place


def test_whatever_writes_a_warehouse_takes_the_one_writer_slot(bag):
    for dag_id in ("load", "build", "score", "publish", "train", "backfill"):
        others = {name for name, task in bag["dags"][dag_id]["tasks"].items() if task["pool"] != "warehouse_writer"}
        assert others == ({"ask_for_training"} if dag_id == "score" else set()), dag_id
        # A training waits for its steward, and others need not wait for that.
        assert (bag["dags"][dag_id]["max_active_runs"] == 1) == (dag_id != "train")


def test_training_asks_the_steward_before_it_promotes_and_retires_last(bag):
    tasks = bag["dags"]["train"]["tasks"]
    assert tasks["ask_steward"]["owner"] == "stewards"
    assert tasks["train_models"]["downstream"] == ["apply_answers", "ask_steward"]
    assert tasks["ask_steward"]["downstream"] == ["apply_answers"]
    assert tasks["apply_answers"]["downstream"] == ["retire_versions"]
    assert bag["dags"]["score"]["tasks"]["ask_for_training"]["outlets"] == ["training_asked"]


def test_actions_that_need_no_approval_do_not_wait_for_those_that_do(bag):
    tasks = bag["dags"]["act"]["tasks"]
    assert tasks["plan_actions"]["downstream"] == ["apply_answers", "ask_approver", "send_what_may_go"]
    assert tasks["ask_approver"]["downstream"] == ["apply_answers"]
    assert tasks["apply_answers"]["downstream"] == ["send_what_was_approved"]
    assert {task["pool"] for task in tasks.values()} == {"default_pool"}
    assert bag["dags"]["act"]["max_active_runs"] > 1


def test_each_dag_of_the_chain_tells_the_next_one_only_after_its_last_check(bag):
    for dag_id, asset, last in (
        ("load", "raw_rows", "announce_rows"),
        ("build", "customer_facts", "check_facts"),
        ("score", "scored_marts", "build_marts"),
        ("publish", "published_version", "publish_version"),
    ):
        tasks = bag["dags"][dag_id]["tasks"]
        assert [task_id for task_id, task in tasks.items() if task["outlets"] == [asset]] == [last]
        assert tasks[last]["downstream"] == []


def test_dag_files_hold_wiring_only(bag):
    for path in (PROJECT_ROOT / "dags").glob("*.py"):
        lines = path.read_text().splitlines()
        assert len(lines) <= 120, path
        assert not any(line.startswith(("def ", "class ")) for line in lines), path
