"""BG/NBD on the CDNOW sample equals what was published, and keeps its digits where formulas usually lose them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import hyp2f1
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

from ml.clv import BetaGeoModel
from ml.clv.beta_geo_likelihood import BetaGeoLikelihood
from tests.ml.clv.simulated_histories import simulated_histories


@pytest.fixture(scope="module")
def fitted(cdnow):
    return BetaGeoModel().fit(*cdnow.columns())


def with_params(r, alpha, a, b):
    model = BetaGeoModel()
    model.params_ = {"r": r, "alpha": alpha, "a": a, "b": b}
    return model


def test_parameters_are_those_of_the_paper(fitted, published):
    assert fitted.params_ == pytest.approx(published["bgnbd.params"], abs=1e-3)  # Fader, Hardie, Lee (2005), Table 2


def test_parameters_and_likelihood_are_those_of_clvtools(fitted, published):
    expected = published["bgnbd.clvtools"]  # CLVTools, test_correctness_bgnbd.R
    assert fitted.log_likelihood_ == pytest.approx(expected["LL"], abs=1e-3)
    assert fitted.params_ == pytest.approx({name: expected[name] for name in fitted.params_}, rel=1e-5)


def test_parameters_are_those_of_btyd(fitted, published):
    assert list(fitted.params_.values()) == pytest.approx(published["bgnbd.btyd"], abs=5e-4)  # BTYD walkthrough, 4


def test_rounded_histories_give_the_spreadsheet(rounded_cdnow):
    model = BetaGeoModel().fit(rounded_cdnow.x, rounded_cdnow.t_x, rounded_cdnow["T"])
    assert model.log_likelihood_ == pytest.approx(-9582.42556057, abs=1e-8)  # the paper's spreadsheet, bgnbd.LL
    expected = {"r": 0.24259291, "alpha": 4.4135316, "a": 0.7928862, "b": 2.4257534}  # bgnbd.params, rounded
    assert model.params_ == pytest.approx(expected, abs=1e-6)


def test_the_gradient_vanishes_at_the_fit(fitted, cdnow):
    x, t_x, age = (column.to_numpy(dtype=float) for column in cdnow.columns())
    parameters = np.array(list(fitted.params_.values()))
    _, gradient, _ = BetaGeoLikelihood(x, t_x, age, np.ones(len(x)))(parameters)
    assert np.abs(gradient * parameters).max() < 1e-6


def test_every_customer_is_predicted_like_the_independent_implementation(fitted, cdnow, predictions):
    expected = fitted.expected_purchases(39, *cdnow.columns())
    np.testing.assert_allclose(expected, predictions.e_x39_bgnbd, rtol=0, atol=1e-6)
    np.testing.assert_allclose(fitted.probability_alive(*cdnow.columns()), predictions.p_alive_bgnbd, atol=1e-6)


def test_new_customers_expect_the_published_purchases(fitted, published):
    # Hardie's spreadsheet through lifetimes' test_estimation.py; BTYD walkthrough 4.3
    times = [0.1429, 1, 3, 31.8571, 32, 78]
    np.testing.assert_allclose(fitted.expected_purchases_of_new_customer(times), published["bgnbd.EXt"], atol=1e-3)
    assert fitted.expected_purchases_of_new_customer([52])[0] == pytest.approx(published["bgnbd.E52"], abs=1e-3)


def test_named_customers_are_predicted_as_published(fitted, published):
    assert fitted.expected_purchases(39, [2], [30.43], [38.86])[0] == pytest.approx(published["bgnbd.CE"], abs=1e-3)
    loyal = ([26], [30.857], [31])
    assert fitted.expected_purchases(52, *loyal)[0] == pytest.approx(published["bgnbd.1516"]["CE52"], abs=1e-3)
    assert fitted.probability_alive(*loyal)[0] == pytest.approx(published["bgnbd.1516"]["p_alive"], abs=1e-3)


def test_more_purchases_long_ago_promise_less(fitted, published):
    # The increasing frequency paradox, BTYD walkthrough 4.3
    expected = fitted.expected_purchases(52, [10, 15, 20, 25], [20] * 4, [39] * 4)
    np.testing.assert_allclose(expected, published["bgnbd.paradox"], atol=1e-4)
    assert (np.diff(expected) < 0).all()


def test_distribution_of_purchases_is_the_published_one(published):
    model = with_params(0.243, 4.414, 0.793, 2.426)
    two = [model.probability_of_purchases([10], 2)[0], model.probability_of_purchases([0], 39)[0]]
    np.testing.assert_allclose(two, published["bgnbd.pmf"]["p"], atol=1e-6)
    np.testing.assert_allclose(
        model.probability_of_purchases(np.arange(11, 21), 30), published["bgnbd.pmf"]["pmf30"], atol=1e-6
    )


def test_likelihood_keeps_its_digits_at_two_hundred_purchases(published):
    parameters = np.array([0.25, 4.0, 0.8, 2.5])
    rows = [(0.0, 0.0), (200.0, 38.0)]  # Hardie, note 027 on overflow, through pymc-marketing's test_beta_geo.py
    values = [BetaGeoLikelihood(*(np.array([v]) for v in (x, t_x, 40.0, 1.0)))(parameters)[0] for x, t_x in rows]
    np.testing.assert_allclose(values, published["bgnbd.stable_logp"], atol=1e-4)


def test_holdout_table_is_that_of_the_walkthrough(fitted, cdnow, predictions, published):
    expected = fitted.expected_purchases(39, *cdnow.columns())
    table = published["bgnbd.CEtable"]  # BTYD walkthrough 4.4.2
    groups = np.minimum(predictions.x, 7)
    assert [int((groups == k).sum()) for k in range(8)] == table["n"]
    np.testing.assert_allclose([predictions.x_star[groups == k].mean() for k in range(8)], table["actual"], atol=5e-4)
    np.testing.assert_allclose([expected[groups == k].mean() for k in range(8)], table["expected"], atol=5e-4)


def test_alive_is_no_churn_score_but_expected_purchases_rank(fitted, cdnow, predictions):
    active = predictions.x_star > 0
    alive = fitted.probability_alive(*cdnow.columns())
    assert (alive[predictions.x == 0] == 1).all()
    assert roc_auc_score(active, alive) == pytest.approx(0.316, abs=5e-4)  # reference README
    assert roc_auc_score(active, fitted.expected_purchases(39, *cdnow.columns())) == pytest.approx(0.773, abs=5e-4)


def test_expected_purchases_equal_the_papers_formula():
    model, (x, t_x, age), t = with_params(0.8, 5.0, 0.9, 3.0), simulated_histories(500, 0.8, 5.0, 0.9, 3.0), 20.0
    r, alpha, a, b = model.params_.values()
    few = x < 15  # beyond, the direct form itself loses digits
    x, t_x, age = x[few], t_x[few], age[few]
    series = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    numerator = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * series)
    odds = np.where(x > 0, a / np.where(x > 0, b + x - 1, 1) * ((alpha + age) / (alpha + t_x)) ** (r + x), 0)
    np.testing.assert_allclose(model.expected_purchases(t, x, t_x, age), numerator / (1 + odds), rtol=1e-10)


@pytest.mark.parametrize(("a", "b"), [(3, 8), (12, 3000), (300, 900), (8000, 8000), (8000, 3)])
@pytest.mark.parametrize("x", [0, 5, 100])
def test_expected_purchases_survive_where_the_closed_form_overflows(a, b, x):
    drop_out = beta(a, b + x)
    low, high = drop_out.ppf(1e-15), drop_out.ppf(1 - 1e-15)

    def purchases(p, r=5.0, alpha=0.5, age=3.0, t=52.0):
        return -np.expm1(-(r + x) * np.log1p(p * t / (alpha + age))) / p * drop_out.pdf(p)

    direct, _ = quad(purchases, low, high, points=[drop_out.mean()], limit=500, epsabs=0, epsrel=1e-11)
    model = with_params(5.0, 0.5, a, b)
    history = ([x], [3 if x else 0], [3])
    expected = model.expected_purchases(52, *history) / model.probability_alive(*history)
    assert expected[0] == pytest.approx(direct, rel=1e-8)


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.6, 0.4)])
def test_the_poles_of_the_formula_are_bridged(a, b):
    history = ([0, 4], [0, 20], [30, 30])
    at = with_params(0.5, 4, a, b).expected_purchases(10, *history)
    beside = with_params(0.5, 4, a + 1e-4, b).expected_purchases(10, *history)
    np.testing.assert_allclose(at, beside, rtol=1e-3)
    assert np.isfinite(at).all()
