"""# Backfill
Tells past dates, one after another: builds, scores, audits and publishes each as a run on its evening would have, from
what is known now.

**Runs** by hand: choose the workspace and the dates, month-ends or weeks of a range or a list; the form's logical date
has no say. A date in the future or before the first order is refused before anything is written. The latest date comes
first, so that each gets a model trained for it. **Writes** a version of each date under `versions/`, by name; readers
stay where they are, and `keep_past_dates` of the publishing policy says how many stay. Last, the working warehouse is
brought back to the latest date, also after a failure.

Nobody needs this for history: every run tells up to 36 month-ends in its marts (`history_months`). A backfill adds
what was said on an evening: churn scores of the past, and whole versions to set side by side.

**When it fails** the other dates go on. Mend the cause and clear the red task, or start the same backfill again: a
date whose version says all there is takes a second.
"""

from airflow.sdk import DAG

from include.orchestration.backfill_tasks import plan_dates, return_to_latest, tell_past_date
from include.orchestration.defaults import BACKFILL_PARAMS, DEFAULTS, LAST
from include.orchestration.notices import deadline_of

with DAG(
    "backfill",
    deadline=deadline_of("backfill"),
    schedule=None,
    params=BACKFILL_PARAMS,
    default_args={**DEFAULTS, **LAST},
    max_active_runs=1,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["history"],
):
    days = plan_dates()
    back = return_to_latest().as_teardown(setups=days, on_failure_fail_dagrun=True)
    tell_past_date.expand(day=days) >> back
