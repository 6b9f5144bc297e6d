"""# Warn
Tells the owners of churn alerts: every alert that is open in the published version and was not told before goes to a
webhook, once, under its id as the idempotency key. No personal data leaves but the customer's id.

**Runs** when `publish` has swapped a version in, or by hand. **Writes** `kept/alert_pushes.jsonl`: what was
told. Where the webhook is comes from the connection `alerts_<workspace>`, else `alerts` (an Airflow connection, or
`TIERWORKS_CONN_ALERTS` in the environment); without one the task is skipped and says so.

**When it fails** the receiver did not take an alert. Those before it stay told. Mend the receiver, then clear the task.
"""

from airflow.sdk import DAG

from include.orchestration.defaults import AFTER_PUBLISH
from include.orchestration.notices import deadline_of
from include.orchestration.tasks import push_alerts

with DAG(
    "warn",
    **AFTER_PUBLISH,
    deadline=deadline_of("warn"),
    max_active_runs=1,
    doc_md=__doc__,
    tags=["chain", "alerts"],
):
    push_alerts()
