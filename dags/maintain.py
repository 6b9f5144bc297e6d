"""# Maintain
Lets go of what the policies no longer keep: published versions (`publishing.yml`), versions of models (`models.yml`),
run history, logs, results of audits, mended rows of the quarantine, Airflow's old runs (`housekeeping.yml`). Writes the
warehouse's file anew when much of it is empty.

**Runs** by hand, with `dry_run` to be told only; every Sunday for each workspace through `weekly_maintenance`.
**Writes** nothing that a reader sees. The log says what went.

**When it fails** clear the red task. What was removed stays removed; nothing that is kept is ever touched half.
"""

from airflow.sdk import DAG

from include.orchestration.defaults import DEFAULTS, LAST, MAINTAIN_PARAMS
from include.orchestration.housekeeping_tasks import clean_airflow, keep_house
from include.orchestration.notices import deadline_of

with DAG(
    "maintain",
    deadline=deadline_of("maintain"),
    schedule=None,
    params=MAINTAIN_PARAMS,
    default_args={**DEFAULTS, **LAST},
    max_active_runs=1,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["operations"],
):
    keep_house() >> clean_airflow()
