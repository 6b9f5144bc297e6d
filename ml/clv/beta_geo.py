"""BG/NBD: how often customers buy, and whether they still do."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln

from ml.clv.beta_geo_expectation import purchases_while_active
from ml.clv.beta_geo_likelihood import BetaGeoLikelihood, odds_of_drop_out
from ml.clv.gamma_poisson import probability_of_count, probability_of_fewer
from ml.clv.purchase_model import PurchaseModel


class BetaGeoModel(PurchaseModel):
    """Purchases by a Poisson process with gamma rates, drop-out after a repeat purchase with beta probabilities.

    The probability of being active is 1 for every customer without a repeat purchase, since customers leave
    only after one: never use it as a churn score.

    Attributes
    ----------
    params_ : dict with r, alpha (in the unit of time of the histories), a, b
    standard_errors_ : dict, from the observed information; nan where the data do not determine a parameter
    covariance_ : array of shape (4, 4), of the parameters in the order of `params_`
    log_likelihood_ : float, of all histories in their own unit of time

    References
    ----------
    Fader, Hardie, Lee (2005), "Counting your customers" the easy way: an alternative to the Pareto/NBD model,
    Marketing Science 24(2), 275-284: likelihood eq. 6, expectations eq. 9 and 10, distribution eq. 8.
    """

    _title = "BG/NBD"
    _names = ("r", "alpha", "a", "b")
    _unit = (0, 1, 0, 0)
    _starts = ((0.5, 0.2, 0.5, 2.0), (0.2, 0.05, 1.0, 1.0), (2.0, 0.5, 0.1, 3.0))
    _likelihood = BetaGeoLikelihood

    def _odds_of_drop_out(self, parameters, x, t_x, age):
        return odds_of_drop_out(parameters, x, t_x, age, first_may_be_last=False)

    def _while_active(self, parameters, t, x, age):
        return purchases_while_active(parameters, t, x, age)

    def _of_new_customer(self, parameters, t):
        return purchases_while_active(parameters, t, np.zeros_like(t), np.zeros_like(t))

    def _of_purchases(self, parameters, n, t):
        r, alpha, a, b = parameters
        stayed = np.exp(betaln(a, b + n) - betaln(a, b)) * probability_of_count(r, alpha, n, t)
        # Without a repeat purchase there was no chance to leave; 1 keeps the unused branch finite.
        left = np.exp(betaln(a + 1, np.where(n > 0, b + n - 1, 1.0)) - betaln(a, b))
        return stayed + np.where(n > 0, left * (1 - probability_of_fewer(r, alpha, n, t)), 0.0)
