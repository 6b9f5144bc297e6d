"""Training runs of the churn model in MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa

from ml.churn.features import grouping_names, known_rows, without_groups
from ml.churn.reasons import Reason
from ml.churn.recipes import SEED
from ml.churn.training import ChurnTraining, train_churn_model
from ml.evaluation.groups import SIZES, GroupSizes
from ml.tracking.cards import churn_card
from ml.tracking.churn_artifacts import CALIBRATION_FILE, GROUPS_FILE, card_sections, weights_of, write_files
from ml.tracking.fingerprint import fingerprint, pinned
from ml.tracking.groups import group_metrics
from ml.tracking.promotion import promote
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion

_TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TRUSTED = ["numpy.dtype", _TREES, "ml.churn.calibration.CalibratedClassifier"]
_NEEDED = ("scikit-learn", "skops", "numpy", "scipy", "pandas", "pyarrow", "threadpoolctl")
RIVAL = "rival_"
DEFINITION = "churn_definition"  # tag of a version: what it foretells
_LOWER_IS_BETTER = {"log_loss": True, "brier": True, "auc": False}
__all__ = [
    "CALIBRATION_FILE", "DEFINITION", "GROUPS_FILE", "RIVAL", "churn_model_name", "same_definition", "train_churn",
    "trained_features",
]  # fmt: skip
PROMOTION = "by {metric}, beside the champion's recipe on the same training and judged rows; see the policy models.yml"


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
    reasons: tuple[Reason, ...] = (),
    sizes: GroupSizes = SIZES,
) -> tuple[RegisteredVersion, str]:
    """Train, judge, record and promote; an unchanged training reuses its version.

    Parameters
    ----------
    table, lead_days, as_of, minimum_positives : as in `ml.churn.train_churn_model`
    champion_metric : log_loss, brier or auc: what decides between champion and candidate
    context : further tags of the run, such as policy and code version; a champion of another `churn_definition`
        foretells something else, so that it is no rival
    reasons : what the indicators are called, so that the run can show their weight
    sizes : which groups of customers are told by themselves

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
    settings |= {"champion_metric": champion_metric, "smallest_group": sizes.smallest, "most_groups": sizes.most}
    settings |= {"told_by": ", ".join(sorted(grouping_names(table)))}
    settings |= {DEFINITION: context[DEFINITION]} if DEFINITION in context else {}
    tags = fingerprint(without_groups(table), as_of, settings)
    champion = store.with_alias(name, CHAMPION)
    version = store.same_training(name, tags)
    if version:
        progress(f"{name}: data, code and policy are unchanged; version {version.version} stays")
    else:
        rival = champion.tags.get("recipe") if champion and _foretells_the_same(champion, context) else None
        training = train_churn_model(table, lead_days, as_of, minimum_positives, rival, sizes=sizes)
        version = _record(store, training, context, tags, settings, reasons)
        progress(f"{name}: version {version.version} ({training.recipe}), AUC {training.metrics['auc']:.3f}")
    is_better = _is_better(version, champion) if champion and _foretells_the_same(champion, context) else True
    return version, promote(store, version, is_better)


def trained_features(version: RegisteredVersion) -> list[str]:
    """Columns the version was trained on, in their order."""
    return json.loads(version.tags["features"])


def same_definition(version: RegisteredVersion, definition: str) -> bool:
    """Whether the version foretells this kind of churn; one that does not say so, of an earlier time, is taken to."""
    return version.tags.get(DEFINITION, definition) == definition


def _foretells_the_same(champion: RegisteredVersion, context: dict[str, str]) -> bool:
    return DEFINITION not in context or same_definition(champion, context[DEFINITION])


def _is_better(version: RegisteredVersion, champion: RegisteredVersion) -> bool | None:
    """Whether the version may replace the champion; None when it was not judged beside the champion's recipe."""
    if version.tags.get("rival_recipe") != champion.tags.get("recipe"):
        return None
    own, rival = float(version.tags["judged_metric"]), float(version.tags["rival_metric"])
    return own <= rival if _LOWER_IS_BETTER[version.tags["champion_metric"]] else own >= rival


def _record(
    store: ModelStore,
    training: ChurnTraining,
    context: dict[str, str],
    tags: dict[str, str],
    settings: dict,
    reasons: tuple[Reason, ...],
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
        "odds_slope": training.estimator.slope,
        "odds_intercept": training.estimator.intercept,
        "promotion": PROMOTION.format(metric=metric),
    }
    metrics = training.metrics | {f"fold_log_loss_{name}": loss for name, loss in training.fold_log_loss.items()}
    metrics |= {f"{RIVAL}{name}": value for name, value in training.rival_metrics.items()}
    metrics |= group_metrics(training.by_group)
    if training.rival_by_group is not None:
        metrics |= {f"{RIVAL}{name}": value for name, value in group_metrics(training.rival_by_group).items()}
    weights = weights_of(training, reasons)

    def log_model(mlflow):
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        _log_recipes(mlflow, training)
        inputs = Schema([ColSpec("double", feature, required=False) for feature in training.features])
        return mlflow.sklearn.log_model(
            training.estimator,
            name="model",
            code_paths=[str(Path(__file__).parents[1])],
            signature=ModelSignature(inputs, Schema([ColSpec("double", "stays"), ColSpec("double", "churns")])),
            pip_requirements=pinned(*_NEEDED),
            serialization_format="skops",
            skops_trusted_types=_TRUSTED,
            pyfunc_predict_fn="predict_proba",
        )

    return store.record(
        churn_model_name(training.lead_days),
        params=params,
        metrics=metrics,
        tags={**context, **tags, **judged},
        card=churn_card(training, tags | context) + card_sections(training, weights),
        write_artifacts=lambda folder: write_files(training, weights, folder),
        log_model=log_model,
    )


def _log_recipes(mlflow, training: ChurnTraining) -> None:
    """A run under the training's for every recipe tried: its log loss over the folds, its AUC by date."""
    experiment = mlflow.active_run().info.experiment_id
    for name, scores in training.folds.items():
        with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True):
            mlflow.log_params({"recipe": name, "chosen": name == training.recipe})
            mlflow.log_metric("fold_log_loss", scores.log_loss)
            for step, area in enumerate(scores.auc_by_date().values()):
                mlflow.log_metric("auc_by_date", area, step=step)
