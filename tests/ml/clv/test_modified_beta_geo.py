"""MBG/NBD on the CDNOW sample equals what was published, and lets one-time buyers leave."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import hyp2f1
from sklearn.metrics import roc_auc_score

from ml.clv import BetaGeoModel, ModifiedBetaGeoModel
from ml.clv.beta_geo_likelihood import ModifiedBetaGeoLikelihood
from tests.ml.clv.simulated_histories import simulated_modified_histories


@pytest.fixture(scope="module")
def fitted(cdnow):
    return ModifiedBetaGeoModel().fit(*cdnow.columns())


def with_params(r, alpha, a, b):
    model = ModifiedBetaGeoModel()
    model.params_ = {"r": r, "alpha": alpha, "a": a, "b": b}
    return model


def test_parameters_are_the_published_ones(fitted, published):
    # BTYDplus; its third digit and ours are those of lifetimes' tests
    assert fitted.params_ == pytest.approx(published["mbgnbd.params"], abs=1e-3)


def test_every_customer_is_predicted_like_the_independent_implementation(fitted, cdnow, predictions):
    expected = fitted.expected_purchases(39, *cdnow.columns())
    np.testing.assert_allclose(expected, predictions.e_x39_mbgnbd, rtol=0, atol=1e-6)
    alive = fitted.probability_alive(*cdnow.columns())
    np.testing.assert_allclose(alive, predictions.p_alive_mbgnbd, rtol=0, atol=1e-6)


def test_likelihood_keeps_its_digits_at_two_hundred_purchases(published):
    rows = [(0.0, 0.0), (200.0, 38.0)]  # pymc-marketing, test_modified_beta_geo.py
    likelihoods = [ModifiedBetaGeoLikelihood(*(np.array([v]) for v in (x, t_x, 40.0, 1.0))) for x, t_x in rows]
    values = [likelihood(np.array([0.25, 4.0, 0.8, 2.5]))[0] for likelihood in likelihoods]
    np.testing.assert_allclose(values, published["mbgnbd.stable_logp"], rtol=0, atol=1e-4)


def test_one_time_buyers_may_have_left_and_that_ranks_better_than_bgnbd(fitted, cdnow, predictions):
    alive = fitted.probability_alive(*cdnow.columns())
    assert (alive[predictions.x == 0] < 1).all()
    of_beta_geo = BetaGeoModel().fit(*cdnow.columns()).probability_alive(*cdnow.columns())
    active = predictions.x_star > 0
    assert roc_auc_score(active, alive) > roc_auc_score(active, of_beta_geo) + 0.2


def test_expected_purchases_equal_the_papers_formula():
    model, (x, t_x, age), t = with_params(0.8, 5.0, 0.9, 3.0), simulated_modified_histories(500, 0.8, 5, 0.9, 3), 20.0
    r, alpha, a, b = model.params_.values()
    few = x < 15  # beyond, the direct form itself loses digits
    x, t_x, age = x[few], t_x[few], age[few]
    series = hyp2f1(r + x, b + x + 1, a + b + x, t / (alpha + age + t))
    numerator = (a + b + x) / (a - 1) * (1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * series)
    odds = a / (b + x) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    np.testing.assert_allclose(model.expected_purchases(t, x, t_x, age), numerator / (1 + odds), rtol=1e-10)
