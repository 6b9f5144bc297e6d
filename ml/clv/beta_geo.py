"""BG/NBD: how often customers buy, and whether they still do."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, expit, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ml.clv.beta_geo_expectation import purchases_while_active
from ml.clv.beta_geo_likelihood import BetaGeoLikelihood, log_odds_of_drop_out
from ml.clv.histories import checked_arrays, checked_histories, checked_weights, grouped_rows
from ml.clv.maximum import maximise, standard_errors
from ml.errors import NotEnoughHistory

_NAMES = ("r", "alpha", "a", "b")
_STARTS = ((0.5, 0.2, 0.5, 2.0), (0.2, 0.05, 1.0, 1.0), (2.0, 0.5, 0.1, 3.0))
_SAMPLE = 20_000


class BetaGeoModel(BaseEstimator):
    """Purchases by a Poisson process with gamma rates, drop-out after a purchase with beta probabilities.

    Attributes
    ----------
    params_ : dict with r, alpha (in the unit of time of the histories), a, b
    standard_errors_ : dict, from the observed information; nan where the data do not determine a parameter
    log_likelihood_ : float, of all histories in their own unit of time

    References
    ----------
    Fader, Hardie, Lee (2005), "Counting your customers" the easy way: an alternative to the Pareto/NBD model,
    Marketing Science 24(2), 275-284.
    """

    def fit(self, frequency, recency, T, weights=None):
        """Fit by maximum likelihood.

        Parameters
        ----------
        frequency, recency, T : arrays of shape (n,)
            Repeat purchases, age at the last one (0 without), and age now, in one unit of time; recency <= T.
        weights : array of shape (n,) or None
            Customers a row stands for.

        Raises
        ------
        ValueError: an impossible history, naming the first such row.
        NotEnoughHistory: fewer than two customers bought again.
        DidNotConverge: no start reached a maximum.
        """
        x, t_x, age = checked_histories(frequency, recency, T)
        weights = checked_weights(weights, len(x))
        repeating = float(weights[x > 0].sum())
        if repeating < 2:
            raise NotEnoughHistory(
                f"BG/NBD: {repeating:g} of {weights.sum():g} customers bought again; at least 2 must have. "
                "Wait for repeat purchases or take a later as-of date."
            )
        (x, t_x, age), group = grouped_rows([x, t_x, age])
        weights = np.bincount(group, weights)
        scale = age.max()
        rows = [x, t_x / scale, age / scale, weights]
        likelihood = BetaGeoLikelihood(*rows)
        best = maximise(likelihood, self._starts(rows), weights.sum())
        value, _, hessian = likelihood(best)
        unit = np.array([1.0, scale, 1.0, 1.0])
        errors = standard_errors(hessian, best, _NAMES) * unit
        self.params_ = dict(zip(_NAMES, (best * unit).tolist(), strict=True))
        self.standard_errors_ = dict(zip(_NAMES, errors.tolist(), strict=True))
        self.log_likelihood_ = float(value - np.log(scale) * (weights * x).sum())
        return self

    @staticmethod
    def _starts(rows: list[np.ndarray]) -> list[np.ndarray]:
        starts = [np.array(start) for start in _STARTS]
        stride = len(rows[0]) // _SAMPLE
        if stride < 2:
            return starts
        sample = [column[::stride] for column in rows]
        return [maximise(BetaGeoLikelihood(*sample), starts, sample[3].sum())]

    def expected_purchases(self, t, frequency, recency, T):
        """Expected number of repeat purchases in the next `t` units of time.

        Parameters
        ----------
        t : float or array of shape (n,), >= 0, in the unit of `recency` and `T`
        frequency, recency, T : arrays of shape (n,)

        Returns
        -------
        array of shape (n,), purchases

        Raises
        ------
        ValueError: a row with recency > T or a negative value, naming the first such row.

        References
        ----------
        Fader, Hardie, Lee (2005), eq. 10; see `ml.clv.beta_geo_expectation` for how it is computed.
        """
        check_is_fitted(self)
        x, t_x, age = checked_histories(frequency, recency, T)
        (t,) = checked_arrays(t=np.broadcast_to(t, x.shape))
        (x_once, age_once, t_once), group = grouped_rows([x, age, t])
        while_active = purchases_while_active(self.params_.values(), t_once, x_once, age_once)[group]
        return while_active * self._alive(x, t_x, age)

    def expected_purchases_of_new_customer(self, t):
        """Expected repeat purchases in the first `t` units of time, array of the shape of `t` (eq. 9)."""
        check_is_fitted(self)
        (t,) = checked_arrays(t=t)
        return purchases_while_active(self.params_.values(), t, np.zeros_like(t), np.zeros_like(t))

    def probability_alive(self, frequency, recency, T):
        """Probability of not having dropped out at age T, array of shape (n,).

        It is 1 for every customer without a repeat purchase, since BG/NBD lets customers leave only after one:
        never use it as a churn score.
        """
        check_is_fitted(self)
        return self._alive(*checked_histories(frequency, recency, T))

    def _alive(self, x, t_x, age):
        return expit(-log_odds_of_drop_out(np.array([self.params_[name] for name in _NAMES]), x, t_x, age))

    def probability_of_purchases(self, n, t):
        """Probability of exactly `n` repeat purchases in the first `t` units of time, array of shape (n,) (eq. 8)."""
        check_is_fitted(self)
        r, alpha, a, b = (self.params_[name] for name in _NAMES)
        n, t = checked_arrays(n=n, t=np.broadcast_to(t, np.shape(np.atleast_1d(n))))

        def count(j, t):
            with np.errstate(divide="ignore", invalid="ignore"):
                bought = np.where(j == 0, 0.0, j * np.log(t / (alpha + t)))
            return np.exp(gammaln(r + j) - gammaln(r) - gammaln(j + 1) + r * np.log(alpha / (alpha + t)) + bought)

        earlier = np.array([count(np.arange(k), time).sum() for k, time in zip(n, t, strict=True)])
        stayed = np.exp(betaln(a, b + n) - betaln(a, b)) * count(n, t)
        left = np.exp(betaln(a + 1, np.maximum(b + n - 1, 1e-300)) - betaln(a, b)) * (1 - earlier)
        return stayed + np.where(n > 0, left, 0.0)
