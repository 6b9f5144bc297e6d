"""The task bodies of `act`: note the actions, apply what approvers answered, bring what may go to the CRM."""

from __future__ import annotations

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.orchestration.answers import who_answered
from include.orchestration.scope import scope_of_run
from include.orchestration.timing import timed_step

APPROVE, TURN_DOWN = "Send them", "Do not send them"
ANSWERS = [APPROVE, TURN_DOWN]


@task
def plan_actions() -> list[dict[str, str]]:
    """Note the actions of the published version in the ledger; returns them if they wait for a human."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.actions.act import plan_actions

        step.imports_done()
        workspace = scope_of_run(context).workspace
        _receiver_of(workspace)
        return plan_actions(workspace)


@task
def apply_answers(waiting: list[dict[str, str]], answers: list[dict]):
    """Let go out what approvers approved, and refuse what they did not; a batch that no longer waits is left alone."""
    context = get_current_context()
    with timed_step(context):
        from include.actions.act import decide_batches

        decide_batches(
            scope_of_run(context).workspace,
            [
                (batch["as_of_date"], answer["chosen_options"] == [APPROVE], who_answered(answer))
                for batch, answer in zip(waiting, answers, strict=True)
            ],
        )


@task
def send_actions():
    """Bring every action that may go to the CRM; skipped where none is set."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.actions.act import send_actions

        step.imports_done()
        workspace = scope_of_run(context).workspace
        send_actions(workspace, _receiver_of(workspace))


def _receiver_of(workspace):
    from include.actions.receivers import receiver_of
    from include.orchestration.airflow_connections import airflow_url

    receiver = receiver_of(workspace, airflow_url)
    if receiver is None:
        raise AirflowSkipException("No connection crm is set: the actions are in the mart customer_actions alone.")
    return receiver
