"""Contributions add up to the score, and are Shapley's values: held against a brute-force count over all orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from ml.churn.calibration import CalibratedClassifier
from ml.churn.contributions import group_contributions, line_inputs
from ml.churn.recipes import RECIPES

FEATURES = ["recency_days", "orders_3m", "luck", "csat_12m", "tenure_days"]
GROUPS = [0, 1, 2, 1, 0]


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(11)
    matrix = generator.normal(size=(3000, 5)).round(2)
    matrix[generator.random(3000) < 0.3, 3] = np.nan
    odds = matrix[:, 0] - matrix[:, 1] * (matrix[:, 0] > 0) + np.where(np.isnan(matrix[:, 3]), 0.8, 0)
    return matrix, generator.random(3000) < 1 / (1 + np.exp(-odds))


@pytest.fixture(scope="module", params=["logistic_medium", "boosting_fast"])
def model(request, rows):
    estimator = RECIPES[request.param](FEATURES).fit(*rows)
    inputs = line_inputs(estimator, rows[0])
    return CalibratedClassifier(estimator, 0.9, 0.2, None if inputs is None else inputs.mean(axis=0))


def test_contributions_and_base_add_up_to_the_log_odds(model, rows):
    parts, base = group_contributions(model, GROUPS, rows[0])
    assert parts.shape == (3000, 3)
    assert parts.sum(axis=1) + base == pytest.approx(model.decision_function(rows[0]), abs=1e-9)


def test_a_line_contributes_nothing_on_average(rows):
    estimator = RECIPES["logistic_firm"](FEATURES).fit(*rows)
    model = CalibratedClassifier(estimator, reference=line_inputs(estimator, rows[0]).mean(axis=0))
    parts, _ = group_contributions(model, GROUPS, rows[0])
    assert parts.mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_trees_contribute_their_shapley_values(rows):
    matrix, outcome = rows
    estimator = RECIPES["boosting_slow"](FEATURES).set_params(max_iter=6).fit(matrix, outcome)
    found, _ = group_contributions(CalibratedClassifier(estimator), GROUPS, matrix[:25])
    for row, parts in zip(matrix[:25], found, strict=True):
        assert parts == pytest.approx(_by_all_orders(estimator, row), abs=1e-9)


def _by_all_orders(estimator, row) -> np.ndarray:
    """Shapley's value of each group: the mean over all orders of what it adds when it becomes known."""
    total, orders = np.zeros(3), list(permutations(range(3)))
    for order in orders:
        known: set[int] = set()
        before = _expected(estimator, row, known)
        for group in order:
            known = known | {group}
            now = _expected(estimator, row, known)
            total[group] += now - before
            before = now
    return total / len(orders)


def _expected(estimator, row, known: set[int]) -> float:
    def walk(nodes, place) -> float:
        node = nodes[place]
        if node["is_leaf"]:
            return float(node["value"])
        value = row[node["feature_idx"]]
        left = node["missing_go_to_left"] if np.isnan(value) else value <= node["num_threshold"]
        if GROUPS[node["feature_idx"]] in known:
            return walk(nodes, node["left"] if left else node["right"])
        counts = [nodes[node[side]]["count"] for side in ("left", "right")]
        parts = [walk(nodes, node[side]) for side in ("left", "right")]
        return float(np.average(parts, weights=counts))

    return sum(walk(stage[0].nodes, 0) for stage in estimator._predictors)
