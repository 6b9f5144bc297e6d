"""Poisson regression with absorbed levels: against dummies in another library, its intervals against known slopes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from ml.elasticity import fit_absorbed_poisson
from ml.errors import DidNotConverge


def sales(seed: int, slope: float = -1.5, products: int = 40, lines: int = 60):
    """Lines of products with a level of their own, at prices lowered by chance; counts are not Poisson."""
    random = np.random.default_rng(seed)
    product = np.repeat(np.arange(products), lines)
    price = np.log(random.choice([1, 1, 1, 0.9, 0.8, 0.7], len(product)))
    level = np.exp(random.normal(0.5, 0.4, products))[product]
    count = random.poisson(level * np.exp(slope * price) * random.gamma(4, 0.25, len(product)))
    return count.astype(float), price[:, None], product


def test_equals_a_regression_with_a_dummy_for_every_group():
    count, price, product = sales(1)
    dummies = (product[:, None] == np.arange(1, 40)).astype(float)
    other = PoissonRegressor(alpha=0, tol=1e-10, max_iter=10_000).fit(np.column_stack([price, dummies]), count)
    fit = fit_absorbed_poisson(count, np.ones(len(count)), price, product, product)
    assert fit.coefficients[0] == pytest.approx(other.coef_[0], abs=1e-5)


def test_summed_rows_give_the_same_fit():
    count, price, product = sales(2)
    whole = fit_absorbed_poisson(count, np.ones(len(count)), price, product, product)
    keys, place = np.unique(np.column_stack([product, price[:, 0].round(9)]), axis=0, return_inverse=True)
    summed = fit_absorbed_poisson(
        np.bincount(place, count), np.bincount(place).astype(float), keys[:, 1:], keys[:, 0].astype(int),
        keys[:, 0].astype(int),
    )  # fmt: skip
    assert summed.coefficients == pytest.approx(whole.coefficients, abs=1e-7)
    assert summed.standard_errors == pytest.approx(whole.standard_errors, abs=1e-7)


def test_intervals_hold_the_true_slope():
    """Of 60 samples a 95 % interval misses 3; more than 8 would come by chance once in 200 times."""
    missed = 0
    for seed in range(60):
        count, price, product = sales(100 + seed)
        fit = fit_absorbed_poisson(count, np.ones(len(count)), price, product, product)
        missed += abs(fit.coefficients[0] + 1.5) > 2.02 * fit.standard_errors[0]
    assert missed <= 8


def test_a_price_that_never_changes_is_refused():
    count, price, product = sales(3)
    with pytest.raises(DidNotConverge):
        fit_absorbed_poisson(count, np.ones(len(count)), np.column_stack([price, price]), product, product)
