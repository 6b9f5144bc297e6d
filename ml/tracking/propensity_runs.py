"""Training runs of the probability to buy from a category, in MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from ml.next_purchase import judge_probabilities, learn_probabilities, probabilities
from ml.next_purchase.categories import FEATURES
from ml.tracking.fingerprint import fingerprint, pinned
from ml.tracking.plots import plot_calibration, plot_lift
from ml.tracking.promotion import promote
from ml.tracking.purchase_cards import propensity_card
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion

MODEL_NAME = "propensity"
CHAMPION_METRIC = "log_loss"
PROMOTION = (
    "by log_loss, beside the champion itself on customers whose purchases it had not seen; another policy replaces"
)
_TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TRUSTED = ["numpy.dtype", _TREES, "ml.next_purchase.categories.beside_each_other"]
_NEEDED = ("scikit-learn", "skops", "numpy", "scipy", "pandas", "pyarrow", "threadpoolctl")
_RIVAL = "rival_"


def train_propensity(
    store: ModelStore,
    training: pa.Table,
    judged: pa.Table,
    as_of: date,
    settings: dict,
    context: dict[str, str],
    progress: Callable[[str], None] = print,
) -> tuple[RegisteredVersion, str]:
    """Learn, judge, record and promote; an unchanged training reuses its version.

    The twin that is judged learns from `training`; what is registered learns from `judged`, the later pairs. The
    champion is judged on the same pairs where it had seen nothing of what followed them; a candidate of sooner after
    it cannot be compared, and does not replace it.

    Parameters
    ----------
    training, judged : pairs of customer and category as `ml.next_purchase.learn_probabilities` takes them, of two
        and of one times `probability_days` before `as_of`
    settings : probability_days, training_rows and what else the policy says
    context : further tags of the run, such as policy and code version

    Raises
    ------
    NotEnoughHistory: too few pairs were bought, in words.
    """
    tags = fingerprint(pa.concat_tables([training, judged]), as_of, settings)
    champion = store.with_alias(MODEL_NAME, CHAMPION)
    days, rows = settings["probability_days"], settings["training_rows"]
    version = store.same_training(MODEL_NAME, tags)
    if version:
        progress(f"{MODEL_NAME}: data, code and policy are unchanged; version {version.version} stays")
    else:
        # Who can teach nothing cannot be judged by either: where nobody has bought since there is no model.
        model = learn_probabilities(judged, rows)
        told = probabilities(learn_probabilities(training, rows), judged)
        metrics = judge_probabilities(judged, told, days)
        if champion and same_settings(champion, settings) and champion.trained_as_of <= as_of - timedelta(days=days):
            rival = probabilities(store.load_classifier(champion), judged)
            metrics |= {f"{_RIVAL}{name}": value for name, value in judge_probabilities(judged, rival, days).items()}
        version = _record(store, model, judged, told, metrics, as_of, settings, context, tags)
        progress(f"{MODEL_NAME}: version {version.version}, AUC {metrics['auc']:.3f}")
    return version, promote(store, version, _is_better(version, champion, as_of, days))


def same_settings(version: RegisteredVersion, settings: dict) -> bool:
    """Whether the version was trained by these settings."""
    return version.tags["settings"] == json.dumps(settings, sort_keys=True)


def figures_of(store: ModelStore, version: RegisteredVersion) -> tuple[dict[str, float], tuple[date, date]]:
    """Figures of a version as `judge_probabilities` names them, and the first and last day they were judged on."""
    own = {name: value for name, value in store.metrics(version).items() if not name.startswith(_RIVAL)}
    return own, tuple(date.fromisoformat(version.tags[name]) for name in ("judged_from", "judged_to"))


def _is_better(version: RegisteredVersion, champion: RegisteredVersion | None, as_of: date, days: int) -> bool | None:
    """True where the policy is another since; the figures decide where there are any of the champion."""
    if champion is None or champion.tags["settings"] != version.tags["settings"]:
        return True
    return True if champion.trained_as_of <= as_of - timedelta(days=days) else None


def _record(store, model, judged, told, metrics, as_of, settings, context, tags) -> RegisteredVersion:
    first = as_of - timedelta(days=settings["probability_days"] - 1)
    judged_tags = {
        "judged_from": first.isoformat(), "judged_to": as_of.isoformat(), "champion_metric": CHAMPION_METRIC
    }  # fmt: skip
    outcome = judged["has_bought_after"].to_numpy(zero_copy_only=False).astype(bool)

    def write_artifacts(folder: Path) -> None:
        plot_calibration(outcome, told, folder / "calibration.png")
        plot_lift(outcome, told, folder / "lift.png")

    def log_model(mlflow):
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        inputs = Schema([ColSpec("double", feature, required=False) for feature in FEATURES])
        return mlflow.sklearn.log_model(
            model,
            name="model",
            code_paths=[str(Path(__file__).parents[1])],
            signature=ModelSignature(inputs, Schema([ColSpec("double", "buys_not"), ColSpec("double", "buys")])),
            pip_requirements=pinned(*_NEEDED),
            serialization_format="skops",
            skops_trusted_types=_TRUSTED,
            pyfunc_predict_fn="predict_proba",
        )

    return store.record(
        MODEL_NAME,
        params={**settings, "features": len(FEATURES), "promotion": PROMOTION},
        metrics=metrics,
        tags={**context, **tags, **judged_tags},
        card=propensity_card(metrics, settings, (first, as_of), tags | context),
        write_artifacts=write_artifacts,
        log_model=log_model,
    )
