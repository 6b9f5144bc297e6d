"""Training runs of uplift models in MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import NotEnoughHistory
from ml.tracking.fingerprint import fingerprint, pinned
from ml.tracking.promotion import RIVAL, promote
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion
from ml.tracking.uplift_card import uplift_card, write_files
from ml.uplift.model import SERVED
from ml.uplift.rows import feature_matrix
from ml.uplift.training import UpliftSettings, UpliftTraining, train_uplift_model

REFUSED = "refused"  # tag of a version: why it may not rank customers
_TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TRUSTED = [
    "numpy.dtype",
    _TREES,
    "ml.uplift.model.UpliftModel",
    "ml.uplift.learners.TLearner",
    "ml.uplift.learners.XLearner",
    "ml.uplift.learners.TransformedOutcome",
    "ml.uplift.learners.linear_model",
    "ml.uplift.learners.boosted_trees",
    "ml.uplift.linear_predictor.EffectLine",
]
_NEEDED = ("scikit-learn", "skops", "numpy", "scipy", "pandas", "pyarrow", "threadpoolctl")
PROMOTION = "by Qini, beside the champion's learner on the same customers; never while its interval holds zero"


def uplift_model_name(objective: str) -> str:
    return f"uplift_{objective}"


def training_rows(table: pa.Table, objective: str) -> pa.Table:
    """Rows of past campaigns of the objective, or of `all`."""
    past = table.filter(pc.is_valid(table["campaign_id"]))
    if objective != "all":
        past = past.filter(pc.equal(past["objective"], objective))
    return past.sort_by([("campaign_id", "ascending"), ("customer_id", "ascending")])


def train_uplift(
    store: ModelStore,
    table: pa.Table,
    objective: str,
    as_of: date,
    settings: UpliftSettings,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Train, judge, record and promote; a training on the same rows reuses its version, also on a later day.

    A version whose Qini interval holds zero is recorded with its figures and is never promoted.

    Parameters
    ----------
    table : as in `ml.uplift.rows.rows_of_experiments`, with rows of today too
    objective : of the campaigns that are learnt from, or 'all'
    context : further tags of the run

    Raises
    ------
    NotEnoughHistory: no model is possible, in words.
    """
    name, rows = uplift_model_name(objective), training_rows(table, objective)
    if not rows.num_rows:
        raise NotEnoughHistory("no past campaign with a control group has an outcome that is known.")
    tags = fingerprint(rows, as_of, asdict(settings) | {"objective": objective})
    champion = store.with_alias(name, CHAMPION)
    version = _same_rows(store, name, tags, as_of)
    if version:
        progress(f"{name}: data, code and policy are unchanged; version {version.version} stays")
    else:
        training = train_uplift_model(rows, as_of, settings)
        version = _record(store, name, objective, training, settings, context, tags, champion)
        best = training.best
        progress(f"{name}: version {version.version} ({best.name}), Qini {best.qini:.4f} from {best.qini_low:.4f}")
    return version, promote(store, version, better=True, refusal=version.tags.get(REFUSED))


def _same_rows(store: ModelStore, name: str, tags: dict[str, str], as_of: date) -> RegisteredVersion | None:
    """The newest version of the same rows, code and settings that was trained by the date and can be read."""
    same = {key: value for key, value in tags.items() if key != "trained_as_of"}
    known = [one for one in store.versions(name) if same.items() <= one.tags.items() and one.trained_as_of <= as_of]
    return next((one for one in reversed(known) if store.if_whole(store.load_classifier, one) is not None), None)


def _record(store, name, objective, training: UpliftTraining, settings, context, tags, champion) -> RegisteredVersion:
    best = training.best
    average, low, high = best.line.average_effect(settings.confidence)
    metrics = {
        "qini": best.qini,
        "qini_low": best.qini_low,
        "qini_high": best.qini_high,
        "effect_slope": best.line.slope,
        "average_uplift": average,
        "average_uplift_low": low,
        "average_uplift_high": high,
        "customers": len(training.rows.keys),
        "treated": int(training.rows.treated.sum()),
        "held_back": int((~training.rows.treated).sum()),
    }
    for one in training.judged:
        metrics |= {f"qini_{one.name}": one.qini, f"qini_low_{one.name}": one.qini_low}
    if champion and champion.tags.get("learner") in (names := {one.name: one for one in training.judged}):
        rival = names[champion.tags["learner"]]
        metrics |= {f"{RIVAL}qini": rival.qini, f"{RIVAL}qini_low": rival.qini_low}
    features = training.model.features
    judged = {"learner": best.name, "features": json.dumps(features), "champion_metric": "qini"}
    if training.refusal:
        judged[REFUSED] = training.refusal

    def log_model(mlflow):
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        _log_learners(mlflow, training)
        inputs = Schema([ColSpec("double", feature, required=False) for feature in features])
        return mlflow.sklearn.log_model(
            training.model,
            name="model",
            code_paths=[str(Path(__file__).parents[1])],
            signature=ModelSignature(inputs, Schema([ColSpec("double", column) for column in SERVED])),
            pip_requirements=pinned(*_NEEDED),
            serialization_format="skops",
            skops_trusted_types=_TRUSTED,
        )

    return store.record(
        name,
        params=asdict(settings) | {"objective": objective, "learner": best.name, "promotion": PROMOTION},
        metrics={key: float(value) for key, value in metrics.items()},
        tags={**context, **tags, **judged},
        card=uplift_card(training, objective, settings, tags | context),
        write_artifacts=lambda folder: write_files(training, folder),
        log_model=log_model,
    )


def _log_learners(mlflow, training: UpliftTraining) -> None:
    """A run under the training's for every learner: its Qini with the interval, and what its scores are worth."""
    experiment = mlflow.active_run().info.experiment_id
    for one in training.judged:
        with mlflow.start_run(experiment_id=experiment, run_name=one.name, nested=True):
            mlflow.log_params({"learner": one.name, "chosen": one.name == training.best.name})
            mlflow.log_metrics({"qini": one.qini, "qini_low": one.qini_low, "qini_high": one.qini_high})
            mlflow.log_metric("effect_slope", one.line.slope)


def effects_of(store: ModelStore, version: RegisteredVersion, table: pa.Table):
    """Expected uplift of each row with both ends of its interval, shape (n, 3)."""
    model = store.load_classifier(version)
    return model.predict(feature_matrix(table, json.loads(version.tags["features"])))
