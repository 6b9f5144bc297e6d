"""Training a churn model for one lead: choose by folds in time, judge on the latest date, refit on all."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from ml.churn.calibration import CalibratedClassifier
from ml.churn.competitors import base_rate_metrics, purchase_model_metrics, rule_metrics
from ml.churn.features import feature_matrix, feature_names, groups_of, known_rows, labelled_rows
from ml.churn.fitting import FoldScores, fit_calibrated, score_folds, score_unseen
from ml.churn.recipes import RECIPES, SIMPLEST
from ml.churn.sense import falling_shares
from ml.churn.split import TemporalSplit, ordered_folds, sampled_customers, temporal_split
from ml.churn.waiting import silence_since
from ml.evaluation.groups import SIZES, GroupSizes, group_metrics
from ml.evaluation.probabilities import probability_metrics

# More rows than this hardly change a model, and each takes its share of minutes and memory.
MOST_ROWS = 300_000


@dataclass(frozen=True)
class ChurnTraining:
    """A trained model and how it was judged.

    `estimator` is refitted on every labelled date, of drawn customers where there are many; `metrics` are of its twin
    that saw no date later than `split.trained_through`, on the customers of `split.judged_on`. `rival_metrics` are
    those of another recipe on the same rows, empty when none was asked for. `folds` holds by recipe what it was chosen
    by, and `by_group` the figures of the judged customers by region, gender, age and value, `rival_by_group` the
    rival's. `silence` tells who of the judged had not bought yet at every later date (`ml.churn.waiting`).
    """

    lead_days: int
    as_of: date
    recipe: str
    features: list[str]
    estimator: CalibratedClassifier
    split: TemporalSplit
    metrics: dict[str, float]
    outcome: np.ndarray
    probability: np.ndarray
    folds: dict[str, FoldScores] = field(default_factory=dict)
    rival_recipe: str | None = None
    rival_metrics: dict[str, float] = field(default_factory=dict)
    rival_by_group: pd.DataFrame | None = None
    refit_rows: int = 0
    refit_through: date | None = None
    by_group: pd.DataFrame = field(default_factory=pd.DataFrame)
    judged: pa.Table | None = None
    silence: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def fold_log_loss(self) -> dict[str, float]:
        """Mean log loss a customer of each recipe over the folds."""
        return {recipe: scores.log_loss for recipe, scores in self.folds.items()}


def train_churn_model(
    table: pa.Table,
    lead_days: int,
    as_of: date,
    minimum_positives: int,
    rival_recipe: str | None = None,
    most_rows: int = MOST_ROWS,
    sizes: GroupSizes = SIZES,
) -> ChurnTraining:
    """Train on what was known at `as_of`.

    Parameters
    ----------
    table : customer_id, as_of_date, is_eligible, numeric features, churned_<lead>d (null where unknown); texts named
        group_<grouping> are groups by which quality is told, and never features
    lead_days : days after the as-of date within which a customer who leaves has churned
    minimum_positives : customers that must have churned, and stayed, in training and in judging
    rival_recipe : a name of `ml.churn.recipes.RECIPES` to judge on the same rows
    most_rows : rows to learn from, about; beyond them customers are drawn by a hash of their id. All of the judged
        date are judged
    sizes : which groups are told by themselves

    Raises
    ------
    NotEnoughHistory: the history is too short or the outcomes too few, in words.
    """
    known = known_rows(table, as_of)
    rows, outcome, days = labelled_rows(known, lead_days)
    split = temporal_split(days, outcome, lead_days, as_of, minimum_positives)
    drawn = sampled_customers(rows["customer_id"], most_rows)
    if not drawn.all():
        kept = drawn | split.judged
        rows, outcome, days, drawn = rows.filter(pa.array(kept)), outcome[kept], days[kept], drawn[kept]
        split = replace(split, training=split.training[kept] & drawn, judged=split.judged[kept])
    # A column that is null throughout says nothing yet; it becomes a feature once it is filled.
    features = [name for name in feature_names(table) if rows[name].null_count < rows.num_rows]
    matrix = feature_matrix(rows, features)
    learn, judge = split.training, split.judged
    pairs = ordered_folds(days[learn], outcome[learn], lead_days)

    def calibrated(name: str, chosen: np.ndarray) -> CalibratedClassifier:
        own = (matrix[chosen], outcome[chosen])
        # Where no fold in time can be had nothing has shown that a model holds for a later date: it is left as it is.
        unseen = score_unseen(name, features, *own, rows["customer_id"].filter(pa.array(chosen))) if pairs else None
        return fit_calibrated(name, features, *own, unseen)

    with threadpool_limits(1), warnings.catch_warnings():
        # Early folds may be smaller than the quantiles asked for; fewer are then used, which is right.
        warnings.filterwarnings("ignore", message="n_quantiles")
        learnt = (matrix[learn], outcome[learn])
        folds = {name: score_folds(name, features, *learnt, days[learn], pairs) for name in RECIPES if pairs}
        recipe = _best(folds)
        twin = calibrated(recipe, learn)
        probability = twin.predict_proba(matrix[judge])[:, 1]
        rival = None
        if rival_recipe in RECIPES:
            same = twin if rival_recipe == recipe else calibrated(rival_recipe, learn)
            rival = same.predict_proba(matrix[judge])[:, 1]
        estimator = calibrated(recipe, drawn)
        metrics = probability_metrics(outcome[judge], probability)
        metrics |= _raw_calibration(twin, matrix[judge], outcome[judge])
        metrics |= falling_shares(twin, features, matrix[judge])
        metrics |= _competitors(known, split, features, lead_days, *learnt, matrix[judge], outcome[judge])
    metrics |= {
        "train_rows": int(learn.sum()),
        "train_positives": int(outcome[learn].sum()),
        "judged_rows": int(judge.sum()),
        "judged_positives": int(outcome[judge].sum()),
    }
    judged = rows.filter(pa.array(judge))
    groups = groups_of(judged)
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
        folds=folds,
        rival_recipe=rival_recipe,
        rival_metrics=probability_metrics(outcome[judge], rival) if rival is not None else {},
        rival_by_group=group_metrics(outcome[judge], rival, groups, sizes) if rival is not None else None,
        refit_rows=int(drawn.sum()),
        refit_through=days[drawn].max().item(),
        by_group=group_metrics(outcome[judge], probability, groups, sizes),
        judged=judged,
        silence=silence_since(known, judged, split.judged_on, outcome[judge], lead_days),
    )


def _best(folds: dict[str, FoldScores]) -> str:
    return min(folds, key=lambda name: folds[name].log_loss) if folds else SIMPLEST


def _raw_calibration(twin: CalibratedClassifier, matrix, outcome) -> dict[str, float]:
    raw = probability_metrics(outcome, CalibratedClassifier(twin.estimator).predict_proba(matrix)[:, 1])
    told = ("log_loss", "calibration_slope", "calibration_intercept")
    return {f"uncalibrated_{name}": raw[name] for name in told}


def _competitors(known, split: TemporalSplit, features, lead_days, learnt, learnt_outcome, judged, outcome):
    buyers = known.filter(pc.equal(known["as_of_date"], pa.scalar(split.judged_on, pa.date32())))
    return (
        rule_metrics(features, learnt, learnt_outcome, judged, outcome)
        | purchase_model_metrics(features, feature_matrix(buyers, features), judged, outcome, lead_days)
        | base_rate_metrics(learnt_outcome, outcome)
    )
