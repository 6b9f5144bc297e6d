"""Training a churn model for one lead: choose by folds in time, judge on the latest date, refit on all."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
from sklearn.base import ClassifierMixin
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from ml.churn.features import feature_matrix, feature_names, known_rows, labelled_rows
from ml.churn.recipes import RECIPES, SIMPLEST
from ml.churn.split import TemporalSplit, ordered_folds, temporal_split
from ml.evaluation.probabilities import area_under_roc, probability_metrics

_RULES = ("rhythm_ratio", "recency_days")


@dataclass(frozen=True)
class ChurnTraining:
    """A trained model and how it was judged.

    `estimator` is refitted on every labelled date; `metrics` are of its twin that saw no date later than
    `split.trained_through`, on the customers of `split.judged_on`. `rival_metrics` are those of another
    recipe on the same rows, empty when none was asked for.
    """

    lead_days: int
    as_of: date
    recipe: str
    features: list[str]
    estimator: ClassifierMixin
    split: TemporalSplit
    metrics: dict[str, float]
    outcome: np.ndarray
    probability: np.ndarray
    fold_log_loss: dict[str, float] = field(default_factory=dict)
    rival_recipe: str | None = None
    rival_metrics: dict[str, float] = field(default_factory=dict)
    refit_rows: int = 0
    refit_through: date | None = None


def train_churn_model(
    table: pa.Table, lead_days: int, as_of: date, minimum_positives: int, rival_recipe: str | None = None
) -> ChurnTraining:
    """Train on what was known at `as_of`.

    Parameters
    ----------
    table : customer_id, as_of_date, is_eligible, numeric features, churned_<lead>d (null where unknown)
    lead_days : days after the as-of date within which a customer who buys nothing has churned
    minimum_positives : customers that must have churned, and stayed, in training and in judging
    rival_recipe : a name of `ml.churn.recipes.RECIPES` to judge on the same rows

    Raises
    ------
    NotEnoughHistory: the history is too short or the outcomes too few, in words.
    """
    rows, outcome, days = labelled_rows(known_rows(table, as_of), lead_days)
    split = temporal_split(days, outcome, lead_days, as_of, minimum_positives)
    # A column that is null throughout says nothing yet; it becomes a feature once it is filled.
    features = [name for name in feature_names(table) if rows[name].null_count < rows.num_rows]
    matrix = feature_matrix(rows, features)
    learn, judge = split.training, split.judged
    with threadpool_limits(1), warnings.catch_warnings():
        # Early folds may be smaller than the quantiles asked for; fewer are then used, which is right.
        warnings.filterwarnings("ignore", message="n_quantiles")
        fold_losses = _fold_log_loss(matrix[learn], outcome[learn], days[learn], lead_days)
        recipe = min(fold_losses, key=fold_losses.get) if fold_losses else SIMPLEST
        twin = RECIPES[recipe]().fit(matrix[learn], outcome[learn])
        probability = twin.predict_proba(matrix[judge])[:, 1]
        rival = {}
        if rival_recipe in RECIPES:
            same = RECIPES[rival_recipe]().fit(matrix[learn], outcome[learn])
            rival = probability_metrics(outcome[judge], same.predict_proba(matrix[judge])[:, 1])
        estimator = RECIPES[recipe]().fit(matrix, outcome)
    metrics = probability_metrics(outcome[judge], probability)
    metrics |= _rule_metrics(features, matrix[judge], outcome[judge])
    metrics |= {
        "train_rows": int(learn.sum()),
        "train_positives": int(outcome[learn].sum()),
        "judged_rows": int(judge.sum()),
        "judged_positives": int(outcome[judge].sum()),
    }
    return ChurnTraining(
        lead_days=lead_days,
        as_of=as_of,
        recipe=recipe,
        features=features,
        estimator=estimator,
        split=split,
        metrics=metrics,
        outcome=outcome[judge],
        probability=probability,
        fold_log_loss=fold_losses,
        rival_recipe=rival_recipe,
        rival_metrics=rival,
        refit_rows=len(outcome),
        refit_through=days.max().item(),
    )


def _fold_log_loss(matrix, outcome, days, lead_days: int) -> dict[str, float]:
    """Mean log loss a customer of each recipe over folds in time; empty when the training dates allow no fold."""
    folds = ordered_folds(days, outcome, lead_days)
    losses = {}
    for name, make in RECIPES.items() if folds else ():
        total = 0.0
        for learn, judge in folds:
            probability = make().fit(matrix[learn], outcome[learn]).predict_proba(matrix[judge])[:, 1]
            total += log_loss(outcome[judge], probability, normalize=False)
        losses[name] = float(total / sum(len(judge) for _, judge in folds))
    return losses


def _rule_metrics(features: list[str], matrix: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """The rule a shopkeeper would use: silence measured against the customer's own rhythm, else silence alone."""
    rule = next((name for name in _RULES if name in features), None)
    if rule is None:
        return {}
    silence = matrix[:, features.index(rule)]
    if np.isnan(silence).all():
        return {}
    area, lower, upper = area_under_roc(outcome, np.where(np.isnan(silence), np.nanmedian(silence), silence))
    return {"rule_auc": area, "rule_auc_lower": lower, "rule_auc_upper": upper}
