"""Training an uplift model: learners compared where they have not looked, and refused where chance does as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

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


@dataclass(frozen=True)
class JudgedLearner:
    """A learner on customers that it had not seen: Qini coefficient with its interval, curve, line of effects."""

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
    level of its own. The interval comes from drawing customers anew; as the best of several learners is looked at, its
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
        scores = {name: held_out_scores(learner, rows, settings.folds) for name, learner in LEARNERS.items()}
        judged = judge(scores, rows, settings)
        best = judged[0]
        fitted = clone(LEARNERS[best.name]).fit(rows.features, rows.treated, rows.outcome, rows.treated_share)
    model = UpliftModel(fitted, list(rows.names), best.name, best.line, settings.confidence)
    return UpliftTraining(as_of, rows, judged, model, refusal_of(best))


def held_out_scores(learner, rows: ExperimentRows, folds: int) -> np.ndarray:
    """Effects as told by models that have not seen the row's customer; shape (n,)."""
    fold, told = folds_of(rows, folds), np.zeros(len(rows))
    for one in range(folds):
        here = fold == one
        if not here.any():
            continue
        learnt = clone(learner).fit(
            *(part[~here] for part in (rows.features, rows.treated, rows.outcome, rows.treated_share))
        )
        told[here] = learnt.predict(rows.features[here])
    return told


def judge(scores: dict[str, np.ndarray], rows: ExperimentRows, settings: UpliftSettings) -> tuple[JudgedLearner, ...]:
    """Every learner by its held-out scores, best Qini first."""
    fold = folds_of(rows, settings.folds)
    places = {name: places_within(score, fold) for name, score in scores.items()}
    drawn = resampled_qini(list(places.values()), rows, settings.resamples, SEED)
    level = 1 - (1 - settings.confidence) / len(scores)
    found = [
        JudgedLearner(
            name,
            qini_coefficient(place, rows),
            *interval_of(drawn[number], level),
            qini_curve(place, rows),
            effect_line(scores[name], rows),
            place,
        )
        for number, (name, place) in enumerate(places.items())
    ]
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
