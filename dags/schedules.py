"""The clock: starts `load` every night, `train` and `maintain` every week, once for each registered workspace."""

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

from include.orchestration.defaults import DEFAULTS
from include.orchestration.tasks import list_workspaces

NIGHTLY = """# Nightly
Starts `load` for every registered workspace at 02:00 UTC. Paused until somebody wants it: switch it on here.
Each workspace takes its as-of date from its own data.

**When it fails** clear the red task.
"""
WEEKLY = """# Weekly training
Starts `train` for every registered workspace on Sundays at 04:00 UTC. Paused until somebody wants it.

**When it fails** clear the red task.
"""
MAINTENANCE = """# Weekly maintenance
Starts `maintain` for every registered workspace on Sundays at 12:00 UTC. Paused until somebody wants it.

**When it fails** clear the red task.
"""

for dag_id, cron, target, page in (
    ("nightly", "0 2 * * *", "load", NIGHTLY),
    ("weekly_training", "0 4 * * 0", "train", WEEKLY),
    ("weekly_maintenance", "0 12 * * 0", "maintain", MAINTENANCE),
):
    with DAG(
        dag_id,
        schedule=cron,
        default_args={**DEFAULTS, "pool": "default_pool"},
        max_active_runs=1,
        catchup=False,
        is_paused_upon_creation=True,
        doc_md=page,
        tags=["schedule"],
    ):
        TriggerDagRunOperator.partial(task_id=f"start_{target}", trigger_dag_id=target).expand(conf=list_workspaces())
