"""Learners of the effect of a treatment on each customer, scikit-learn style: fit(X, treated, y, share), predict(X)."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

SEED = 20
_SMALL_LEAF = 0.01  # of the rows, in boosted trees
_FEWEST = 30


def linear_model(rows: int) -> BaseEstimator:
    """Ridge regression on normal scores of the features; unknown values are at the median, and said to be unknown."""
    return make_pipeline(
        QuantileTransformer(
            n_quantiles=min(200, rows), output_distribution="normal", subsample=None, random_state=SEED
        ),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        RidgeCV(alphas=np.logspace(0, 5, 11)),
    )


def boosted_trees(rows: int) -> BaseEstimator:
    """Shallow boosted trees; effects are small beside the noise, so leaves are large and steps few."""
    leaf = max(_FEWEST, int(_SMALL_LEAF * rows))
    return HistGradientBoostingRegressor(
        max_iter=60, learning_rate=0.08, max_leaf_nodes=6, min_samples_leaf=leaf, l2_regularization=10.0,
        max_bins=63, early_stopping=False, random_state=SEED,
    )  # fmt: skip


def _learnt(base, X: np.ndarray, y: np.ndarray) -> BaseEstimator:
    """A model of the rows; a feature that none of them knows is told to be zero, and so says nothing."""
    unknown = np.isnan(X).all(axis=0)
    if unknown.any():
        X = np.where(unknown, 0.0, X)
    return base(len(y)).fit(X, y)


class TLearner(RegressorMixin, BaseEstimator):
    """The difference of two models of the outcome, one of each arm.

    References
    ----------
    Künzel, Sekhon, Bickel, Yu (2019), Metalearners for estimating heterogeneous treatment effects, eq. 2.
    """

    def __init__(self, base=boosted_trees):
        self.base = base

    def fit(self, X, treated, y, share):
        self.treated_ = _learnt(self.base, X[treated], y[treated])
        self.control_ = _learnt(self.base, X[~treated], y[~treated])
        return self

    def predict(self, X):
        return self.treated_.predict(X) - self.control_.predict(X)


class XLearner(RegressorMixin, BaseEstimator):
    """Effects imputed in each arm by the other arm's model, learnt, and weighed by the share of the treated.

    References
    ----------
    Künzel, Sekhon, Bickel, Yu (2019), eq. 3 to 9.
    """

    def __init__(self, base=boosted_trees):
        self.base = base

    def fit(self, X, treated, y, share):
        first = TLearner(self.base).fit(X, treated, y, share)
        imputed = np.where(treated, y - first.control_.predict(X), first.treated_.predict(X) - y)
        self.effect_of_treated_ = _learnt(self.base, X[treated], imputed[treated])
        self.effect_of_control_ = _learnt(self.base, X[~treated], imputed[~treated])
        self.share_ = float(share.mean())
        return self

    def predict(self, X):
        own, other = self.effect_of_treated_.predict(X), self.effect_of_control_.predict(X)
        return self.share_ * other + (1 - self.share_) * own


class TransformedOutcome(RegressorMixin, BaseEstimator):
    """One model of an outcome transformed so that its mean is the effect, less what no treatment explains.

    What is expected of a customer whatever the arm is learnt first, on halves that do not see each other, and taken
    off: the mean stays, the noise shrinks.

    References
    ----------
    Athey, Imbens (2016), Recursive partitioning for heterogeneous causal effects, section 4.1.
    Nie, Wager (2021), Quasi-oracle estimation of heterogeneous treatment effects (residuals).
    """

    def __init__(self, base=linear_model):
        self.base = base

    def fit(self, X, treated, y, share):
        half = np.arange(len(y)) % 2 == 0
        expected = np.empty(len(y))
        for own in (half, ~half):
            expected[own] = _learnt(self.base, X[~own], y[~own]).predict(X[own])
        weight = np.where(treated, 1 / share, -1 / (1 - share))
        self.model_ = _learnt(self.base, X, weight * (y - expected))
        return self

    def predict(self, X):
        return self.model_.predict(X)


LEARNERS = {
    "t_linear": TLearner(linear_model),
    "t_trees": TLearner(boosted_trees),
    "x_trees": XLearner(boosted_trees),
    "transformed_linear": TransformedOutcome(linear_model),
}
