"""The models that compete: each recipe makes an unfitted scikit-learn classifier, fixed in every random choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

SEED = 20170131
# What can only raise the risk when it grows, all else equal. A tree is held to it; of a line it is reported.
RISING = ("recency_days", "rhythm_ratio", "days_since_active", "late_complaints_since_purchase", "account_closed")


def _logistic(strength: float):
    # Money and counts are heavy-tailed and of unlike units: their quantiles are what a line can use.
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        QuantileTransformer(n_quantiles=50, output_distribution="normal", subsample=None, random_state=SEED),
        LogisticRegression(C=strength, max_iter=2000),
    )


def _boosting(features: Sequence[str], learning_rate: float, trees: int, smallest_leaf: int = 40):
    return HistGradientBoostingClassifier(
        learning_rate=learning_rate,
        max_iter=trees,
        max_leaf_nodes=8,
        min_samples_leaf=smallest_leaf,
        l2_regularization=1.0,
        monotonic_cst=[int(name in RISING) for name in features],
        early_stopping=False,
        random_state=SEED,
    )


RECIPES: dict[str, Callable[[Sequence[str]], object]] = {
    "logistic_firm": lambda features: _logistic(0.005),
    "logistic_medium": lambda features: _logistic(0.05),
    "logistic_loose": lambda features: _logistic(0.5),
    "boosting_slow": lambda features: _boosting(features, 0.03, 100),
    "boosting_fast": lambda features: _boosting(features, 0.08, 100, smallest_leaf=150),
}
SIMPLEST = "logistic_firm"


def fitted(recipe: str, features: Sequence[str], matrix: np.ndarray, outcome: np.ndarray):
    """The recipe fitted. What is not yet told of anybody among these rows (a source began later) tells nothing."""
    estimator = RECIPES[recipe](features)
    unknown = np.isnan(matrix).all(axis=0)
    if unknown.any() and isinstance(estimator, HistGradientBoostingClassifier):
        matrix = np.where(unknown, 0.0, matrix)  # trees find no border in a column without a value
    return estimator.fit(matrix, outcome)
