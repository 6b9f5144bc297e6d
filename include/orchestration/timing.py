"""How long a task's own work took, imports apart, so that the scheduler's share of a run can be told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
    """Append one line to the workspace's `logs/steps.jsonl` when the block ends, failed or not."""
    clock, failed = StepClock(), True
    try:
        yield clock
        failed = False
    finally:
        instance = context["ti"]
        record = {
            "dag_id": instance.dag_id,
            "run_id": context["dag_run"].run_id,
            "task_id": instance.task_id,
            "attempt": instance.try_number,
            "entered": clock.entered,
            "imported": clock.imported,
            "left": time.time(),
            "failed": failed,
        }
        folder = scope_of_run(context).workspace.rebuildable / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "steps.jsonl").open("a") as output:
            output.write(json.dumps(record) + "\n")
