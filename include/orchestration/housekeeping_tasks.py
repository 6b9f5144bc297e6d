"""The task bodies of `maintain`: keep a workspace's house, then clean Airflow's own records."""

from __future__ import annotations

from airflow.sdk import get_current_context, task

from include.orchestration.scope import scope_of_run
from include.orchestration.timing import timed_step


@task
def keep_house():
    """Let go of what the workspace's policies no longer keep."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.housekeeping.keep_house import keep_house

        step.imports_done()
        keep_house(scope_of_run(context).workspace, bool(context["params"]["dry_run"]))


@task(pool="default_pool")
def clean_airflow():
    """Remove old logs of tasks, and old runs from Airflow's database where a task may reach it."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.housekeeping.airflow_records import clean_airflow, own_environment
        from include.policies.reader import read_policies
        from include.services.airflow import airflow_home

        step.imports_done()
        kept = read_policies(scope_of_run(context).workspace)["housekeeping"]
        dry = bool(context["params"]["dry_run"])
        clean_airflow(airflow_home(), own_environment(), kept["log_days"], kept["airflow_days"], dry)
