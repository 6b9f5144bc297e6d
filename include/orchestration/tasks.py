"""The task bodies: find the run's scope, call one step of the pipeline, tell the assets."""

from __future__ import annotations

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.orchestration.assets import CUSTOMER_FACTS, PUBLISHED_VERSION, RAW_ROWS, SCORED_MARTS
from include.orchestration.scope import Scope, dated, scope_of_run, trace_of_run
from include.orchestration.timing import timed_step
from include.workspace import registered_workspaces


def _announce(outlet_events, asset, scope: Scope) -> None:
    outlet_events[asset].extra = {"full_refresh": scope.full_refresh}
    outlet_events[asset].add_partitions(scope.partition)


@task
def list_sources() -> list[str]:
    """Check declarations and policies whole, then name the sources: each is loaded by a task of its own."""
    context = get_current_context()
    with timed_step(context):
        from include.pipeline.inputs import check_inputs

        return check_inputs(scope_of_run(context).workspace)


@task(map_index_template="{{ source_name }}")
def load_source(source: str):
    """Read what is new, changed or gone in one source."""
    context = get_current_context()
    context["source_name"] = source
    with timed_step(context) as step:
        from include.orchestration.airflow_connections import airflow_url
        from include.pipeline.steps import load

        step.imports_done()
        scope = scope_of_run(context)
        load(
            scope.workspace,
            context["dag_run"].run_id,
            only=source,
            full_refresh=scope.full_refresh,
            further_urls=airflow_url,
        )


@task
def check_raw():
    """Let the raw rows through, or stop here."""
    _check("raw")


@task(outlets=[RAW_ROWS])
def announce_rows(*, outlet_events=None):
    """Tell the build that rows are in, for which workspace and date; a nightly run without news ends here."""
    context = get_current_context()
    with timed_step(context):
        from include.pipeline.steps import news

        scope = dated(scope_of_run(context), context)
        if context["params"].get("only_news") and not scope.full_refresh:
            reason = news(scope.workspace, scope.as_of)
            if reason is None:
                raise AirflowSkipException("Nothing has changed since the published version: nothing is built.")
            print(f"Building: {reason}")
        _announce(outlet_events, RAW_ROWS, scope)


@task
def identify_customers():
    """Find which records are one person; nothing to do where no source tells of persons."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.steps import identify

        step.imports_done()
        identify(scope_of_run(context).workspace)


@task
def build_core():
    """Clean rows (staging), then customers, products, orders, metrics and what the models read."""
    _build("core")


@task(outlets=[CUSTOMER_FACTS])
def check_facts(*, outlet_events=None):
    """Let the facts through, or stop here."""
    _announce(outlet_events, CUSTOMER_FACTS, _check("facts"))


@task
def score_customers():
    """Churn and lifetime value for the date; trains where there is no champion yet."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.steps import score

        step.imports_done()
        scope = dated(scope_of_run(context), context)
        step.tells(scope.as_of)
        score(scope.workspace, scope.as_of, trace_of_run(context))


@task(outlets=[SCORED_MARTS])
def build_marts(*, outlet_events=None):
    """RFM, tiers, their history, and the published form of the scores."""
    _announce(outlet_events, SCORED_MARTS, _build("marts"))


@task
def check_marts():
    """Let scores and marts through, or stop here: the published version stays as it is."""
    _check("scores", "marts")


@task(outlets=[PUBLISHED_VERSION])
def publish_version(*, outlet_events=None):
    """Write the audited version, swap it in, and write the result page and the management report about it."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.orchestration.airflow_connections import airflow_url
        from include.pipeline.steps import publish
        from include.reporting.pages import write_pages

        step.imports_done()
        scope = dated(scope_of_run(context), context)
        step.tells(scope.as_of)
        step.tells(scope.as_of, publish(scope.workspace, scope.as_of, further_urls=airflow_url).build_id)
        write_pages(scope.workspace)
    _announce(outlet_events, PUBLISHED_VERSION, scope)


@task
def push_alerts():
    """Tell new churn alerts to the webhook; skipped where none is set."""
    context = get_current_context()
    with timed_step(context) as step:
        from include.alerts.push import push_alerts, receiver_of
        from include.orchestration.airflow_connections import airflow_url

        step.imports_done()
        workspace = scope_of_run(context).workspace
        receiver = receiver_of(workspace, airflow_url)
        if receiver is None:
            raise AirflowSkipException("No connection alerts is set: the alerts are in the mart churn_alerts alone.")
        push_alerts(workspace, receiver)


@task(pool="default_pool")
def list_workspaces() -> list[dict]:
    """Parameters of one load run for each registered workspace."""
    common = {"as_of_date": None, "full_refresh": False, "only_news": True}
    return [{"workspace": name, **common} for name in registered_workspaces()]


def _build(layer: str) -> Scope:
    context = get_current_context()
    with timed_step(context) as step:
        from include.pipeline.steps import build

        step.imports_done()
        scope = dated(scope_of_run(context), context)
        step.tells(scope.as_of)
        step.tells(scope.as_of, build(scope.workspace, scope.as_of, layer, scope.full_refresh).build_id)
    return scope


def _check(*layers: str) -> Scope:
    context = get_current_context()
    with timed_step(context) as step:
        from expectations.engine import import_great_expectations
        from include.pipeline.steps import audit

        import_great_expectations()  # now, so that it counts as import and not as work
        step.imports_done()
        scope = dated(scope_of_run(context), context)
        step.tells(scope.as_of)
        for layer in layers:
            step.tells(scope.as_of, audit(scope.workspace, scope.as_of, layer))
    return scope
