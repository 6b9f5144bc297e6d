"""An uplift model as it is served: features in, effect with its interval out."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator

SERVED = ("expected_uplift", "uplift_low", "uplift_high")


class UpliftModel(BaseEstimator):
    """A learner fitted on everybody, and the line that makes effects of its scores.

    Parameters
    ----------
    learner : fitted, `predict(X)` gives scores
    features : names of the columns of X, in their order
    name : of the learner
    line : fitted on held-out scores
    confidence : of the intervals
    """

    def __init__(self, learner, features, name, line, confidence):
        self.learner = learner
        self.features = features
        self.name = name
        self.line = line
        self.confidence = confidence

    def predict(self, X) -> np.ndarray:
        """Expected outcomes more and both ends of their interval, shape (n, 3), for features of shape (n, k)."""
        values = X[self.features].to_numpy() if hasattr(X, "columns") else np.asarray(X)
        return np.column_stack(self.line.effect(self.learner.predict(values.astype(float)), self.confidence))

    def average(self) -> tuple[float, float, float]:
        """The average effect and its interval."""
        return self.line.average_effect(self.confidence)
