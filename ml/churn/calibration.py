"""Probabilities that mean what they say: a line on the log odds, fitted on later dates than the model learnt from."""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

# Odds a few outcomes ask for are held within these bounds.
_FLATTEST, _STEEPEST = 0.5, 2.0


class CalibratedClassifier(ClassifierMixin, BaseEstimator):
    """A fitted binary classifier whose log odds are put on a line.

    Parameters
    ----------
    estimator : fitted, with `decision_function` in log odds
    slope, intercept : the line; 1 and 0 leave the probabilities as they are
    reference : array or None
        Mean of the inputs of the last step over the rows learnt from, for estimators that end in a line.
    """

    def __init__(self, estimator, slope: float = 1.0, intercept: float = 0.0, reference=None):
        self.estimator = estimator
        self.slope = slope
        self.intercept = intercept
        self.reference = reference

    @property
    def classes_(self):
        return self.estimator.classes_

    def decision_function(self, X):
        """Calibrated log odds of leaving, shape (n,)."""
        return self.slope * self.estimator.decision_function(np.asarray(X, dtype=float)) + self.intercept

    def predict_proba(self, X):
        """Probabilities of staying and of leaving, shape (n, 2)."""
        churns = expit(self.decision_function(X))
        return np.column_stack([1 - churns, churns])

    def predict(self, X):
        return self.classes_[(self.decision_function(X) >= 0).astype(int)]


def calibration(log_odds, outcome) -> tuple[float, float]:
    """Slope and intercept that make log odds of rows not learnt from fit their outcomes (Platt 1999).

    Parameters
    ----------
    log_odds, outcome : arrays of shape (n,); empty, or of one outcome only, gives 1 and 0
    """
    outcome = np.asarray(outcome, dtype=bool)
    if not len(outcome) or outcome.all() or not outcome.any():
        return 1.0, 0.0
    log_odds = np.asarray(log_odds, dtype=float)
    line = LogisticRegression(C=np.inf, max_iter=200).fit(log_odds.reshape(-1, 1), outcome)
    slope = float(np.clip(line.coef_[0, 0], _FLATTEST, _STEEPEST))
    # With the slope held, the intercept is the one that still meets the base rate.
    return slope, intercept_to_meet(slope * log_odds, outcome.mean())


def intercept_to_meet(log_odds: np.ndarray, base_rate: float) -> float:
    """What must be added to the log odds for their probabilities to have this mean."""
    low, high = -30.0, 30.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(log_odds + middle).mean() < base_rate else (low, middle)
    return (low + high) / 2
