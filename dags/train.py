"""# Train
Trains every model on what was known at the as-of date, judges it on a later one, and keeps the better model.

**Runs** by hand for a workspace and date; every Sunday through `weekly_training`; when the model monitor asks for it
(drift past its limits); and inside `score` when there is no champion. **Writes** runs and versions in MLflow. The
policy (`models.yml`) says what a candidate needs to replace the champion; one that falls short stays a challenger.
Unchanged data, code and policy reuse the version that exists. Last, versions older than the policy keeps are retired.

**Approval** where the policy requires it: a candidate waits in `ask_steward` (*Required Actions* in the menu) and
the champion scores on. After a week without an answer it is turned down. `tierworks models promote` answers too.

**When it fails** clear the red task; a half-written run is closed as killed and never becomes champion.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, PartitionedAssetTimetable

from include.orchestration.answers import question_of
from include.orchestration.assets import TRAINING_ASKED
from include.orchestration.defaults import AS_OF_PARAMS, BEHIND, DEFAULTS
from include.orchestration.notices import deadline_of
from include.orchestration.training_tasks import (
    ANSWERS,
    TURN_DOWN,
    apply_answers,
    retire_versions,
    train_models,
)

with DAG(
    "train",
    deadline=deadline_of("train"),
    schedule=PartitionedAssetTimetable(assets=TRAINING_ASKED),
    params=AS_OF_PARAMS,
    default_args={**DEFAULTS, **BEHIND, "owner": "ml-engineering"},
    max_active_runs=8,
    catchup=False,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["models"],
):
    waiting = train_models()
    asked = HITLOperator.partial(
        task_id="ask_steward",
        options=ANSWERS,
        defaults=TURN_DOWN,
        response_timeout=timedelta(days=7),
        owner="stewards",
    ).expand_kwargs(waiting.map(question_of))
    apply_answers(waiting, asked.output) >> retire_versions()
