"""What `tierworks status` says of the last run, from the log of its steps."""

from __future__ import annotations

import pytest

from include.actions.ledger import open_ledger
from include.pipeline.step_log import append_step
from include.reporting.status import _warehouse, workspace_status
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock


@pytest.fixture
def workspace(home) -> Workspace:
    return Workspace("shop", ())


def run(workspace: Workspace, dag_id: str, *tasks: str, failed: str = "", skipped: str = "") -> None:
    for task_id in tasks:
        step = {"dag_id": dag_id, "run_id": f"{dag_id}-1", "task_id": task_id, "map_index": -1}
        append_step(workspace, {**step, "failed": task_id == failed, "skipped": task_id == skipped})


@pytest.mark.parametrize(
    ("dag_id", "tasks", "ends", "state"),
    [
        ("publish", ["audit_marts", "publish_version"], {}, "success"),
        ("publish", ["audit_marts"], {}, "running or stopped"),
        ("warn", ["push_alerts"], {}, "success"),
        ("warn", ["push_alerts"], {"skipped": "push_alerts"}, "success"),
        ("warn", ["push_alerts"], {"failed": "push_alerts"}, "failed"),
        ("act", ["plan_actions"], {}, "running or stopped"),
        ("act", ["plan_actions"], {"skipped": "plan_actions"}, "success"),
        ("act", ["plan_actions", "send_what_may_go"], {}, "success"),
        ("act", ["plan_actions", "send_what_may_go"], {"failed": "send_what_may_go"}, "failed"),
        ("act", ["plan_actions", "send_what_may_go", "apply_answers"], {}, "running or stopped"),
        ("act", ["plan_actions", "apply_answers", "send_what_may_go"], {}, "running or stopped"),
        ("act", ["plan_actions", "send_what_may_go", "apply_answers", "send_what_was_approved"], {}, "success"),
        ("act", ["plan_actions", "apply_answers", "send_what_was_approved", "send_what_may_go"], {}, "success"),
    ],
)
def test_a_run_that_ended_is_told_so(workspace, dag_id, tasks, ends, state):
    run(workspace, "load", "load_source", "audit_raw")
    run(workspace, dag_id, *tasks, **ends)
    told = workspace_status(workspace)["last_run"]
    assert (told["dag_id"], told["state"]) == (dag_id, state)


def test_a_batch_that_waits_for_a_human_is_told(workspace):
    with open_ledger(workspace) as ledger:
        ledger.note_batch("2024-06-30", "b1", "May 12 actions go out?", [])
    run(workspace, "act", "plan_actions", "send_what_may_go")
    assert workspace_status(workspace)["last_run"]["state"] == "waiting for approval"
    with open_ledger(workspace) as ledger:
        ledger.decide("2024-06-30", True, "ada")
    assert workspace_status(workspace)["last_run"]["state"] == "success"


def test_half_a_line_of_a_killed_task_hinders_nothing(workspace):
    run(workspace, "warn", "push_alerts")
    with (workspace.rebuildable / "logs" / "steps.jsonl").open("a") as log:
        log.write('{"dag_id": "wa')
    assert workspace_status(workspace)["last_run"]["state"] == "success"


def test_who_looks_keeps_no_writer_from_its_work(workspace):
    """A reader of DuckDB's file excludes a writer, whose task would fail: the writer waits for its turn instead."""
    with open_warehouse(workspace) as connection:
        connection.execute("create table ops.load_ledger (source varchar)")
    building = workspace_lock(workspace, "build", wait_seconds=0)
    with _warehouse(workspace), pytest.raises(WorkspaceBusy, match="status"), building:
        pass
    with workspace_lock(workspace, "build"), open_warehouse(workspace):
        told = workspace_status(workspace)
    assert (told["ledger"], told["quality"]) == (None, None)
