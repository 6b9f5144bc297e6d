"""# Score
Writes churn and lifetime-value scores for one as-of date, then builds the marts that use them: tiers, their
history, RFM.

**Runs** when `build` has announced audited facts, or by hand. **Writes** `scores` and `marts` in the working
warehouse. Where no champion was trained before the date, it trains one first. A lead that the history is too short
for is scored null, with the reason in `score_reason`. Inputs, scores and outcomes are set beside those of the training
(`model_monitor`); past the policy's limits `ask_for_training` starts `train`, once. **Afterwards** `publish` follows.

**When it fails** clear the red task. Scores of a date are replaced whole, never half.
"""

from airflow.sdk import DAG, PartitionedAssetTimetable

from include.orchestration.assets import CUSTOMER_FACTS
from include.orchestration.defaults import AS_OF_PARAMS, DEFAULTS
from include.orchestration.notices import deadline_of
from include.orchestration.tasks import build_marts, score_customers
from include.orchestration.training_tasks import ask_for_training

with DAG(
    "score",
    deadline=deadline_of("score"),
    schedule=PartitionedAssetTimetable(assets=CUSTOMER_FACTS),
    params=AS_OF_PARAMS,
    default_args={**DEFAULTS, "owner": "ml-engineering"},
    max_active_runs=1,
    catchup=False,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["chain", "scores", "marts"],
):
    score_customers() >> [build_marts(), ask_for_training()]
