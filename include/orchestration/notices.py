"""Airflow's callbacks for what failed and what is late; whatever happens in them, the run goes its way."""

from __future__ import annotations

import os
from datetime import timedelta
from urllib.parse import quote

from airflow.sdk import DeadlineAlert, SyncCallback

from include.orchestration.deadlines import RunQueued

# Hours from the moment a run is queued, waiting included. TIERWORKS_DEADLINE_<DAG> says otherwise, in minutes: 0 for
# none, which an executor needs that cannot run callbacks.
_HOURS = {
    "load": 3,
    "build": 3,
    "score": 3,
    "publish": 2,
    "act": 72,
    "warn": 2,
    "train": 6,
    "backfill": 24,
    "maintain": 2,
}


def deadline_of(dag_id: str) -> DeadlineAlert | None:
    """After so long a run that has not ended is told as late, once; it runs on."""
    minutes = float(os.environ.get(f"TIERWORKS_DEADLINE_{dag_id.upper()}") or 60 * _HOURS[dag_id])
    if not minutes:
        return None
    return DeadlineAlert(
        reference=RunQueued(),
        interval=timedelta(minutes=minutes),
        callback=SyncCallback("include.orchestration.notices.tell_late", {"minutes": minutes}),
        name=f"{dag_id} is late",
    )


def tell_failure(context: dict) -> None:
    """Tell that a task has failed for good."""
    try:
        _tell_failure(context)
    except Exception as fault:
        print(f"The notice was not sent: {type(fault).__name__}")


def tell_late(minutes: float, context: dict) -> None:
    """Tell that a run has not ended in time; `context` has the run as Airflow's API shows it."""
    try:
        _tell_late(minutes, context)
    except Exception as fault:
        print(f"The notice was not sent: {type(fault).__name__}")


def _tell_failure(context: dict) -> None:
    from include.notices.notice import Notice, runbook_of, words_of
    from include.orchestration.faults import StaysFailed

    instance, run, fault = context["ti"], context.get("dag_run"), context.get("exception")
    if isinstance(fault, str):
        fault = RuntimeError(fault)
    known = fault.fault if isinstance(fault, StaysFailed) else None
    partition = getattr(run, "partition_key", None)
    workspace, day = _about(partition, context.get("params") or {})
    part = context.get("source_name") or context.get("told_date")
    if part is None and instance.map_index >= 0:
        part = f"part {instance.map_index}"
    _send(
        Notice(
            "failed",
            workspace,
            instance.dag_id,
            instance.run_id,
            instance.task_id,
            part,
            day,
            instance.try_number,
            words_of(fault, is_ours=known is not None),
            runbook_of(fault, known, instance.task_id),
            _page(instance.dag_id, instance.run_id, instance.task_id),
        )
    )


def _tell_late(minutes: float, context: dict) -> None:
    from include.notices.notice import Notice

    run = context["dag_run"]
    workspace, day = _about(run.get("partition_key"), run.get("conf") or {})
    dag_id, run_id = run["dag_id"], run.get("dag_run_id") or run["run_id"]
    why = f"The run has not ended {minutes:g} minutes after it was queued."
    _send(
        Notice("late", workspace, dag_id, run_id, None, None, day, None, why, "run-late", _page(dag_id, run_id)),
    )


def _about(partition: str | None, params: dict) -> tuple[str | None, str | None]:
    if partition:
        workspace, _, day = partition.partition("|")
        return workspace, day or None
    return params.get("workspace"), params.get("as_of_date")


def _page(dag_id: str, run_id: str, task_id: str | None = None) -> str | None:
    from airflow.configuration import conf

    server = conf.get("api", "base_url", fallback="").rstrip("/")
    task = f"/tasks/{task_id}" if task_id else ""
    return f"{server}/dags/{dag_id}/runs/{quote(run_id)}{task}" if server else None


def _send(notice) -> None:
    from include.notices.send import send_notice
    from include.orchestration.airflow_connections import airflow_url

    send_notice(notice, airflow_url)
