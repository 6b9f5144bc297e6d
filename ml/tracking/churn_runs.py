"""Training runs of the churn model in MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa

from ml.churn.features import known_rows
from ml.churn.recipes import SEED
from ml.churn.training import ChurnTraining, train_churn_model
from ml.evaluation.probabilities import calibration_bins
from ml.tracking.cards import churn_card
from ml.tracking.fingerprint import fingerprint, pinned
from ml.tracking.plots import plot_calibration, plot_lift
from ml.tracking.promotion import promote
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion

_TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TRUSTED = ["numpy.dtype", _TREES]
CALIBRATION_FILE = "calibration.json"
RIVAL = "rival_"
_LOWER_IS_BETTER = {"log_loss": True, "brier": True, "auc": False}
PROMOTION = "{metric} no worse than that of the champion's recipe on the same training and judged rows"


def churn_model_name(lead_days: int) -> str:
    return f"churn_{lead_days}d"


def train_churn(
    store: ModelStore,
    table: pa.Table,
    lead_days: int,
    as_of: date,
    minimum_positives: int,
    champion_metric: str,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Train, judge, record and promote; an unchanged training reuses its version.

    Parameters
    ----------
    table, lead_days, as_of, minimum_positives : as in `ml.churn.train_churn_model`
    champion_metric : log_loss, brier or auc: what decides between champion and candidate
    context : further tags of the run, such as policy and code version

    Returns
    -------
    the version, and its standing: 'champion', 'challenger' or 'historical'

    Raises
    ------
    NotEnoughHistory: no model is possible, in words.
    ValueError: an unknown champion metric.
    """
    if champion_metric not in _LOWER_IS_BETTER:
        raise ValueError(f"champion metric {champion_metric} is none of {', '.join(_LOWER_IS_BETTER)}")
    name = churn_model_name(lead_days)
    table = known_rows(table, as_of)
    settings = {"lead_days": lead_days, "minimum_positives": minimum_positives, "seed": SEED}
    settings |= {"champion_metric": champion_metric}
    tags = fingerprint(table, as_of, settings)
    champion = store.with_alias(name, CHAMPION)
    version = store.same_training(name, tags)
    if version:
        progress(f"{name}: data, code and policy are unchanged; version {version.version} stays")
    else:
        rival = champion.tags.get("recipe") if champion else None
        training = train_churn_model(table, lead_days, as_of, minimum_positives, rival)
        version = _record(store, training, context, tags, settings)
        progress(f"{name}: version {version.version} ({training.recipe}), AUC {training.metrics['auc']:.3f}")
    return version, promote(store, version, _is_better(version, champion))


def trained_features(version: RegisteredVersion) -> list[str]:
    """Columns the version was trained on, in their order."""
    return json.loads(version.tags["features"])


def _is_better(version: RegisteredVersion, champion: RegisteredVersion | None) -> bool | None:
    """Whether the version may replace the champion; None when it was not judged beside the champion's recipe."""
    if champion is None or version.tags.get("rival_recipe") != champion.tags.get("recipe"):
        return None
    own, rival = float(version.tags["judged_metric"]), float(version.tags["rival_metric"])
    return own <= rival if _LOWER_IS_BETTER[version.tags["champion_metric"]] else own >= rival


def _record(
    store: ModelStore, training: ChurnTraining, context: dict[str, str], tags: dict[str, str], settings: dict
) -> RegisteredVersion:
    metric = settings["champion_metric"]
    judged = {
        "recipe": training.recipe,
        "features": json.dumps(training.features),
        "judged_on": training.split.judged_on.isoformat(),
        "champion_metric": metric,
        "judged_metric": repr(training.metrics[metric]),
    }
    if training.rival_metrics:
        judged |= {"rival_recipe": training.rival_recipe, "rival_metric": repr(training.rival_metrics[metric])}
    params = settings | {
        "recipe": training.recipe,
        "features": len(training.features),
        "judged_on": training.split.judged_on.isoformat(),
        "trained_through": training.split.trained_through.isoformat(),
        "refit_through": training.refit_through.isoformat(),
        "refit_rows": training.refit_rows,
        "promotion": PROMOTION.format(metric=metric),
    }
    metrics = training.metrics | {f"fold_log_loss_{name}": loss for name, loss in training.fold_log_loss.items()}
    metrics |= {f"{RIVAL}{name}": value for name, value in training.rival_metrics.items()}

    def write_artifacts(folder: Path) -> None:
        groups = calibration_bins(training.outcome, training.probability)
        named = [dict(zip(("predicted", "observed", "customers"), group, strict=True)) for group in groups]
        (folder / CALIBRATION_FILE).write_text(json.dumps(named))
        plot_calibration(training.outcome, training.probability, folder / "calibration.png")
        plot_lift(training.outcome, training.probability, folder / "lift.png")

    def log_model(mlflow):
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        inputs = Schema([ColSpec("double", feature, required=False) for feature in training.features])
        return mlflow.sklearn.log_model(
            training.estimator,
            name="model",
            signature=ModelSignature(inputs, Schema([ColSpec("double", "stays"), ColSpec("double", "churns")])),
            pip_requirements=pinned("scikit-learn", "skops", "numpy", "pandas"),
            serialization_format="skops",
            skops_trusted_types=_TRUSTED,
            pyfunc_predict_fn="predict_proba",
        )

    return store.record(
        churn_model_name(training.lead_days),
        params=params,
        metrics=metrics,
        tags={**context, **tags, **judged},
        card=churn_card(training, tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )
