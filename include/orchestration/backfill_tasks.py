"""The task bodies of a backfill: plan the dates, tell each one, and bring the warehouse back."""

from __future__ import annotations

from datetime import date

from airflow.sdk import get_current_context, task

from include.orchestration.scope import scope_of_run, trace_of_run
from include.orchestration.timing import timed_step


@task
def plan_dates() -> list[str]:
    """Check what is asked for before anything is written; the dates to tell, the latest first."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.backfill import plan_backfill

        step.imports_done()
        days = plan_backfill(scope_of_run(context).workspace, _wanted(context))
        print(f"Dates to tell: {', '.join(str(day) for day in days)}")
        return [day.isoformat() for day in days]


@task(map_index_template="{{ told_date }}", max_active_tis_per_dagrun=1)
def tell_past_date(day: str):
    """Build, score, audit and publish one date; nothing to do where a version says all of it already."""
    context = get_current_context()
    context["told_date"] = day
    with timed_step(context) as step:
        from expectations.engine import import_great_expectations
        from include.pipeline.backfill import tell_past_date

        import_great_expectations()
        step.imports_done()
        workspace = scope_of_run(context).workspace
        tell_past_date(workspace, date.fromisoformat(day), _wanted(context), trace_of_run(context))


@task
def return_to_latest():
    """Leave the working warehouse at the latest date, however the past dates went."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.backfill import return_to_latest

        step.imports_done()
        return_to_latest(scope_of_run(context).workspace, trace_of_run(context))


def _wanted(context: dict):
    from include.pipeline.backfill import Backfill

    params = context["params"]
    first, last = (date.fromisoformat(day) if (day := params[name]) else None for name in ("first_date", "last_date"))
    dates = tuple(date.fromisoformat(day) for day in params["dates"])
    return Backfill(params["step"], first, last, dates, params["publish"], params["score"])
