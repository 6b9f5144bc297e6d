"""The task bodies of training: train, apply what stewards answered, retire what is old, ask for a training."""

from __future__ import annotations

from dataclasses import replace

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.orchestration.answers import who_answered
from include.orchestration.assets import TRAINING_ASKED
from include.orchestration.scope import dated, scope_of_run, trace_of_run
from include.orchestration.timing import timed_step

APPROVE, TURN_DOWN = "Promote", "Keep the champion"
ANSWERS = [APPROVE, TURN_DOWN]


@task
def train_models() -> list[dict[str, str]]:
    """Train every model on what was known at the date, judge it, and keep the better one; returns those that wait."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.steps import train, waiting_versions

        step.imports_done()
        scope = dated(scope_of_run(context), context)
        train(scope.workspace, scope.as_of, trace_of_run(context))
        return waiting_versions(scope.workspace)


@task
def apply_answers(waiting: list[dict[str, str]], answers: list[dict]):
    """Promote what stewards approved, turn down what they did not; a version that no longer waits is left alone."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.steps import decide_versions

        step.imports_done()
        decisions = [
            (version["name"], version["version"], answer["chosen_options"] == [APPROVE], who_answered(answer))
            for version, answer in zip(waiting, answers, strict=True)
        ]
        decide_versions(scope_of_run(context).workspace, decisions)


@task(trigger_rule="none_failed")
def retire_versions():
    """Remove versions that are older than the policy keeps, and that no as-of date needs."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.steps import retire_versions

        step.imports_done()
        retire_versions(scope_of_run(context).workspace)


@task(outlets=[TRAINING_ASKED], pool="default_pool")
def ask_for_training(*, outlet_events=None):
    """Start `train` where scoring found a model past its limits; asked for once, until that training has been."""
    context = get_current_context()
    with timed_step(context):
        from include.scoring.requests import announce_requests

        scope = scope_of_run(context)
        asked = announce_requests(scope.workspace, context["dag_run"].run_id)
        if not asked:
            raise AirflowSkipException("No model has passed its limits, or its training has been asked for already.")
        for request in asked:
            print(f"{request.model}: training is asked for: {'; '.join(request.reasons)}")
        outlet_events[TRAINING_ASKED].extra = {"models": sorted({request.model for request in asked})}
        outlet_events[TRAINING_ASKED].add_partitions(
            sorted({replace(scope, as_of=request.as_of).partition for request in asked})
        )
