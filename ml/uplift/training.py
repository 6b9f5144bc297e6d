"""Training an uplift model: learners compared where they have not looked, and refused where chance does as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import product

import numpy as np
import pyarrow as pa
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from ml.uplift.learners import LEARNERS, SEED
from ml.uplift.linear_predictor import EffectLine, effect_line
from ml.uplift.model import UpliftModel
from ml.uplift.qini import QiniCurve, interval_of, qini_coefficient, qini_curve, resampled_qini
from ml.uplift.rows import ExperimentRows, folds_of, need_enough, rows_of_experiments


@dataclass(frozen=True)
class UpliftSettings:
    """As in the policy uplift.yml."""

    minimum_arm: int
    minimum_outcomes: int
    training_rows: int
    confidence: float
    resamples: int
    folds: int
    splits: int


@dataclass(frozen=True)
class JudgedLearner:
    """A learner on customers that it had not seen: Qini coefficient with its interval, the curve of the first split,
    the line of effects, and its mean places, shape (n,)."""

    name: str
    qini: float
    qini_low: float
    qini_high: float
    curve: QiniCurve
    line: EffectLine
    scores: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class UpliftTraining:
    """The learners, best first, and the best one fitted on everybody; `refusal` says why it may not rank customers."""

    as_of: date
    rows: ExperimentRows
    judged: tuple[JudgedLearner, ...]
    model: UpliftModel
    refusal: str | None

    @property
    def best(self) -> JudgedLearner:
        return self.judged[0]


def train_uplift_model(table: pa.Table, as_of: date, settings: UpliftSettings) -> UpliftTraining:
    """Compare the learners by Qini on held-out folds and fit the best one.

    A customer's rows are all in one fold. Places within a fold are compared, not values, since every fold's model has a
    level of its own. Folds are made several times over, since one split may be lucky. The interval comes from drawing
    customers anew; as the best of several learners is looked at, its
    level is raised by their number (Bonferroni). An interval that holds zero refuses the model.

    Parameters
    ----------
    table : as in `ml.uplift.rows.rows_of_experiments`

    Raises
    ------
    NotEnoughHistory: too few customers or outcomes in an arm, in words.
    """
    rows = rows_of_experiments(table, settings.training_rows)
    need_enough(rows, settings.minimum_arm, settings.minimum_outcomes)
    with threadpool_limits(1):
        scores = {
            name: held_out_scores(learner, rows, settings.folds, settings.splits) for name, learner in LEARNERS.items()
        }
        judged = judge(scores, rows, settings)
        best = judged[0]
        fitted = clone(LEARNERS[best.name]).fit(rows.features, rows.treated, rows.outcome, rows.treated_share)
    model = UpliftModel(fitted, list(rows.names), best.name, best.line, settings.confidence)
    return UpliftTraining(as_of, rows, judged, model, refusal_of(best))


def held_out_scores(learner, rows: ExperimentRows, folds: int, splits: int = 1) -> np.ndarray:
    """Effects as told by models that have not seen the row's customer, by split; shape (splits, n)."""
    told = np.zeros((splits, len(rows)))
    for split, one in product(range(splits), range(folds)):
        here = folds_of(rows, folds, split) == one
        if not here.any():
            continue
        parts = (rows.features, rows.treated, rows.outcome, rows.treated_share)
        learnt = clone(learner).fit(*(part[~here] for part in parts))
        told[split, here] = learnt.predict(rows.features[here])
    return told


def judge(scores: dict[str, np.ndarray], rows: ExperimentRows, settings: UpliftSettings) -> tuple[JudgedLearner, ...]:
    """Every learner by its held-out scores, best Qini first; Qini is the mean over splits, so that none decides."""
    folds = [folds_of(rows, settings.folds, split) for split in range(settings.splits)]
    places = {
        name: [places_within(score, fold) for score, fold in zip(of, folds, strict=True)] for name, of in scores.items()
    }
    drawn = resampled_qini([place for of in places.values() for place in of], rows, settings.resamples, SEED)
    drawn = drawn.reshape(len(scores), settings.splits, settings.resamples).mean(axis=1)
    level = 1 - (1 - settings.confidence) / len(scores)
    found = []
    for number, (name, of) in enumerate(places.items()):
        qini = float(np.mean([qini_coefficient(place, rows) for place in of]))
        low, high = interval_of(qini, drawn[number], level)
        line = effect_line(scores[name].mean(axis=0), rows)
        found.append(JudgedLearner(name, qini, low, high, qini_curve(of[0], rows), line, np.mean(of, axis=0)))
    return tuple(sorted(found, key=lambda one: -one.qini))


def places_within(score: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Place of each score in its fold, over 0 to 1; equal scores share one; shape (n,)."""
    places = np.empty(len(score))
    for one in np.unique(fold):
        here = fold == one
        _, codes, counts = np.unique(score[here], return_inverse=True, return_counts=True)
        places[here] = np.cumsum(counts)[codes] / here.sum()
    return places


def refusal_of(best: JudgedLearner) -> str | None:
    """Why the best learner may not tell customers apart; None when it may."""
    if best.qini_low > 0:
        return None
    return (
        f"the ranking of the best learner ({best.name}) is not distinguishable from chance: "
        f"Qini {best.qini:.4f}, interval {best.qini_low:.4f} to {best.qini_high:.4f}"
    )
