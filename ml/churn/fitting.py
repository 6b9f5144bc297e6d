"""Fitting a recipe, and scoring it on dates later than those it learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import expit

from ml.churn.calibration import CalibratedClassifier, calibration, intercept_to_meet
from ml.churn.contributions import line_inputs
from ml.churn.recipes import RECIPES
from ml.churn.split import parts_of_customers
from ml.evaluation.probabilities import area_under_roc, log_loss_of

_PARTS = 4


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


def score_unseen(recipe: str, features, matrix, outcome, customers: pa.ChunkedArray) -> np.ndarray | None:
    """Log odds that a recipe gives every row when it learns from all dates but from no row of the same customer.

    The final model learns from hardly more, whereas folds in time learn from fewer dates and err otherwise.

    Returns
    -------
    array of shape (n,); None where the customers are too few for both outcomes to be learnt without any part of them
    """
    part = parts_of_customers(customers, _PARTS)
    log_odds = np.empty(len(outcome))
    for one in range(_PARTS):
        here = part == one
        if outcome[~here].all() or not outcome[~here].any():
            return None
        if here.any():
            fitted = RECIPES[recipe](features).fit(matrix[~here], outcome[~here])
            log_odds[here] = fitted.decision_function(matrix[here])
    return log_odds


def fit_calibrated(recipe: str, features, matrix, outcome, unseen: np.ndarray | None) -> CalibratedClassifier:
    """The recipe fitted on all rows, its log odds as steep as unseen customers ask for, around the same mean.

    Parameters
    ----------
    unseen : log odds of the rows as `score_unseen` gives them; None leaves the recipe's own
    """
    estimator = RECIPES[recipe](features).fit(matrix, outcome)
    slope, intercept = 1.0 if unseen is None else calibration(unseen, outcome)[0], 0.0
    if slope != 1.0:
        own = estimator.decision_function(matrix)
        intercept = intercept_to_meet(slope * own, expit(own).mean())
    inputs = line_inputs(estimator, matrix)
    return CalibratedClassifier(estimator, slope, intercept, None if inputs is None else inputs.mean(axis=0))
