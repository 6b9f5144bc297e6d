"""Figures for probabilities: against scikit-learn, by hand, and over repeated draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from ml.evaluation.probabilities import (
    area_under_roc,
    calibration_bins,
    calibration_line,
    lift_at,
    probability_metrics,
)


def test_area_counts_ties_half_like_scikit_learn():
    generator = np.random.default_rng(1)
    outcome, score = generator.random(500) < 0.2, generator.integers(0, 9, 500)
    assert area_under_roc(outcome, score)[0] == pytest.approx(roc_auc_score(outcome, score), abs=1e-12)


def test_interval_holds_the_true_area_as_often_as_it_says():
    generator, held, draws = np.random.default_rng(2), 0, 400
    truth = 0.7602  # Phi(1 / sqrt 2): scores of positives are one standard deviation higher
    for _ in range(draws):
        outcome = np.arange(300) < 40
        _, lower, upper = area_under_roc(outcome, generator.normal(size=300) + outcome)
        held += lower <= truth <= upper
    assert 0.92 <= held / draws <= 0.98


def test_a_perfect_order_has_no_interval():
    area, lower, upper = area_under_roc([False, False, True, True], [1, 2, 3, 4])
    assert area == 1
    assert np.isnan([lower, upper]).all()


def test_calibration_line_finds_the_distortion_put_in():
    generator = np.random.default_rng(4)
    odds = generator.normal(-1, 1.2, 60_000)
    outcome = generator.random(60_000) < expit(0.5 + 0.8 * odds)
    assert calibration_line(outcome, expit(odds)) == pytest.approx((0.8, 0.5), abs=0.04)


def test_lift_by_hand():
    outcome = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0])
    score = np.arange(10, 0, -1)
    assert lift_at(outcome, score, 0.2) == pytest.approx(1.0 / 0.3)
    assert lift_at(outcome, np.ones(10), 0.2) == pytest.approx(1.0)
    assert lift_at(outcome, score, 1.0) == pytest.approx(1.0)


def test_calibration_bins_hold_everyone():
    generator = np.random.default_rng(5)
    probability = generator.random(103)
    bins = calibration_bins(generator.random(103) < probability, probability)
    assert sum(count for _, _, count in bins) == 103
    assert [mean for mean, _, _ in bins] == sorted(mean for mean, _, _ in bins)


def test_accuracy_stands_beside_the_commoner_outcome():
    figures = probability_metrics([True, False, False, False], [0.4, 0.1, 0.2, 0.3])
    assert figures["accuracy"] == figures["majority_accuracy"] == 0.75
    assert figures["base_rate"] == 0.25
