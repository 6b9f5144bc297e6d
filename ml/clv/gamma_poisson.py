"""Purchases by a Poisson process whose rate is gamma over customers: what all purchase models have in common."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, digamma, gammaln, xlogy, zeta

from ml.clv.distinct import Distinct


def trigamma(values):
    """Second derivative of the log of the gamma function, of the shape of `values`."""
    return zeta(2, values)


class GammaPoissonTerm:
    """Callable: r, alpha to value, gradient (2,) and Hessian (2, 2) of the summed
    log Gamma(r + x) - log Gamma(r) + r log(alpha) - (r + x) log(alpha + T).

    It is separable in x and T: each special function runs once per distinct value.
    """

    def __init__(self, x, T, weights):
        distinct_x, ages = Distinct.of(x), Distinct.of(T)
        self.x, self.customers_of_x = distinct_x.values, distinct_x.sums(weights)
        self.ages, self.customers_of_age = ages.values, ages.sums(weights)
        self._purchases_of_age = ages.sums(weights * x)
        self.customers = weights.sum()

    def __call__(self, r, alpha):
        x, n, customers, of_age = self.x, self.customers_of_x, self.customers, self.customers_of_age
        rate = r * of_age + self._purchases_of_age
        log_age, inverse = np.log(alpha + self.ages), 1 / (alpha + self.ages)
        value = n @ gammaln(r + x) + customers * (r * np.log(alpha) - gammaln(r)) - rate @ log_age
        by_r = n @ digamma(r + x) + customers * (np.log(alpha) - digamma(r)) - of_age @ log_age
        by_alpha = customers * r / alpha - rate @ inverse
        mixed = customers / alpha - of_age @ inverse
        by_r_twice = n @ trigamma(r + x) - customers * trigamma(r)
        by_alpha_twice = rate @ inverse**2 - customers * r / alpha**2
        return value, np.array([by_r, by_alpha]), np.array([[by_r_twice, mixed], [mixed, by_alpha_twice]])


def probability_of_count(r, alpha, n, t):
    """Negative binomial probability of `n` purchases in `t` of a customer who never leaves; n and t broadcast."""
    log_chance = gammaln(r + n) - gammaln(r) - gammaln(n + 1) - r * np.log1p(t / alpha) + xlogy(n, t / (alpha + t))
    return np.exp(log_chance)


def probability_of_fewer(r, alpha, n, t):
    """Negative binomial probability of fewer than `n` purchases in `t`, arrays of shape (k,), 0 for n = 0."""
    return np.where(n > 0, betainc(r, np.maximum(n, 1), alpha / (alpha + t)), 0.0)
