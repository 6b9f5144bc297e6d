"""Uplift of every customer, by objective of the policy: trained where no model is there yet, scored and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.scoring.churn_inputs import columns_of
from include.scoring.quality import quality_rows
from ml.errors import NotEnoughHistory
from ml.tracking.promotion import HISTORICAL, may_score, version_for
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion
from ml.tracking.uplift_runs import REFUSED, effects_of, train_uplift, uplift_model_name
from ml.uplift.training import UpliftSettings

FEATURES = "int_uplift__features"
_SETTINGS = "minimum_arm, minimum_outcomes, training_rows, confidence, resamples, folds, splits"
_NUMBERS = ("expected_uplift", "uplift_low", "uplift_high")


@dataclass(frozen=True)
class UpliftInputs:
    """Rows of past campaigns and of today's customers, the settings, and the objectives that have a model."""

    table: pa.Table
    settings: UpliftSettings
    objectives: tuple[str, ...]


def read_uplift_inputs(connection: duckdb.DuckDBPyConnection, as_of: date) -> UpliftInputs:
    """
    Raises
    ------
    LookupError: the feature model has not been built.
    """
    settings = connection.execute(f"select {_SETTINGS} from policy.uplift_settings").fetchone()
    objectives = connection.execute("select objective from policy.uplift_objectives order by position").fetchall()
    fields = ", ".join(columns_of(connection, FEATURES))
    table = connection.execute(
        f'select {fields} from "int"."{FEATURES}" where as_of_date <= ? '
        "order by campaign_id nulls last, customer_id", [as_of],
    ).to_arrow_table()  # fmt: skip
    return UpliftInputs(table, UpliftSettings(*settings), tuple(objective for (objective,) in objectives))


def score_uplift(
    store: ModelStore, inputs: UpliftInputs, as_of: date, context: dict, quality: list, progress: Callable[[str], None]
) -> pa.Table:
    """Rows of `scores.uplift_scores` without the moment of scoring; `quality` gets the figures of the models.

    Where the ranking of the best learner is no better than chance, everyone has the average effect and the reason.
    """
    is_current = pc.equal(inputs.table["as_of_date"], pa.scalar(as_of, pa.date32()))
    today = inputs.table.filter(pc.and_(pc.is_null(inputs.table["campaign_id"]), is_current))
    parts = [_of_objective(store, inputs, one, today, as_of, context, quality, progress) for one in inputs.objectives]
    return pa.concat_tables(parts) if parts else _rows(today.slice(0, 0), "", None, None, None, None)


def write_uplift(connection: duckdb.DuckDBPyConnection, as_of: date, scored: pa.Table, scored_at: datetime) -> None:
    """Replace the scores of the date; the caller opens the transaction."""
    connection.execute("delete from scores.uplift_scores where as_of_date = ?", [as_of])
    connection.register("arrived", scored)
    try:
        connection.execute(
            "insert into scores.uplift_scores by name "
            "select *, ?::timestamp as scored_at from arrived order by objective, customer_id",
            [scored_at],
        )
    finally:
        connection.unregister("arrived")


def _of_objective(store, inputs: UpliftInputs, objective: str, today, as_of, context, quality, progress) -> pa.Table:
    name = uplift_model_name(objective)
    version, reason, average = version_for(store, name, as_of), None, None
    if version is None:
        try:
            trained, standing = train_uplift(store, inputs.table, objective, as_of, inputs.settings, context, progress)
        except NotEnoughHistory as fault:
            version, reason = None, str(fault)
        else:
            reason = trained.tags.get(REFUSED)
            version = trained
            if reason is None and standing not in (CHAMPION, HISTORICAL):
                version, reason = may_score(trained, standing)
        if reason:
            progress(f"{name}: no model: {reason}")
    quality += quality_rows(store, name, version, reason)
    if version is not None:
        figures = store.metrics(version)
        average = tuple(figures[f"average_uplift{end}"] for end in ("", "_low", "_high"))
    usable = version is not None and reason is None
    effects = effects_of(store, version, today) if usable and today.num_rows else None
    return _rows(today, objective, version, reason, average, effects)


def _rows(
    today: pa.Table,
    objective: str,
    version: RegisteredVersion | None,
    reason: str | None,
    average: tuple[float, float, float] | None,
    effects: np.ndarray | None,
) -> pa.Table:
    """Everyone's own effect, else the average one, else null."""
    count = today.num_rows
    if effects is None and average is not None:
        effects = np.tile(average, (count, 1))
    numbers = {
        name: pa.array(effects[:, place].round(6)) if effects is not None else pa.nulls(count, pa.float64())
        for place, name in enumerate(_NUMBERS)
    }
    told = {
        "objective": objective,
        "score_reason": reason,
        "learner": version and version.tags["learner"],
        "model_name": version and version.name,
        "model_version": version and version.version,
        "model_run_id": version and version.run_id,
    }
    return pa.table(
        {
            "customer_id": today["customer_id"],
            "as_of_date": today["as_of_date"],
            **numbers,
            "average_uplift": pa.array([average and round(average[0], 6)] * count, pa.float64()),
            "is_usable": pa.array([version is not None and reason is None] * count, pa.bool_()),
            **{name: pa.array([text] * count, pa.string()) for name, text in told.items()},
        }
    )
