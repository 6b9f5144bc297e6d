"""MBG/NBD: BG/NBD for customers whose first purchase may be their last."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln

from ml.clv.beta_geo_expectation import purchases_while_active
from ml.clv.beta_geo_likelihood import ModifiedBetaGeoLikelihood, odds_of_drop_out
from ml.clv.gamma_poisson import probability_of_count, probability_of_fewer
from ml.clv.purchase_model import PurchaseModel

_ONE_MORE_STAY = np.array([0.0, 0.0, 0.0, 1.0])


class ModifiedBetaGeoModel(PurchaseModel):
    """Purchases by a Poisson process with gamma rates, drop-out after any purchase with beta probabilities.

    Attributes
    ----------
    params_ : dict with r, alpha (in the unit of time of the histories), a, b
    standard_errors_ : dict, from the observed information; nan where the data do not determine a parameter
    covariance_ : array of shape (4, 4), of the parameters in the order of `params_`
    log_likelihood_ : float, of all histories in their own unit of time

    References
    ----------
    Batislam, Denizel, Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    International Journal of Research in Marketing 24(3), 201-209.
    """

    _title = "MBG/NBD"
    _names = ("r", "alpha", "a", "b")
    _unit = (0, 1, 0, 0)
    _starts = ((0.5, 0.2, 0.5, 2.0), (0.5, 0.1, 1.0, 1.0), (2.0, 0.5, 0.1, 3.0))
    _likelihood = ModifiedBetaGeoLikelihood

    def _odds_of_drop_out(self, parameters, x, t_x, age):
        return odds_of_drop_out(parameters, x, t_x, age, first_may_be_last=True)

    def _while_active(self, parameters, t, x, age):
        # Having stayed once more than bought again, they are the customers of BG/NBD with b + 1.
        return purchases_while_active(parameters + _ONE_MORE_STAY, t, x, age)

    def _of_new_customer(self, parameters, t):
        stayed = parameters[3] / (parameters[2] + parameters[3])
        return stayed * self._while_active(parameters, t, np.zeros_like(t), np.zeros_like(t))

    def _of_purchases(self, parameters, n, t):
        r, alpha, a, b = parameters
        stayed = np.exp(betaln(a, b + n + 1) - betaln(a, b)) * probability_of_count(r, alpha, n, t)
        left = np.exp(betaln(a + 1, b + n) - betaln(a, b))
        return stayed + left * (1 - probability_of_fewer(r, alpha, n, t))
