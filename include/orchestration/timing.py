"""The frame around every task's work: how long it took, imports apart, and whether its failure is worth a retry."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowSkipException

from include.orchestration.faults import fail_at_once
from include.orchestration.scope import scope_of_run


class StepClock:
    """Started when the task's callable is entered; `imports_done` marks the end of its heavy imports."""

    def __init__(self) -> None:
        self.entered = time.time()
        self.imported = self.entered

    def imports_done(self) -> None:
        self.imported = time.time()


@contextmanager
def timed_step(context: dict) -> Iterator[StepClock]:
    """Append one line to the workspace's `logs/steps.jsonl` when the block ends, failed or not.

    The scheduler's share of a run is told from these lines. Faults that would only come again are not tried again.
    """
    clock, failed, skipped = StepClock(), True, False
    try:
        with fail_at_once():
            yield clock
        failed = False
    except AirflowSkipException:
        failed, skipped = False, True
        raise
    finally:
        instance = context["ti"]
        record = {
            "dag_id": instance.dag_id,
            "run_id": context["dag_run"].run_id,
            "task_id": instance.task_id,
            "map_index": instance.map_index,
            "attempt": instance.try_number,
            "entered": clock.entered,
            "imported": clock.imported,
            "left": time.time(),
            "failed": failed,
            "skipped": skipped,
        }
        folder = scope_of_run(context).workspace.rebuildable / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "steps.jsonl").open("a") as output:
            output.write(json.dumps(record) + "\n")
