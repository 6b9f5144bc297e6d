"""Fitting a recipe, and scoring it on dates later than those it learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ml.churn.calibration import CalibratedClassifier, calibration
from ml.churn.contributions import line_inputs
from ml.churn.recipes import RECIPES
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
        RECIPES[recipe](features).fit(matrix[learn], outcome[learn]).decision_function(matrix[judge])
        for learn, judge in folds
    ]
    judged = np.concatenate([judge for _, judge in folds]) if folds else np.empty(0, dtype=int)
    return FoldScores(np.concatenate(scored) if scored else np.empty(0), outcome[judged], days[judged])


def line_that_lasts(scores: FoldScores) -> tuple[float, float]:
    """Slope and intercept of the calibration; 1 and 0 unless a line found on earlier dates does good on the latest.

    Folds learn from less than the final model does and so err otherwise: a line is taken only where it has been seen to
    hold for a date after those it came from.
    """
    latest = scores.days == scores.days.max(initial=np.datetime64(0, "D"))
    slope, intercept = calibration(scores.log_odds[~latest], scores.outcome[~latest])
    if (slope, intercept) == (1.0, 0.0):
        return slope, intercept
    before, after = (
        log_loss_of(scores.outcome[latest], expit(log_odds))
        for log_odds in (scores.log_odds[latest], slope * scores.log_odds[latest] + intercept)
    )
    return calibration(scores.log_odds, scores.outcome) if after < before else (1.0, 0.0)


def fit_calibrated(recipe: str, features, matrix, outcome, later: FoldScores | None) -> CalibratedClassifier:
    """The recipe fitted on all rows, its probabilities calibrated by how its folds did on later dates."""
    estimator = RECIPES[recipe](features).fit(matrix, outcome)
    slope, intercept = line_that_lasts(later) if later else (1.0, 0.0)
    inputs = line_inputs(estimator, matrix)
    return CalibratedClassifier(estimator, slope, intercept, None if inputs is None else inputs.mean(axis=0))
