"""# Train
Trains every model on what was known at the as-of date, judges it on a later one, and keeps the better model.

**Runs** by hand for a workspace and date; every Sunday through `weekly_training`; and inside `score` when there is
no champion. **Writes** runs and versions in MLflow. A candidate that is not better than the champion on the same
judged data stays a challenger. Unchanged data, code and policy reuse the version that exists.

**When it fails** clear the red task; a half-written run is closed as killed and never becomes champion.
"""

from airflow.sdk import DAG

from include.orchestration.defaults import AS_OF_PARAMS, DEFAULTS
from include.orchestration.tasks import train_models

with DAG(
    "train",
    schedule=None,
    params=AS_OF_PARAMS,
    default_args={**DEFAULTS, "owner": "ml-engineering"},
    max_active_runs=1,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["models"],
):
    train_models()
