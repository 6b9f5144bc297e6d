"""What holds for every model of purchase histories: weights, order, units, derivatives, tails, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from ml.clv import BetaGeoModel, FlatLikelihood, ModifiedBetaGeoModel, ParetoNBDModel
from ml.errors import NotEnoughHistory
from tests.ml.clv.simulated_histories import (
    simulated_histories,
    simulated_modified_histories,
    simulated_pareto_histories,
)

CASES = {
    "bgnbd": (BetaGeoModel, simulated_histories, {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 3.0}),
    "mbgnbd": (ModifiedBetaGeoModel, simulated_modified_histories, {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 3.0}),
    "pnbd": (ParetoNBDModel, simulated_pareto_histories, {"r": 0.8, "alpha": 5.0, "s": 0.9, "beta": 20.0}),
}
EVERY_MODEL = pytest.mark.parametrize(("model", "simulated", "truth"), CASES.values(), ids=CASES)
FEW_CUSTOMERS = 1500


def at(model, parameters):
    fitted = model()
    fitted.params_ = dict(zip(model._names, map(float, parameters), strict=True))
    return fitted


@EVERY_MODEL
def test_weights_stand_for_repeated_rows(model, simulated, truth):
    x, t_x, age = (np.floor(column) for column in simulated(FEW_CUSTOMERS, **truth))
    t_x = np.where((x > 0) & (t_x == 0), 1, t_x)
    rows, counts = np.unique(np.column_stack([x, t_x, age]), axis=0, return_counts=True)
    grouped, plain = model().fit(*rows.T, weights=counts), model().fit(x, t_x, age)
    assert len(rows) < FEW_CUSTOMERS
    assert grouped.params_ == plain.params_
    assert grouped.log_likelihood_ == plain.log_likelihood_
    np.testing.assert_array_equal(grouped.covariance_, plain.covariance_)


@EVERY_MODEL
def test_order_of_rows_changes_no_bit(model, simulated, truth):
    histories = simulated(FEW_CUSTOMERS, **truth)
    order = np.random.default_rng(7).permutation(FEW_CUSTOMERS)
    plain, shuffled = model().fit(*histories), model().fit(*(column[order] for column in histories))
    assert shuffled.params_ == plain.params_
    assert shuffled.log_likelihood_ == plain.log_likelihood_
    np.testing.assert_array_equal(
        shuffled.expected_purchases(10, *(column[order] for column in histories)),
        plain.expected_purchases(10, *histories)[order],
    )


@EVERY_MODEL
def test_a_sample_only_shortens_the_way(model, simulated, truth, monkeypatch):
    histories = simulated(FEW_CUSTOMERS, **truth)
    plain = model().fit(*histories)
    monkeypatch.setattr("ml.clv.likelihood_model._SAMPLED_CUSTOMERS", 200)
    assert model().fit(*histories).params_ == pytest.approx(plain.params_, rel=1e-7)


@EVERY_MODEL
def test_the_unit_of_time_changes_only_what_has_it(model, simulated, truth):
    x, t_x, age = simulated(FEW_CUSTOMERS, **truth)
    weekly, daily = model().fit(x, t_x, age), model().fit(x, t_x * 7, age * 7)
    factor = {"alpha": 7.0, "beta": 7.0}
    expected = {name: value * factor.get(name, 1.0) for name, value in weekly.params_.items()}
    assert daily.params_ == pytest.approx(expected, rel=1e-7)
    assert daily.log_likelihood_ == pytest.approx(weekly.log_likelihood_ - np.log(7) * x.sum(), rel=1e-12)
    alive = weekly.probability_alive(x, t_x, age)
    np.testing.assert_allclose(daily.probability_alive(x, t_x * 7, age * 7), alive, rtol=1e-6)


@EVERY_MODEL
@pytest.mark.parametrize("seed", range(4))
def test_derivatives_equal_finite_differences(model, simulated, truth, seed):
    generator = np.random.default_rng(seed)
    x = np.floor(generator.pareto(0.7, 80)).clip(max=10_000)
    age = generator.uniform(0.2, 1, 80)
    t_x = np.where(x > 0, age * generator.uniform(0.01, 1, 80), 0)
    likelihood = model._likelihood(x, t_x, age, generator.integers(1, 5, 80).astype(float))
    point = generator.uniform(-2.5, 2, 4)
    _, gradient, hessian = likelihood(np.exp(point))

    def difference(of):
        """Central differences by the parameters, relative to them."""
        return np.array(
            [
                (of(np.exp(point + step)) - of(np.exp(point - step))) / (2e-5 * np.exp(point[place]))
                for place, step in enumerate(np.eye(4) * 1e-5)
            ]
        )

    scale = np.abs(gradient).max()
    np.testing.assert_allclose(difference(lambda p: likelihood(p)[0]), gradient, rtol=1e-5, atol=1e-7 * scale)
    spread = np.abs(hessian).max()
    np.testing.assert_allclose(difference(lambda p: likelihood(p)[1]), hessian, rtol=1e-4, atol=1e-7 * spread)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12)


@EVERY_MODEL
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_predictions_keep_sense_far_out(model, simulated, truth, seed):
    """Up to 10,000 purchases and units of time, parameters from 1e-4 to 1e3."""
    generator = np.random.default_rng(seed)
    fitted = at(model, np.exp(generator.uniform(np.log(1e-4), np.log(1e3), 4)))
    x = np.floor(10_000 ** generator.uniform(0, 1, 300)) - 1
    age = 10 ** generator.uniform(-1, 4, 300)
    t_x = np.where(x > 0, age * generator.uniform(0.001, 1, 300), 0)
    alive = fitted.probability_alive(x, t_x, age)
    assert ((alive >= 0) & (alive <= 1)).all()
    soon, later = (fitted.expected_purchases(t, x, t_x, age) for t in (1.0, 100.0))
    r, alpha = list(fitted.params_.values())[:2]
    of_a_loyal_customer = (r + x) / (alpha + age)
    assert (soon >= 0).all()
    assert (soon <= of_a_loyal_customer * (1 + 1e-7)).all()
    assert (later >= soon * (1 - 1e-7)).all()
    assert (later <= of_a_loyal_customer * 100 * (1 + 1e-7)).all()
    np.testing.assert_array_equal(fitted.expected_purchases(0.0, x, t_x, age), 0)


@EVERY_MODEL
def test_chances_of_counts_sum_to_one_and_have_the_expected_mean(model, simulated, truth):
    fitted, n = at(model, truth.values()), np.arange(4000)
    chances = fitted.probability_of_purchases(n, 30)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert n @ chances == pytest.approx(fitted.expected_purchases_of_new_customer([30])[0], abs=1e-7)


@EVERY_MODEL
def test_predictions_are_the_means_of_the_story(model, simulated, truth):
    """200,000 customers of one age: their purchases, counted, equal what the parameters promise."""
    x, _, age = simulated(200_000, **truth)
    fitted = at(model, truth.values())
    expected = fitted.expected_purchases_of_new_customer(age)
    assert x.sum() == pytest.approx(expected.sum(), abs=4 * np.sqrt(len(x)) * x.std())
    none = fitted.probability_of_purchases(np.zeros_like(age), age).sum()
    assert (x == 0).sum() == pytest.approx(none, abs=4 * np.sqrt(none))


@EVERY_MODEL
def test_intervals_are_wald_on_the_logarithm(model, simulated, truth):
    fitted = model().fit(*simulated(FEW_CUSTOMERS, **truth))
    low, high = fitted.confidence_intervals(0.95)["r"]
    reach = norm.ppf(0.975) * fitted.standard_errors_["r"] / fitted.params_["r"]
    np.testing.assert_allclose([low, high], fitted.params_["r"] * np.exp([-reach, reach]))
    narrow = fitted.confidence_intervals(0.5)["r"]
    assert low < narrow[0] < fitted.params_["r"] < narrow[1] < high


@pytest.mark.parametrize(
    ("model", "leaving"), [(BetaGeoModel, "a, b"), (ModifiedBetaGeoModel, "a, b"), (ParetoNBDModel, "s, beta")]
)
def test_customers_who_never_leave_are_fitted_and_said_to_be_so(model, leaving):
    generator = np.random.default_rng(11)
    age = np.full(2000, 50.0)
    x = generator.poisson(generator.gamma(2.0, 1 / 4.0, 2000) * age).astype(float)
    t_x = np.where(x > 0, age * generator.uniform(0, 1, 2000) ** (1 / np.maximum(x, 1)), 0)
    with pytest.warns(FlatLikelihood, match=f"do not determine {leaving}"):
        fitted = model().fit(x, t_x, age)
    assert fitted.params_["r"] == pytest.approx(2.0, rel=0.1)
    assert np.isnan([fitted.standard_errors_[name] for name in leaving.split(", ")]).all()
    assert np.isnan(fitted.confidence_intervals()[leaving[0]]).all()
    assert np.isfinite(fitted.standard_errors_["r"])
    assert fitted.probability_alive(x, t_x, age).mean() > 0.99


@pytest.mark.filterwarnings("ignore::ml.clv.FlatLikelihood")
@pytest.mark.parametrize("seed", range(12))
@EVERY_MODEL
def test_few_customers_of_another_story_are_fitted_all_the_same(model, simulated, truth, seed):
    """Their likelihoods rise along ridges to the edge of what is searched."""
    generator = np.random.default_rng(seed)
    for _, other, _ in CASES.values():
        parameters = np.exp(generator.uniform([-1.5, 0, -1.5, 0], [1.5, 3, 1.5, 4]))
        histories = other(150 + 20 * seed, *parameters, seed=seed)
        fitted = model().fit(*histories)
        expected = fitted.expected_purchases(52, *histories)
        assert np.isfinite(expected).all()
        assert (expected >= 0).all()


@pytest.mark.verify
@EVERY_MODEL
def test_known_parameters_lie_within_their_intervals(model, simulated, truth):
    seeds = range(20)
    inside = dict.fromkeys(truth, 0)
    for seed in seeds:
        ends = model().fit(*simulated(20_000, **truth, seed=seed)).confidence_intervals(0.95)
        for name, value in truth.items():
            inside[name] += ends[name][0] <= value <= ends[name][1]
    assert min(inside.values()) >= 17, inside


@EVERY_MODEL
def test_known_parameters_are_recovered_within_three_errors(model, simulated, truth):
    fitted = model().fit(*simulated(20_000, **truth))
    for name, value in truth.items():
        assert abs(fitted.params_[name] - value) < 3 * fitted.standard_errors_[name]


@EVERY_MODEL
def test_estimators_follow_the_conventions_of_scikit_learn(model, simulated, truth):
    histories = simulated(FEW_CUSTOMERS, **truth)
    fitted = model().fit(*histories)
    assert fitted.fit(*histories) is fitted
    assert clone(fitted).get_params() == fitted.get_params() == {}
    assert not hasattr(clone(fitted), "params_")
    for predict in ("probability_alive", "expected_purchases"):
        with pytest.raises(NotFittedError):
            getattr(model(), predict)(*([1] if predict == "expected_purchases" else []), *histories)


@pytest.mark.parametrize("model", [case[0] for case in CASES.values()], ids=CASES)
@pytest.mark.parametrize(
    ("frequency", "recency", "T", "weights", "words"),
    [
        ([1, np.nan], [3, 1], [5, 8], None, "row 1: frequency is nan"),
        ([1, 2], [3, -1], [5, 8], None, "row 1: recency is -1.0"),
        ([1, 2], [3, 4], [np.inf, 8], None, "row 0: T is inf"),
        ([1, 2], [3, 9], [5, 8], None, "row 1: recency 9.0 is later than the age T 8.0"),
        ([1, -2], [3, 1], [5, 8], None, r"row 1: frequency is -2\.0"),
        ([1, 1.5], [3, 1], [5, 8], None, r"row 1: frequency 1\.5 is not a whole number"),
        ([1, 2], [3, 0], [5, 8], None, r"row 1: frequency 2\.0 with recency 0"),
        ([0, 2], [1, 3], [5, 8], None, r"row 0: recency 1\.0 with frequency 0"),
        ([1, None], [3, 4], [5, 8], None, "row 1: frequency is nan"),
        ([1, 2], [3, "four"], [5, 8], None, "recency must be a column of numbers"),
        ([1, 2], [3, 4], [5], None, r"'T': \(1,\)"),
        ([1, 2], [3, 4], [5, 8], [1, np.nan], "row 1: weights is nan"),
        ([1, 2], [3, 4], [5, 8], [1, 0], "row 1: the weight is 0"),
        ([1, 2], [3, 4], [5, 8], [1], r"weights have shape \(1,\)"),
    ],
)
def test_what_cannot_be_is_refused_by_column_and_row(model, frequency, recency, T, weights, words):
    with pytest.raises(ValueError, match=words):
        model().fit(frequency, recency, T, weights)


@EVERY_MODEL
def test_a_length_of_time_that_fits_no_row_is_refused(model, simulated, truth):
    fitted = at(model, truth.values())
    with pytest.raises(ValueError, match="t has length 3; one for all 2 rows"):
        fitted.expected_purchases([1, 2, 3], [1, 2], [3, 4], [5, 8])
    with pytest.raises(ValueError, match=r"row 0: t is -1\.0"):
        fitted.expected_purchases(-1, [1, 2], [3, 4], [5, 8])


@EVERY_MODEL
def test_one_time_buyers_alone_are_not_enough(model, simulated, truth):
    with pytest.raises(NotEnoughHistory, match="0 of 3 customers bought again"):
        model().fit([0, 0, 0], [0, 0, 0], [10, 20, 30])
