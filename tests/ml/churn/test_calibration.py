"""Calibration is a line on the log odds, found on rows that the model has not learnt from."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_limits

from ml.churn.calibration import CalibratedClassifier, calibration
from ml.churn.fitting import fit_calibrated, score_unseen
from ml.churn.recipes import RECIPES
from ml.churn.split import parts_of_customers
from ml.churn.training import train_churn_model
from ml.evaluation.probabilities import calibration_line
from tests.ml.churn.test_training import END, POSITIVES


def test_a_known_distortion_is_found():
    generator = np.random.default_rng(3)
    true = generator.normal(0.3, 1.5, 40_000)
    outcome = generator.random(len(true)) < expit(true)
    slope, intercept = calibration((true - 0.4) / 0.8, outcome)
    assert slope == pytest.approx(0.8, abs=0.03)
    assert intercept == pytest.approx(0.4, abs=0.04)
    assert expit(slope * (true - 0.4) / 0.8 + intercept).mean() == pytest.approx(outcome.mean(), abs=1e-9)


def test_a_slope_out_of_bounds_is_held_and_still_meets_the_base_rate():
    log_odds = np.linspace(-8, 8, 2000)
    outcome = np.arange(2000) % 4 == 0  # a quarter, whatever was said
    slope, intercept = calibration(log_odds, outcome)
    assert slope == 0.5
    assert expit(slope * log_odds + intercept).mean() == pytest.approx(0.25, abs=1e-9)


@pytest.mark.parametrize("outcome", [np.empty(0), np.zeros(5), np.ones(5)])
def test_outcomes_that_tell_nothing_change_nothing(outcome):
    assert calibration(np.zeros(len(outcome)), outcome) == (1.0, 0.0)


def test_order_is_kept_and_odds_are_on_the_line(shop):
    trained = train_churn_model(shop, 90, END, POSITIVES)
    plain, model = CalibratedClassifier(trained.estimator.estimator), trained.estimator
    rows = np.array([[1.0, 9, 20, 3, 0.2], [0.5, 1, 2, 170, np.nan]])
    assert model.decision_function(rows) == pytest.approx(model.slope * plain.decision_function(rows) + model.intercept)
    assert model.predict_proba(rows).sum(axis=1) == pytest.approx(1)
    assert (model.predict(rows) == (model.predict_proba(rows)[:, 1] >= 0.5)).all()


def buyers(number: int = 6000) -> tuple[np.ndarray, np.ndarray, pa.ChunkedArray]:
    """Two inputs, and who leaves by a line on both; every customer stands in three rows."""
    generator = np.random.default_rng(8)
    matrix = generator.normal(size=(number, 2))
    outcome = generator.random(number) < expit(2 * matrix[:, 0] - matrix[:, 1] - 1)
    return matrix, outcome, pa.chunked_array([[f"c{row // 3}" for row in range(number)]])


def test_shrunken_trees_are_made_as_sure_as_they_should_be():
    matrix, outcome, customers = buyers()
    fresh, came = matrix[3000:], outcome[3000:]
    learnt = (matrix[:3000], outcome[:3000])
    with threadpool_limits(1):
        unseen = score_unseen("boosting_slow", ["a", "b"], *learnt, customers.slice(0, 3000))
        plain, model = (fit_calibrated("boosting_slow", ["a", "b"], *learnt, scores) for scores in (None, unseen))
    before, after = (calibration_line(came, one.predict_proba(fresh)[:, 1])[0] for one in (plain, model))
    assert before > 1.1
    assert after == pytest.approx(1, abs=0.1)
    means = [one.predict_proba(learnt[0])[:, 1].mean() for one in (plain, model)]
    assert means[0] == pytest.approx(means[1], abs=1e-9)


def test_nobody_is_scored_by_what_was_learnt_from_their_own_rows(monkeypatch):
    class Memory:
        """Sure of whomever it has seen."""

        def fit(self, matrix, outcome):
            self.seen = set(matrix[:, 0])
            return self

        def decision_function(self, matrix):
            return np.isin(matrix[:, 0], list(self.seen)).astype(float)

    monkeypatch.setitem(RECIPES, "memory", lambda features: Memory())
    _, outcome, customers = buyers()
    numbers = np.repeat(np.arange(2000.0), 3)[:, None]
    assert Memory().fit(numbers, outcome).decision_function(numbers).all()
    assert not score_unseen("memory", ["number"], numbers, outcome, customers).any()


def test_parts_are_of_customers_alike_in_size_and_in_any_order():
    *_, customers = buyers()
    part = parts_of_customers(customers, 4)
    assert (part.reshape(-1, 3) == part[::3, None]).all()
    assert np.bincount(part, minlength=4) / len(part) == pytest.approx(0.25, abs=0.03)
    assert (parts_of_customers(customers.take(np.arange(len(part))[::-1]), 4)[::-1] == part).all()


def test_where_one_customer_alone_left_nothing_is_calibrated():
    matrix, _, customers = buyers()
    outcome = np.zeros(len(matrix), dtype=bool)
    outcome[:3] = True
    assert score_unseen("logistic_firm", ["a", "b"], matrix, outcome, customers) is None


def test_a_history_without_a_fold_leaves_the_recipe_as_it_is(shop):
    trained = train_churn_model(shop, 90, date(2020, 9, 30), minimum_positives=5)
    assert not trained.folds
    assert (trained.estimator.slope, trained.estimator.intercept) == (1.0, 0.0)
