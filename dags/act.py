"""# Act
Brings the actions of the published version to the CRM: each once, under its key. The control group is noted and held
back. No personal data leaves but the keys under which the CRM's own sources know the customer.

**Runs** when `publish` has swapped a version in, or by hand. **Writes** `kept/actions.db`, the ledger of actions, and
the CRM. Where that is comes from the connection `crm_<workspace>`, else `crm` (an Airflow connection, or
`TIERWORKS_CONN_CRM` in the environment): `postgresql://…`, `https://…` or `file:///folder`. Without one the tasks are
skipped and say so.

**Approval** where the policy asks for it (`actions.yml`: cost, number, mass demotions): the batch waits in
`ask_approver` (*Required Actions* in the menu), others go out meanwhile. After two days without an answer it is turned
down. `tierworks act approve` answers too.

**When it fails** the CRM did not take an action. Those before it stay sent. Mend the CRM, then clear the task; see
docs/actions.md, *When write-back is stuck*.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG

from include.orchestration.action_tasks import (
    ANSWERS,
    TURN_DOWN,
    apply_answers,
    plan_actions,
    send_actions,
)
from include.orchestration.answers import question_of
from include.orchestration.defaults import AFTER_PUBLISH
from include.orchestration.notices import deadline_of

with DAG(
    "act",
    **AFTER_PUBLISH,
    deadline=deadline_of("act"),
    max_active_runs=8,
    doc_md=__doc__,
    tags=["chain", "actions"],
):
    waiting = plan_actions()
    asked = HITLOperator.partial(
        task_id="ask_approver",
        options=ANSWERS,
        defaults=TURN_DOWN,
        response_timeout=timedelta(days=2),
    ).expand_kwargs(waiting.map(question_of))
    waiting >> send_actions.override(task_id="send_what_may_go")()
    apply_answers(waiting, asked.output) >> send_actions.override(task_id="send_what_was_approved")()
