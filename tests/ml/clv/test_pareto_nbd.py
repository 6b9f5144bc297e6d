"""Pareto/NBD on the CDNOW sample equals what was published."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares
from sklearn.metrics import roc_auc_score

from ml.clv import ParetoNBDModel
from ml.clv.pareto_nbd_likelihood import ParetoNBDLikelihood


@pytest.fixture(scope="module")
def fitted(cdnow):
    return ParetoNBDModel().fit(*cdnow.columns())


@pytest.fixture(scope="module")
def likelihood(cdnow):
    x, t_x, age = (column.to_numpy(dtype=float) for column in cdnow.columns())
    return ParetoNBDLikelihood(x, t_x, age, np.ones(len(x)))


def test_parameters_likelihood_and_errors_are_the_published_ones(fitted, published):
    expected = published["pnbd.params"]  # Fader, Hardie, Lee (2005), Table 2; CLVTools, test_correctness_pnbd
    assert fitted.log_likelihood_ == pytest.approx(expected.pop("LL"), abs=0.05)
    assert fitted.log_likelihood_ == pytest.approx(-9594.97618, abs=1e-5)  # an independent optimiser
    assert fitted.params_ == pytest.approx(expected, abs=2e-3)
    assert fitted.standard_errors_ == pytest.approx(published["pnbd.se"], abs=1e-3)


def test_named_customers_are_predicted_as_published(fitted, published):
    expected = published["pnbd.1516"]  # BTYD walkthrough 3.3
    loyal = ([26], [30.857], [31])
    assert fitted.expected_purchases_of_new_customer([52])[0] == pytest.approx(expected["E52"], abs=2e-3)
    assert fitted.expected_purchases(52, *loyal)[0] == pytest.approx(expected["CE52"], abs=2e-3)
    assert fitted.probability_alive(*loyal)[0] == pytest.approx(expected["p_alive"], abs=2e-3)


def test_more_purchases_long_ago_promise_less(fitted, published):
    # The increasing frequency paradox, BTYD walkthrough 3.3
    expected = fitted.expected_purchases(52, [10, 15, 20, 25], [20] * 4, [39] * 4)
    np.testing.assert_allclose(expected, published["pnbd.paradox"], rtol=0, atol=1e-3)
    assert (np.diff(expected) < 0).all()


def test_holdout_table_is_that_of_the_walkthrough(fitted, cdnow, predictions, published):
    expected = fitted.expected_purchases(39, *cdnow.columns())
    groups = np.minimum(predictions.x, 7)
    means = [expected[groups == k].mean() for k in range(8)]
    np.testing.assert_allclose(means, published["pnbd.CEtable"], rtol=0, atol=1e-3)  # BTYD walkthrough 3.4


def test_predictions_are_those_of_the_independent_implementation_at_its_own_parameters(
    fitted, likelihood, cdnow, predictions
):
    """Its optimiser stopped a little short of the maximum, so its parameters are read from a tenth of its answers."""
    histories = [column.to_numpy(dtype=float) for column in cdnow.columns()]

    def difference(model, rows):
        some = [column[rows] for column in histories]
        purchases = model.expected_purchases(39, *some) - predictions.e_x39_pnbd[rows]
        return np.concatenate([purchases, model.probability_alive(*some) - predictions.p_alive_pnbd[rows]])

    start = np.log(list(fitted.params_.values()))
    found = least_squares(lambda point: difference(fitted.at(np.exp(point)), slice(None, None, 10)), start, xtol=1e-14)
    there = fitted.at(np.exp(found.x))
    assert np.abs(difference(there, slice(None))).max() < 1e-6
    assert 0 < fitted.log_likelihood_ - likelihood(np.exp(found.x))[0] < 1e-6
    assert np.abs(difference(fitted, slice(None))).max() < 2e-4


def test_the_gradient_vanishes_at_the_fit(fitted, likelihood):
    parameters = np.array(list(fitted.params_.values()))
    assert np.abs(likelihood(parameters)[1] * parameters).max() < 1e-6


def test_alive_ranks_who_will_be_active(fitted, cdnow, predictions):
    alive = fitted.probability_alive(*cdnow.columns())
    assert roc_auc_score(predictions.x_star > 0, alive) > 0.65  # in BG/NBD it is .316: one-time buyers never leave


def test_a_shape_of_leaving_of_one_is_no_pole(fitted):
    history = (52, [0, 4], [0, 20], [30, 30])
    at = fitted.at([0.5, 10, 1.0, 12]).expected_purchases(*history)
    sides = [fitted.at([0.5, 10, 1 + shift, 12]).expected_purchases(*history) for shift in (-1e-9, 1e-9)]
    np.testing.assert_allclose(sides, [at, at], rtol=1e-7)
