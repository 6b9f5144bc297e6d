"""Pareto/NBD: customers who buy at their own pace and leave after a lifetime of their own."""

from __future__ import annotations

import numpy as np

from ml.clv.distinct import grouped_rows
from ml.clv.gamma_poisson import probability_of_count
from ml.clv.pareto_nbd_likelihood import ParetoNBDLikelihood, odds_of_drop_out
from ml.clv.purchase_model import PurchaseModel

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


class ParetoNBDModel(PurchaseModel):
    """Purchases by a Poisson process with gamma rates; exponential lifetimes whose rates are gamma over customers.

    Attributes
    ----------
    params_ : dict with r, alpha (of purchases), s, beta (of leaving); alpha and beta in the unit of time
    standard_errors_ : dict, from the observed information; nan where the data do not determine a parameter
    covariance_ : array of shape (4, 4), of the parameters in the order of `params_`
    log_likelihood_ : float, of all histories in their own unit of time

    References
    ----------
    Schmittlein, Morrison, Colombo (1987), Counting your customers: who are they and what will they do next?,
    Management Science 33(1), 1-24. Fader, Hardie (2005), A note on deriving the Pareto/NBD model and related
    expressions, brucehardie.com/notes/009. How the likelihood keeps its digits: `ml.clv.pareto_integral`.
    """

    _title = "Pareto/NBD"
    _names = ("r", "alpha", "s", "beta")
    _unit = (0, 1, 0, 1)
    _starts = ((0.5, 0.3, 0.6, 0.3), (1.0, 0.1, 0.5, 1.0), (2.0, 0.5, 2.0, 3.0))
    _likelihood = ParetoNBDLikelihood

    def _odds_of_drop_out(self, parameters, x, t_x, age):
        return odds_of_drop_out(parameters, x, t_x, age)

    def _alive(self, parameters, x, t_x, age, times=None):
        # The integral costs more than to find out which histories are equal.
        once, group = grouped_rows([x, t_x, age])
        alive = super()._alive(parameters, *once)[group]
        return alive if times is None else alive * times[0][times[1]]

    def _while_active(self, parameters, t, x, age):
        r, alpha, s, beta = parameters
        return (r + x) / (alpha + age) * (beta + age) * _lifetime_within(s, np.log1p(t / (beta + age)))

    def _of_new_customer(self, parameters, t):
        return self._while_active(parameters, t, np.zeros_like(t), np.zeros_like(t))

    def _of_purchases(self, parameters, n, t):
        """Bought n times and stayed, or left at a time before t that is integrated out on a scale of logarithms."""
        r, alpha, s, beta = parameters
        end = np.log1p(t / beta)
        stayed = np.exp(-s * end) * probability_of_count(r, alpha, n, t)
        z = end[:, None] * (_NODES + 1) / 2
        counts = probability_of_count(r, alpha, n[:, None], beta * np.expm1(z))
        return stayed + (s * np.exp(-s * z) * counts) @ _WEIGHTS * end / 2


def _lifetime_within(s, elapsed):
    """Mean time an active customer stays in a period, in units of beta + age: (1 - exp(-(s - 1) * elapsed)) / (s - 1).

    `elapsed` is log((beta + age + t) / (beta + age)); at s = 1 it is the value itself.
    """
    return elapsed if s == 1 else -np.expm1(-(s - 1) * elapsed) / (s - 1)
