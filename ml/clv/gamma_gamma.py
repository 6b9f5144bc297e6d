"""Gamma-Gamma: how much customers spend at a purchase."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln

from ml.clv.distinct import Distinct, blocks
from ml.clv.gamma_poisson import trigamma
from ml.clv.histories import checked_arrays, checked_weights, numbers
from ml.clv.likelihood_model import LikelihoodModel
from ml.errors import NotEnoughHistory


class GammaGammaLikelihood:
    """Callable: parameters (p, q, v) to value, gradient (3,) and Hessian (3, 3); note 025, eq. 1a."""

    def __init__(self, x, spend, weights):
        self._distinct = Distinct.of(x)
        self._x, self._weights, self._total = x, weights, x * spend
        self._customers_of_x = self._distinct.sums(weights)
        self._log_total = np.log(self._total)
        self._log_spend = float(weights @ np.log(spend))

    def __call__(self, parameters):
        p, q, v = parameters
        x, n, w = self._distinct.values, self._customers_of_x, self._weights
        weight = w.sum()
        with_scale = v + self._total
        log_scale = np.log(with_scale)
        shape = p * self._x
        value = (
            n @ (gammaln(p * x + q) - gammaln(p * x))
            + weight * (q * np.log(v) - gammaln(q))
            + (w * shape) @ self._log_total
            - self._log_spend
            - (w * (shape + q)) @ log_scale
        )
        gradient = np.array(
            [
                (n * x) @ (digamma(p * x + q) - digamma(p * x)) + (w * self._x) @ (self._log_total - log_scale),
                n @ digamma(p * x + q) + weight * (np.log(v) - digamma(q)) - w @ log_scale,
                weight * q / v - w @ ((shape + q) / with_scale),
            ]
        )
        curve = trigamma(p * x + q)
        hessian = np.zeros((3, 3))
        hessian[0, 0] = (n * x**2) @ (curve - trigamma(p * x))
        hessian[0, 1] = hessian[1, 0] = (n * x) @ curve
        hessian[0, 2] = hessian[2, 0] = -(w @ (self._x / with_scale))
        hessian[1, 1] = n @ curve - weight * trigamma(q)
        hessian[1, 2] = hessian[2, 1] = weight / v - w @ (1 / with_scale)
        hessian[2, 2] = w @ ((shape + q) / with_scale**2) - weight * q / v**2
        return value, gradient, hessian


class GammaGammaModel(LikelihoodModel):
    """Spend of a purchase is gamma with a customer's own scale, and the scales are gamma over customers.

    Attributes
    ----------
    params_ : dict with p, q (shapes) and v (in money; the paper's gamma)
    standard_errors_ : dict, from the observed information; nan where the data do not determine a parameter
    covariance_ : array of shape (3, 3), of the parameters in the order of `params_`
    log_likelihood_ : float, of the mean spends in their own unit of money

    References
    ----------
    Fader, Hardie (2013), The Gamma-Gamma model of monetary value, note 025, brucehardie.com.
    """

    _names = ("p", "q", "v")
    _unit = (0, 0, 1)
    _starts = ((6.0, 4.0, 0.5), (1.0, 2.0, 1.0), (20.0, 8.0, 0.4))
    _likelihood = GammaGammaLikelihood

    def fit(self, frequency, monetary_value, weights=None):
        """Fit by maximum likelihood on customers who bought again.

        Parameters
        ----------
        frequency, monetary_value : arrays of shape (n,)
            Repeat purchases and their mean spend, both positive.
        weights : array of shape (n,) or None
            Customers a row stands for.

        Raises
        ------
        ValueError: a frequency or mean spend that is not positive, naming the first such row.
        NotEnoughHistory: fewer than three customers, or all of one mean spend.
        DidNotConverge: no start reached a maximum.
        """
        x, spend = checked_arrays(frequency=frequency, monetary_value=monetary_value)
        weights = checked_weights(weights, len(x))
        wrong = (x <= 0) | (spend <= 0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"row {row}: frequency {x[row]:g}, mean spend {spend[row]:g}; Gamma-Gamma takes customers with "
                "repeat purchases and a positive mean spend only: leave the others out"
            )
        if weights.sum() < 3 or spend.min() == spend.max():
            raise NotEnoughHistory(
                f"Gamma-Gamma: {weights.sum():g} customers with repeat purchases and {len(np.unique(spend))} different "
                "mean spends; at least 3 customers and 2 different spends are needed."
            )
        # A power of two: dividing by it loses no digit, and the order of the rows cannot change it.
        scale = float(2.0 ** np.round(np.log2(weights @ spend / weights.sum())))
        value = self._maximise([x, spend], weights, scale, scaled=(1,))
        self.log_likelihood_ = float(value - np.log(scale) * weights.sum())
        return self

    def expected_spend(self, frequency, monetary_value):
        """Expected mean spend of a customer's purchases, in the unit of `monetary_value` (note 025, eq. 5).

        Parameters
        ----------
        frequency, monetary_value : arrays of shape (n,)
            With frequency 0 the mean spend is not read and may be nan: the population's expectation is given.

        Returns
        -------
        array of shape (n,), money; nan where the expectation does not exist (p * frequency + q <= 1)

        Raises
        ------
        ValueError: lengths that differ, or a negative or missing value, naming the column and the first such row.
        """
        p, q, v = self._parameters
        (x,), spend = checked_arrays(frequency=frequency), numbers("monetary_value", monetary_value)
        if spend.shape == x.shape and not x.all():
            spend = np.where(x > 0, spend, 0.0)
        x, spend = checked_arrays(frequency=x, monetary_value=spend)
        expected = np.empty(len(x))
        for rows in blocks(len(x)):
            below = p * x[rows] + q - 1
            below[below <= 0] = np.nan
            expected[rows] = p * (v + x[rows] * spend[rows]) / below
        return expected
