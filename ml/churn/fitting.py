"""Fitting a recipe, and scoring it on dates later than those it learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ml.churn.calibration import CalibratedClassifier, calibration, intercept_to_meet
from ml.churn.contributions import line_inputs
from ml.churn.recipes import fitted
from ml.evaluation.probabilities import area_under_roc, log_loss_of


@dataclass(frozen=True)
class FoldScores:
    """Log odds that a recipe gave rows of later dates, their outcomes and dates (datetime64[D]); shape (n,)."""

    log_odds: np.ndarray
    outcome: np.ndarray
    days: np.ndarray

    @property
    def log_loss(self) -> float:
        return log_loss_of(self.outcome, expit(self.log_odds))

    def auc_by_date(self) -> dict[str, float]:
        """Area under the ROC on each judged date, in order."""
        dates = np.unique(self.days)
        return {
            str(day): area_under_roc(self.outcome[self.days == day], self.log_odds[self.days == day])[0]
            for day in dates
        }


def score_folds(recipe: str, features, matrix, outcome, days, folds) -> FoldScores:
    """Scores of the judged rows of every fold, each by a model that learnt from its learning rows only.

    Parameters
    ----------
    folds : pairs of row indices (learn, judge), as `ml.churn.split.ordered_folds` gives them
    """
    scored = [
        fitted(recipe, features, matrix[learn], outcome[learn]).decision_function(matrix[judge])
        for learn, judge in folds
    ]
    judged = np.concatenate([judge for _, judge in folds]) if folds else np.empty(0, dtype=int)
    return FoldScores(np.concatenate(scored) if scored else np.empty(0), outcome[judged], days[judged])


def slope_that_lasts(scores: FoldScores) -> float:
    """Slope of the calibration; 1 unless the slope found on earlier dates does good on the latest.

    Folds learn from less than the final model does and so may err otherwise: a slope is taken only where it has been
    seen to hold for a date after those it came from. It is tried at the level of that date: how many leave differs from
    date to date for reasons of its own, and says nothing of how sure the model should be.
    """
    latest = scores.days == scores.days.max(initial=np.datetime64(0, "D"))
    slope, _ = calibration(scores.log_odds[~latest], scores.outcome[~latest])
    if slope == 1.0:
        return slope
    outcome = scores.outcome[latest]
    before, after = (
        log_loss_of(outcome, expit(log_odds + intercept_to_meet(log_odds, outcome.mean())))
        for log_odds in (scores.log_odds[latest], slope * scores.log_odds[latest])
    )
    return calibration(scores.log_odds, scores.outcome)[0] if after < before else 1.0


def fit_calibrated(recipe: str, features, matrix, outcome, later: FoldScores | None) -> CalibratedClassifier:
    """The recipe fitted on all rows, its log odds as steep as its folds ask for, around the same mean."""
    estimator = fitted(recipe, features, matrix, outcome)
    slope, intercept = slope_that_lasts(later) if later else 1.0, 0.0
    if slope != 1.0:
        own = estimator.decision_function(matrix)
        intercept = intercept_to_meet(slope * own, expit(own).mean())
    inputs = line_inputs(estimator, matrix)
    return CalibratedClassifier(estimator, slope, intercept, None if inputs is None else inputs.mean(axis=0))
