"""Calibration is a line on the log odds, found on rows that the model has not learnt from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from ml.churn import train_churn_model
from ml.churn.calibration import CalibratedClassifier, calibration
from ml.churn.fitting import FoldScores, fit_calibrated, slope_that_lasts
from ml.evaluation.probabilities import log_loss_of
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


def folds(slopes: list[float], levels: list[float] | None = None) -> FoldScores:
    """Four thousand rows a date, whose outcomes follow the log odds times the date's slope, and its level."""
    generator = np.random.default_rng(6)
    log_odds = generator.normal(0, 2, (len(slopes), 4000))
    true = log_odds * np.array(slopes)[:, None] + np.array(levels or [0.0] * len(slopes))[:, None]
    outcome = generator.random(log_odds.shape) < expit(true)
    days = np.repeat(np.datetime64("2024-01-31") + 30 * np.arange(len(slopes)), 4000)
    return FoldScores(log_odds.ravel(), outcome.ravel(), days)


def test_a_slope_that_holds_on_the_latest_date_is_taken():
    assert slope_that_lasts(folds([0.7, 0.7, 0.7])) == pytest.approx(0.7, abs=0.04)


def test_a_slope_that_no_longer_holds_is_not():
    assert slope_that_lasts(folds([0.7, 0.7, 1.0])) == 1.0


def test_a_slope_holds_where_another_share_leaves():
    """The line of the dates before would have made the latest one worse, for its level alone."""
    moved = folds([1.25, 1.25, 1.25], [-0.6, -0.6, 0.6])
    assert slope_that_lasts(moved) == pytest.approx(1.25, abs=0.1)
    latest = moved.days == moved.days.max()
    slope, intercept = calibration(moved.log_odds[~latest], moved.outcome[~latest])
    line, plain = (
        log_loss_of(moved.outcome[latest], expit(odds))
        for odds in (slope * moved.log_odds[latest] + intercept, moved.log_odds[latest])
    )
    assert line > plain


def test_one_date_is_not_enough_to_tell():
    assert slope_that_lasts(folds([0.7])) == 1.0


def test_the_mean_probability_stays_that_of_the_recipe():
    generator = np.random.default_rng(8)
    matrix = generator.normal(size=(3000, 1))
    outcome = generator.random(3000) < expit(2 * matrix[:, 0] - 1)
    plain, steeper = (
        fit_calibrated("logistic_medium", ["a"], matrix, outcome, later) for later in (None, folds([1.4, 1.4, 1.4]))
    )
    assert steeper.slope == pytest.approx(1.4, abs=0.1)
    assert steeper.predict_proba(matrix)[:, 1].mean() == pytest.approx(
        plain.predict_proba(matrix)[:, 1].mean(), abs=1e-9
    )
