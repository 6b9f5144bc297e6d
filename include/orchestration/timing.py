"""The frame around every task's work: how long it took, imports apart, and whether its failure is worth a retry."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from airflow.sdk.exceptions import AirflowSkipException

from include.orchestration.faults import fail_at_once
from include.orchestration.scope import scope_of_run
from include.pipeline.step_log import append_step


class StepClock:
    """Started when the task's callable is entered; `imports_done` marks the end of its heavy imports."""

    def __init__(self) -> None:
        self.entered = time.time()
        self.imported = self.entered
        self.as_of: date | None = None
        self.build_id: str | None = None

    def imports_done(self) -> None:
        self.imported = time.time()

    def tells(self, as_of: date | None, build_id: str | None = None) -> None:
        """Which date the step was about, and which build it worked on."""
        self.as_of, self.build_id = as_of, build_id or self.build_id


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
            "part": context.get("source_name") or context.get("told_date"),
            "attempt": instance.try_number,
            "as_of": clock.as_of and clock.as_of.isoformat(),
            "build_id": clock.build_id,
            "entered": clock.entered,
            "imported": clock.imported,
            "left": time.time(),
            "failed": failed,
            "skipped": skipped,
            "peak_memory_mb": _peak_memory(),
        }
        scope = scope_of_run(context)
        record["as_of"] = record["as_of"] or (scope.as_of and scope.as_of.isoformat())
        append_step(scope.workspace, record)


def _peak_memory() -> float:
    """MiB that this process, or the largest of its children, held at most."""
    held = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(held) / 1024, 1)
