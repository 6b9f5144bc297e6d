"""Which workspace, date and options a DAG run is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from include.workspace import Workspace, load_workspace

# Why models are trained, by how the run of `train` was started.
_REASONS = {"manual": "by hand", "asset_triggered": "drift", "operator_triggered": "weekly", "scheduled": "weekly"}


@dataclass(frozen=True)
class Scope:
    """`as_of` is None only in a run that is to find the date itself."""

    workspace: Workspace
    as_of: date | None
    full_refresh: bool

    @property
    def partition(self) -> str:
        return f"{self.workspace.name}|{self.as_of:%Y-%m-%d}"


def trace_of_run(context: dict) -> dict[str, str]:
    """What a model version remembers of the run that made it: DAG, run, the run's page, and why it ran."""
    from airflow.configuration import conf

    dag_id, run = context["dag"].dag_id, context["dag_run"]
    server = conf.get("api", "base_url", fallback="").rstrip("/")
    reason = _REASONS.get(str(run.run_type), dag_id) if dag_id == "train" else dag_id
    trace = {"dag_id": dag_id, "dag_run_id": run.run_id, "reason": reason}
    return trace | ({"dag_run_url": f"{server}/dags/{dag_id}/runs/{quote(run.run_id)}"} if server else {})


def scope_of_run(context: dict) -> Scope:
    """From the run's partition key when an asset started it, else from its parameters."""
    params, partition = context["params"], context["dag_run"].partition_key
    if partition:
        name, day = partition.split("|")
    else:
        name, day = params["workspace"], params.get("as_of_date")
    events = [event for found in (context.get("triggering_asset_events") or {}).values() for event in found]
    full_refresh = bool(params.get("full_refresh")) or any(event.extra.get("full_refresh") for event in events)
    return Scope(load_workspace(name), date.fromisoformat(day) if day else None, full_refresh)


def dated(scope: Scope, context: dict) -> Scope:
    """The scope with a date: a run started by hand without one takes the data's own; one that was given is looked at.

    Raises
    ------
    AsOfRefused: nothing can be known of the date that was given by hand.
    """
    from include.pipeline.steps import resolve_as_of

    if context["dag_run"].partition_key:  # the run before has looked
        return scope

    return replace(scope, as_of=resolve_as_of(scope.workspace, scope.as_of, context["dag_run"].run_after.date()))
