"""Figures for amounts, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.amounts import amount_metrics, gini


def test_errors_by_hand():
    assert amount_metrics([1, 3], [2, 5]) == pytest.approx({"mae": 1.5, "rmse": np.sqrt(2.5), "bias": 0.75})


def test_no_actual_amount_has_no_bias():
    assert np.isnan(amount_metrics([0, 0], [1, 2])["bias"])


def test_gini_of_one_customer_with_everything():
    assert gini([0, 0, 0, 8], [1, 2, 3, 4]) == pytest.approx(0.75)
    assert gini([0, 0, 0, 8], [4, 3, 2, 1]) == pytest.approx(-0.75)
    assert gini([0, 0, 0, 8], [1, 1, 1, 1]) == pytest.approx(0.0)


def test_no_order_beats_that_of_the_amounts_themselves():
    generator = np.random.default_rng(6)
    actual = generator.gamma(0.5, 10, 300)
    assert gini(actual, actual + generator.normal(0, 5, 300)) < gini(actual, actual)
