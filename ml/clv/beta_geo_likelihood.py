"""The log-likelihood of BG/NBD with its gradient and Hessian, each special function once per distinct value."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, gammaln, polygamma

from ml.clv.histories import Distinct


def log_odds_of_drop_out(parameters, x, t_x, T):
    """Log odds that a customer of that history has dropped out, -inf without a repeat purchase.

    Fader, Hardie, Lee (2005), eq. 6: the ratio of the two terms of the likelihood.
    """
    r, alpha, a, b = parameters
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(a) - np.log(b + x - 1) + (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
    return np.where(x > 0, odds, -np.inf)


class BetaGeoLikelihood:
    """Callable: parameters (r, alpha, a, b) to value, gradient (4,) and Hessian (4, 4).

    Parameters
    ----------
    x, t_x, T, weights : arrays of shape (n,), distinct histories and the customers each stands for
    """

    def __init__(self, x, t_x, T, weights):
        self._all_x, all_age = Distinct.of(x), Distinct.of(T)
        self._customers_of_x = self._all_x.sums(weights)
        self._ages, self._customers_of_age = all_age.values, all_age.sums(weights)
        self._purchases_of_age = all_age.sums(weights * x)
        self._weight = weights.sum()
        again = x > 0
        self._x, self._repeat_weights = x[again], weights[again]
        self._repeat_x, self._repeat_age = Distinct.of(x[again]), Distinct.of(T[again])
        self._last = Distinct.of(t_x[again])

    def __call__(self, parameters):
        value, gradient, hessian = self._of_surviving(*parameters)
        drop_value, drop_gradient, drop_hessian = self._of_drop_out(*parameters)
        return value + drop_value, gradient + drop_gradient, hessian + drop_hessian

    def _of_surviving(self, r, alpha, a, b):
        """Log of the term of a customer still active at T: separable in x and T, so sums over distinct values."""
        x, n, age = self._all_x.values, self._customers_of_x, self._ages
        rate = r * self._customers_of_age + self._purchases_of_age
        log_age = np.log(alpha + age)
        value = (
            n @ (gammaln(r + x) + gammaln(b + x) - gammaln(a + b + x))
            + self._weight * (r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b))
            - rate @ log_age
        )
        both = n @ digamma(a + b + x) - self._weight * digamma(a + b)
        gradient = np.array(
            [
                n @ digamma(r + x) + self._weight * (np.log(alpha) - digamma(r)) - self._customers_of_age @ log_age,
                self._weight * r / alpha - rate @ (1 / (alpha + age)),
                -both,
                n @ digamma(b + x) - self._weight * digamma(b) - both,
            ]
        )
        both_second = n @ polygamma(1, a + b + x) - self._weight * polygamma(1, a + b)
        hessian = np.zeros((4, 4))
        hessian[0, 0] = n @ polygamma(1, r + x) - self._weight * polygamma(1, r)
        hessian[0, 1] = hessian[1, 0] = self._weight / alpha - self._customers_of_age @ (1 / (alpha + age))
        hessian[1, 1] = rate @ (alpha + age) ** -2 - self._weight * r / alpha**2
        hessian[2, 2] = hessian[2, 3] = hessian[3, 2] = -both_second
        hessian[3, 3] = n @ polygamma(1, b + x) - self._weight * polygamma(1, b) - both_second
        return value, gradient, hessian

    def _of_drop_out(self, r, alpha, a, b):
        """Log of one plus the odds of drop-out, over the customers who bought again."""
        distinct_x, ages, last = self._repeat_x, self._repeat_age, self._last
        inverse_age, inverse_last = 1 / (alpha + ages.values), 1 / (alpha + last.values)
        elapsed = np.log(alpha + ages.values)[ages.code] - np.log(alpha + last.values)[last.code]
        slope = inverse_age[ages.code] - inverse_last[last.code]
        inverse_b = 1 / (b + distinct_x.values - 1)
        rate = r + self._x
        odds = np.log(a * inverse_b)[distinct_x.code] + rate * elapsed
        value = self._repeat_weights @ np.logaddexp(0.0, odds)
        dropped = self._repeat_weights * expit(odds)
        spread = dropped * expit(-odds)
        change = np.vstack([elapsed, rate * slope, np.full_like(odds, 1 / a), -inverse_b[distinct_x.code]])
        gradient = change @ dropped
        hessian = (change * spread) @ change.T
        hessian[0, 1] += dropped @ slope
        hessian[1, 0] = hessian[0, 1]
        curve = (inverse_last**2)[last.code] - (inverse_age**2)[ages.code]
        hessian[1, 1] += dropped @ (rate * curve)
        hessian[2, 2] -= dropped.sum() / a**2
        hessian[3, 3] += distinct_x.sums(dropped) @ inverse_b**2
        return value, gradient, hessian
