"""The log-likelihoods of BG/NBD and MBG/NBD with gradient and Hessian, each special function once a distinct value."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, gammaln

from ml.clv.distinct import Distinct
from ml.clv.gamma_poisson import GammaPoissonTerm, trigamma


def odds_of_drop_out(parameters, x, t_x, T, first_may_be_last):
    """Odds that a customer of that history has dropped out: the ratio of the two terms of the likelihood.

    BG/NBD: Fader, Hardie, Lee (2005), eq. 6, 0 without a repeat purchase. MBG/NBD, where the first purchase
    may be the last: Batislam, Denizel, Filiztekin (2007), with b + x for b + x - 1.
    """
    r, alpha, a, b = parameters
    odds = (T - t_x) / (alpha + t_x)
    np.log1p(odds, out=odds)
    odds *= r + x
    if first_may_be_last:
        np.exp(odds, out=odds)
        odds *= a / (b + x)
        return odds
    # 1 with a repeat purchase, else 0: a product is cheaper than a branch where both are common.
    again = np.minimum(x, 1.0)
    odds *= again
    np.exp(odds, out=odds)
    odds *= again * a / (b + (x - again))
    return odds


class BetaGeoLikelihood:
    """Callable: parameters (r, alpha, a, b) to value, gradient (4,) and Hessian (4, 4).

    Parameters
    ----------
    x, t_x, T, weights : arrays of shape (n,), distinct histories and the customers each stands for
    """

    _chances_before_first = 0
    """Times a customer may have left before the first repeat purchase."""

    def __init__(self, x, t_x, T, weights):
        self._purchases = GammaPoissonTerm(x, T, weights)
        left = x > 0 if not self._chances_before_first else np.full(len(x), True)
        self._x, self._weights = x[left], weights[left]
        self._distinct_x, self._ages, self._last = Distinct.of(x[left]), Distinct.of(T[left]), Distinct.of(t_x[left])

    def __call__(self, parameters):
        r, alpha, a, b = parameters
        value, gradient, hessian = self._of_drop_out(r, alpha, a, b)
        for part, block in ((self._purchases(r, alpha), slice(0, 2)), (self._of_staying(a, b), slice(2, 4))):
            value += part[0]
            gradient[block] += part[1]
            hessian[block, block] += part[2]
        return value, gradient, hessian

    def _of_staying(self, a, b):
        """Log of the probability of having stayed at every purchase, log B(a, b + stays) - log B(a, b)."""
        n, customers = self._purchases.customers_of_x, self._purchases.customers
        stays = self._purchases.x + self._chances_before_first
        value = n @ (gammaln(b + stays) - gammaln(a + b + stays)) + customers * (gammaln(a + b) - gammaln(b))
        both = n @ digamma(a + b + stays) - customers * digamma(a + b)
        both_twice = n @ trigamma(a + b + stays) - customers * trigamma(a + b)
        by_b = n @ digamma(b + stays) - customers * digamma(b)
        by_b_twice = n @ trigamma(b + stays) - customers * trigamma(b)
        hessian = np.array([[-both_twice, -both_twice], [-both_twice, by_b_twice - both_twice]])
        return value, np.array([-both, by_b - both]), hessian

    def _of_drop_out(self, r, alpha, a, b):
        """Log of one plus the odds of drop-out, over the customers who had a chance to leave."""
        distinct_x, ages, last = self._distinct_x, self._ages, self._last
        inverse_age, inverse_last = 1 / (alpha + ages.values), 1 / (alpha + last.values)
        elapsed = np.log(alpha + ages.values)[ages.code] - np.log(alpha + last.values)[last.code]
        slope = inverse_age[ages.code] - inverse_last[last.code]
        inverse_b = 1 / (b + distinct_x.values + self._chances_before_first - 1)
        rate = r + self._x
        odds = np.log(a * inverse_b)[distinct_x.code] + rate * elapsed
        value = self._weights @ np.logaddexp(0.0, odds)
        dropped = self._weights * expit(odds)
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


class ModifiedBetaGeoLikelihood(BetaGeoLikelihood):
    """The same where the first purchase may be the last one."""

    _chances_before_first = 1
