"""Following DAG runs to their end: one by itself, or the chain, load to publish, whose assets start one another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from include.services.airflow_api import AirflowApi, AirflowApiError

CHAIN = ("load", "build", "score", "publish")
_ENDED = {"success", "failed", "skipped", "upstream_failed", "removed"}


class ChainFailed(RuntimeError):
    """A task of the chain failed; the message has the end of its log."""


@dataclass
class ChainRun:
    """The runs seen so far, DAG by DAG, and every task's times."""

    started: float
    run_ids: dict[str, str] = field(default_factory=dict)
    tasks: list[dict] = field(default_factory=list)
    ended: float | None = None


def start_chain(api: AirflowApi, conf: dict, wait_seconds: float = 120) -> ChainRun:
    """Trigger `load`, waiting first until the DAG processor has read every DAG of the chain."""
    wait_for_dags(api, CHAIN, wait_seconds)
    run = ChainRun(started=time.time())
    run.run_ids["load"] = api.trigger("load", conf)
    return run


def wait_for_dags(api: AirflowApi, dag_ids: Iterable[str], wait_seconds: float = 120) -> None:
    """Wait until the DAG processor has read the DAGs.

    Raises
    ------
    ChainFailed: it has not within `wait_seconds`; the message has the import errors.
    """
    deadline = time.monotonic() + wait_seconds
    while not all(api.has_dag(dag_id) for dag_id in dag_ids):
        if time.monotonic() > deadline:
            errors = api.call("GET", "/importErrors").get("import_errors", [])
            raise ChainFailed(
                "the DAGs did not appear: " + ("; ".join(e["stack_trace"][-600:] for e in errors) or "no import errors")
            )
        time.sleep(0.5)


def follow_run(api: AirflowApi, dag_id: str, run_id: str, timeout: float, progress: Callable[[str], None]) -> None:
    """Report each task of one run as it starts and ends, until the run has succeeded.

    Raises
    ------
    ChainFailed: as `follow_chain`.
    """
    started, told = time.monotonic(), {}
    while (state := _report(api, dag_id, run_id, told, progress)) != "success":
        if state == "failed":
            raise ChainFailed(_explain(api, dag_id, run_id))
        if time.monotonic() - started > timeout:
            raise ChainFailed(f"{dag_id} had not ended after {timeout:.0f} s; Airflow goes on: see {api.url}")
        time.sleep(0.5)


def follow_chain(
    api: AirflowApi, run: ChainRun, workspace: str, timeout: float, progress: Callable[[str], None]
) -> None:
    """Report each task as it starts and ends, until `publish` has succeeded.

    Raises
    ------
    ChainFailed: a task failed for good (the end of its log is in the message), or `timeout` seconds passed.
    """
    known = {dag_id: {found["dag_run_id"] for found in api.runs(dag_id)} for dag_id in CHAIN[1:]}
    told: dict[tuple, str] = {}
    for dag_id, before in zip(CHAIN, (None, *CHAIN), strict=False):
        while True:
            if time.time() - run.started > timeout:
                raise ChainFailed(f"{dag_id} had not ended after {timeout:.0f} s; Airflow goes on: see {api.url}")
            if dag_id not in run.run_ids:
                cause = (before, run.run_ids[before])
                run.run_ids |= _find_run(api, dag_id, workspace, known[dag_id], cause)
            state = _report(api, dag_id, run.run_ids.get(dag_id), told, progress)
            if state == "failed":
                raise ChainFailed(_explain(api, dag_id, run.run_ids[dag_id]))
            if state == "success":
                break
            time.sleep(0.5)
    run.ended = time.time()
    for dag_id, run_id in run.run_ids.items():
        run.tasks += api.task_instances(dag_id, run_id)


def _find_run(api: AirflowApi, dag_id: str, workspace: str, known: set[str], cause: tuple[str, str]) -> dict[str, str]:
    """The run that the DAG and run of `cause` have started: another of the same workspace may be under way."""
    for found in api.runs(dag_id):
        run_id, partition = found["dag_run_id"], found.get("partition_key") or ""
        if run_id not in known and partition.split("|")[0] == workspace and cause in api.causes(dag_id, run_id):
            return {dag_id: run_id}
    return {}


def _report(
    api: AirflowApi, dag_id: str, run_id: str | None, told: dict, progress: Callable[[str], None]
) -> str | None:
    if run_id is None:
        return None
    for task in sorted(api.task_instances(dag_id, run_id), key=lambda found: found["start_date"] or "9"):
        key, state = (dag_id, task["task_id"], task["map_index"], task["try_number"]), task["state"]
        if state == told.get(key) or state not in {"running", "up_for_retry", *_ENDED}:
            continue
        told[key] = state
        seconds = f"{task['duration']:6.1f} s" if task["duration"] and state != "running" else " " * 8
        name, mapped = f"{dag_id}.{task['task_id']}", task["rendered_map_index"] or ""
        if not mapped.isdigit():  # a number until the task itself says what it is about
            name = f"{name} {mapped}".rstrip()
        progress(f"  {name:<36}{state:<14}{seconds}")
    return next((found["state"] for found in api.runs(dag_id) if found["dag_run_id"] == run_id), None)


def _explain(api: AirflowApi, dag_id: str, run_id: str) -> str:
    words = []
    for task in api.task_instances(dag_id, run_id):
        if task["state"] != "failed":
            continue
        try:
            lines = api.task_log(dag_id, run_id, task["task_id"], task["try_number"], task["map_index"])
        except AirflowApiError as problem:
            lines = [str(problem)]
        told = [line for line in lines if line.strip()][-25:]
        words.append(f"{dag_id}.{task['task_id']} failed. The end of its log:\n  " + "\n  ".join(told))
    words.append(
        "The published version is as it was. After mending the cause, run again, or clear the red task in Airflow."
    )
    return "\n".join(words)
