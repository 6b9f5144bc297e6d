"""The models that compete: each recipe makes an unfitted scikit-learn classifier, fixed in every random choice."""

from __future__ import annotations

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

SEED = 20170131


def _logistic(strength: float):
    # Money and counts are heavy-tailed and of unlike units: their quantiles are what a line can use.
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        QuantileTransformer(n_quantiles=50, output_distribution="normal", subsample=None, random_state=SEED),
        LogisticRegression(C=strength, max_iter=2000),
    )


def _boosting(learning_rate: float, trees: int):
    return HistGradientBoostingClassifier(
        learning_rate=learning_rate,
        max_iter=trees,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )


RECIPES = {
    "logistic_firm": lambda: _logistic(0.005),
    "logistic_medium": lambda: _logistic(0.05),
    "logistic_loose": lambda: _logistic(0.5),
    "boosting_slow": lambda: _boosting(0.03, 100),
    "boosting_fast": lambda: _boosting(0.08, 100),
}
SIMPLEST = "logistic_firm"
