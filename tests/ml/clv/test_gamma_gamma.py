"""Gamma-Gamma on the 946 repeat customers of the CDNOW sample equals what was published."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from ml.clv import GammaGammaModel
from ml.clv.gamma_gamma import _Likelihood
from ml.errors import NotEnoughHistory


@pytest.fixture(scope="module")
def repeating(predictions):
    return predictions[predictions.x > 0]


@pytest.fixture(scope="module")
def fitted(repeating):
    return GammaGammaModel().fit(repeating.x, repeating.m_x)


def test_parameters_and_likelihood_are_the_published_ones(fitted, repeating, published):
    expected = published["gg.params"]  # Fader, Hardie (2013), note 025; CLVTools, test_correctness_gg.R
    assert len(repeating) == 946
    assert list(fitted.params_.values()) == pytest.approx([expected[name] for name in ("p", "q", "gamma")], abs=0.01)
    assert fitted.log_likelihood_ == pytest.approx(expected["LL"], abs=1e-3)


def test_every_customer_is_predicted_like_the_independent_implementation(fitted, predictions):
    expected = fitted.expected_spend(predictions.x, predictions.m_x)
    np.testing.assert_allclose(expected, predictions.e_money_gg, rtol=0, atol=1e-6)


def test_first_ten_customers_expect_the_published_spend(predictions, published):
    model = GammaGammaModel()
    model.params_ = {"p": 6.25, "q": 3.74, "v": 15.44}
    first = predictions.sort_values("id").head(10)
    np.testing.assert_allclose(model.expected_spend(first.x, first.m_x), published["gg.condexp"], atol=0.1)


def test_derivatives_equal_finite_differences():
    generator = np.random.default_rng(3)
    likelihood = _Likelihood(generator.integers(1, 9, 50).astype(float), generator.gamma(3, 0.3, 50), np.ones(50))
    at = np.array([2.0, 3.0, 0.8])
    _, gradient, hessian = likelihood(at)
    np.testing.assert_allclose(approx_fprime(at, lambda p: likelihood(p)[0], 1e-7), gradient, rtol=1e-4, atol=1e-3)
    columns = [approx_fprime(at, lambda p, k=k: likelihood(p)[1][k], 1e-7) for k in range(3)]
    np.testing.assert_allclose(columns, hessian, rtol=1e-4, atol=1e-3)


def test_simulated_spend_gives_back_its_parameters_within_three_errors():
    truth, generator, customers = {"p": 4.0, "q": 5.0, "v": 30.0}, np.random.default_rng(9), 20_000
    x = generator.geometric(0.3, customers)
    scale = generator.gamma(truth["q"], 1 / truth["v"], customers)
    spend = generator.gamma(truth["p"] * x, 1 / scale) / x
    model = GammaGammaModel().fit(x, spend)
    for name, value in truth.items():
        assert abs(model.params_[name] - value) < 3 * model.standard_errors_[name]


def test_the_unit_of_money_changes_the_scale_alone(fitted, repeating):
    cents = GammaGammaModel().fit(repeating.x, repeating.m_x * 100)
    assert cents.params_ == pytest.approx(fitted.params_ | {"v": fitted.params_["v"] * 100}, rel=1e-7)
    assert cents.log_likelihood_ == pytest.approx(fitted.log_likelihood_ - np.log(100) * 946, abs=1e-6)


def test_mean_spend_of_a_one_time_buyer_is_not_read(fitted):
    assert fitted.expected_spend([0], [np.nan]) == fitted.expected_spend([0], [0.0])


def test_a_spend_without_expectation_is_missing():
    model = GammaGammaModel()
    model.params_ = {"p": 2.0, "q": 0.9, "v": 5.0}
    assert np.isnan(model.expected_spend([0], [0.0])).all()
    assert np.isfinite(model.expected_spend([1], [10.0])).all()


@pytest.mark.parametrize(("frequency", "spend"), [([1, 0, 2], [5, 6, 7]), ([1, 2, 2], [5, 0, 7])])
def test_what_is_not_positive_is_refused_by_its_row(frequency, spend):
    with pytest.raises(ValueError, match=r"row 1: frequency .* mean spend .* leave the others out"):
        GammaGammaModel().fit(frequency, spend)


@pytest.mark.parametrize(("frequency", "spend"), [([1, 2], [5, 6]), ([1, 2, 3], [5, 5, 5])])
def test_too_few_customers_or_one_price_are_not_enough(frequency, spend):
    with pytest.raises(NotEnoughHistory, match="at least 3 customers and 2 different spends"):
        GammaGammaModel().fit(frequency, spend)
