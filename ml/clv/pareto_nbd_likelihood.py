"""The log-likelihood of Pareto/NBD with its gradient and Hessian."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ml.clv.gamma_poisson import GammaPoissonTerm
from ml.clv.pareto_integral import time_of_leaving


def odds_of_drop_out(parameters, x, t_x, T):
    """Odds that a customer of that history has left by T, 0 where T equals t_x.

    Fader, Hardie (2005), A note on deriving the Pareto/NBD model and related expressions, brucehardie.com/notes/009.
    """
    return np.exp(_log_odds(parameters, x, t_x, T, time_of_leaving(parameters, x, t_x, T, moments=False)))


def _log_odds(parameters, x, t_x, T, leaving):
    r, alpha, s, beta = parameters
    return np.log(s) + leaving.log_integral + (r + x) * np.log(alpha + T) + s * np.log(beta + T)


class ParetoNBDLikelihood:
    """Callable: parameters (r, alpha, s, beta) to value, gradient (4,) and Hessian (4, 4).

    Parameters
    ----------
    x, t_x, T, weights : arrays of shape (n,), distinct histories and the customers each stands for
    """

    def __init__(self, x, t_x, T, weights):
        self._purchases = GammaPoissonTerm(x, T, weights)
        waited = t_x < T
        self._rows, self._weights = (x[waited], t_x[waited], T[waited]), weights[waited]

    def __call__(self, parameters):
        r, alpha, s, beta = parameters
        value, gradient, hessian = self._of_drop_out(parameters)
        for part, block in ((self._purchases(r, alpha), slice(0, 2)), (self._of_staying(s, beta), slice(2, 4))):
            value += part[0]
            gradient[block] += part[1]
            hessian[block, block] += part[2]
        return value, gradient, hessian

    def _of_staying(self, s, beta):
        """Log of the probability of having stayed until T, (beta / (beta + T)) ** s."""
        ages, n = self._purchases.ages, self._purchases.customers_of_age
        elapsed, lost = n @ np.log1p(ages / beta), n @ (ages / (beta * (beta + ages)))
        curve = n @ (1 / (beta + ages) ** 2 - 1 / beta**2)
        return -s * elapsed, np.array([-elapsed, s * lost]), np.array([[0.0, lost], [lost, s * curve]])

    def _of_drop_out(self, parameters):
        """Log of one plus the odds of having left, over the customers whose age is past the last purchase.

        The odds are a mean over when they left, so their derivatives are moments of that time.
        """
        (r, alpha, s, beta), (x, t_x, T) = parameters, self._rows
        leaving = time_of_leaving(parameters, x, t_x, T, moments=True)
        odds = _log_odds(parameters, x, t_x, T, leaving)
        first = leaving.first
        spread = leaving.second - first[:, None] * first[None, :]
        start_a, start_b = 1 / (alpha + t_x), 1 / (beta + t_x)
        # Derivatives of the log integrand by r, alpha, s, beta are constants plus these multiples of the quantities.
        by = np.array([-np.ones_like(x), (r + x) * start_a, -np.ones_like(x), (s + 1) * start_b])
        inverse_a, inverse_b = start_a * (1 - first[1]), start_b * (1 - first[3])
        change = np.array(
            [
                np.log1p((T - t_x) * start_a) - first[0],
                (r + x) * (1 / (alpha + T) - inverse_a),
                1 / s + np.log1p((T - t_x) * start_b) - first[2],
                s / (beta + T) - (s + 1) * inverse_b,
            ]
        )
        dropped = self._weights * expit(odds)
        hessian = (change * (dropped * expit(-odds))) @ change.T
        hessian += np.einsum("ijn,in,jn->ij", spread, by * dropped, by, optimize=True)
        hessian[0, 1] += dropped @ (1 / (alpha + T) - inverse_a)
        hessian[2, 3] += dropped @ (1 / (beta + T) - inverse_b)
        hessian[1, 0], hessian[3, 2] = hessian[0, 1], hessian[2, 3]
        square_a = start_a**2 * (1 - 2 * first[1] + leaving.second[1, 1])
        square_b = start_b**2 * (1 - 2 * first[3] + leaving.second[3, 3])
        hessian[1, 1] += dropped @ ((r + x) * (square_a - (alpha + T) ** -2))
        hessian[2, 2] -= dropped.sum() / s**2
        hessian[3, 3] += dropped @ ((s + 1) * square_b - s * (beta + T) ** -2)
        return self._weights @ np.logaddexp(0.0, odds), change @ dropped, hessian
