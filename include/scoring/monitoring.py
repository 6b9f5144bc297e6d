"""The model monitor: what has drifted since each version was trained, and the trainings that drift asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from include.scoring.model_policy import read_monitoring_policy
from include.scoring.monitored import Monitored, monitored_models
from include.scoring.references import keep_references, reference_of
from include.scoring.requests import TrainingRequest, ask, open_requests
from include.scoring.tables import create_score_tables
from include.scoring.training import open_store
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.monitoring.monitor import Limits, drift, outcomes, reasons_to_train, without_figures
from ml.monitoring.outcomes import outcomes_by_tenth
from ml.tracking.promotion import version_for
from ml.tracking.store import ModelStore, RegisteredVersion

_REPLACE = """
    insert into scores.model_monitor by name
    select *, ?::date as as_of_date from told
"""


def monitor_models(workspace: Workspace, as_of: date, progress: Callable[[str], None] = print) -> None:
    """Write `scores.model_monitor` of the date, and ask for a training where the policy's limits are passed.

    A past date asks for nothing, nor does a model that was trained a short while ago. The caller holds the workspace's
    lock; running again replaces the same rows and asks for nothing twice.
    """
    with open_warehouse(workspace) as connection:
        create_score_tables(connection)
        policy = read_monitoring_policy(connection)
        store = open_store(workspace)
        models = monitored_models(connection)
        serving = {model.name: version_for(store, model.name, as_of) for model in models}
        keep_references(store, connection, serving)
        parts = []
        for model in models:
            version = serving[model.name]
            told = _monitor(store, connection, model, version, as_of, policy.limits)
            reasons = reasons_to_train(told, policy.limits)
            asks = version and reasons and model.learns_anew
            if asks and _is_due(store, model.name, as_of, policy.ask_again_after_days):
                request = TrainingRequest(model.name, as_of, version.version, tuple(reasons))
                if ask(workspace, request):
                    progress(f"{model.name}: a training is asked for: {'; '.join(reasons)}")
            asked = open_requests(workspace).get(model.name)
            parts.append(_named(told, model.name, asked.as_of if asked else None))
        connection.begin()
        try:
            connection.execute("delete from scores.model_monitor where as_of_date = ?", [as_of])
            connection.register("told", pa.concat_tables(parts))
            connection.execute(_REPLACE, [as_of])
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    beyond = sum(pc.sum(part["is_beyond"]).as_py() or 0 for part in parts)
    progress(f"Monitored {len(models)} models: {beyond} figures beyond their limits")


def _monitor(
    store: ModelStore,
    connection: duckdb.DuckDBPyConnection,
    model: Monitored,
    version: RegisteredVersion | None,
    as_of: date,
    limits: Limits,
) -> pa.Table:
    """Drift of the version's inputs and scores, then the latest outcomes; one row with a reason without figures."""
    reference = reference_of(store, version) if version else None
    drifted = without_figures("no model scores this date")
    if reference:
        rows, scores = model.rows(connection, as_of), model.scores(connection, as_of)
        drifted = drift(reference, rows, scores if len(scores) else None, model.score_name, limits)
    elif version:
        drifted = without_figures(f"version {version.version} has no reference; the next training writes one")
    told = [_of_version(drifted, version and version.version, reference and reference.as_of, None)]
    came = model.outcomes(connection, as_of)
    if came:
        tenths = outcomes_by_tenth(
            came.expected,
            came.observed,
            confidence=limits.outcome_confidence,
            tolerance=limits.outcome_tolerance,
            is_count=model.is_count,
        )
        told.append(_of_version(outcomes(tenths, model.outcome_name, limits), came.version, None, came.scored_on))
    return pa.concat_tables(told)


def _is_due(store: ModelStore, name: str, as_of: date, ask_again_after_days: int) -> bool:
    """Whether the newest training lies so far back that another one would know more; never for a past date."""
    newest = max(version.trained_as_of for version in store.versions(name))
    return as_of > newest and (as_of - newest).days >= ask_again_after_days


def _of_version(told: pa.Table, version: str | None, reference: date | None, scored_on: date | None) -> pa.Table:
    rows = told.num_rows
    told = told.append_column("model_version", pa.array([version] * rows, pa.string()))
    told = told.append_column("reference_date", pa.array([reference] * rows, pa.date32()))
    return told.append_column("scored_on", pa.array([scored_on] * rows, pa.date32()))


def _named(told: pa.Table, name: str, asked_on: date | None) -> pa.Table:
    told = told.append_column("model_name", pa.array([name] * told.num_rows, pa.string()))
    return told.append_column("training_asked_on", pa.array([asked_on] * told.num_rows, pa.date32()))
