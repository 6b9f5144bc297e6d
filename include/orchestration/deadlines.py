"""From when a run's deadline counts."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk.definitions.deadline import BaseDeadlineReference


class RunQueued(BaseDeadlineReference):
    """The moment a run was first queued; a run whose tasks are cleared keeps its deadline.

    Airflow's own `DAGRUN_QUEUED_AT` is no choice: in 3.3, clearing a task of such a run fails (apache/airflow 70368).
    """

    required_kwargs = {"dag_id", "run_id"}

    def _evaluate_with(self, *, session, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun
        from sqlalchemy import select

        return session.scalar(select(DagRun.queued_at).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
