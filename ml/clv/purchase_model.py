"""What the models of purchase histories share: their checks, their fit and their predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from ml.clv.distinct import blocks, grouped_rows
from ml.clv.histories import (
    checked_arrays,
    checked_histories,
    checked_times,
    checked_weights,
)
from ml.clv.likelihood_model import LikelihoodModel
from ml.errors import NotEnoughHistory


class PurchaseModel(LikelihoodModel, ABC):
    """Customers who buy at their own pace while active, and leave unseen.

    A model names its parameters and gives its likelihood, the odds of having left, and the purchases of those
    who have not. `params_` are in the unit of time of the histories, `log_likelihood_` is of all of them.
    """

    _title: str

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
        ValueError: an impossible history, naming the column and the first such row.
        NotEnoughHistory: fewer than two customers bought again.
        DidNotConverge: no start reached a maximum.
        """
        x, t_x, age = checked_histories(frequency, recency, T)
        weights = checked_weights(weights, len(x))
        repeating = float(weights[x > 0].sum())
        if repeating < 2:
            raise NotEnoughHistory(
                f"{self._title}: {repeating:g} of {weights.sum():g} customers bought again; at least 2 must have. "
                "Wait for repeat purchases or take a later as-of date."
            )
        scale = age.max()
        value = self._maximise([x, t_x, age], weights, scale, scaled=(1, 2))
        self.log_likelihood_ = float(value - np.log(scale) * (weights @ x))
        return self

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
        ValueError: a row with recency > T or a negative value, naming the column and the first such row.

        References
        ----------
        See the class. Purchases of a customer still active, times the probability of that.
        """
        parameters = self._parameters
        x, t_x, age = checked_histories(frequency, recency, T)
        t = checked_times(t, len(x))
        # What the special functions see differs only in these: they run once for each distinct row.
        (x_once, age_once, *times), group = grouped_rows([x, age] if len(t) == 1 else [x, age, t])
        t_once = times[0] if times else np.broadcast_to(t, x_once.shape)
        return self._alive(
            parameters, x, t_x, age, times=(self._while_active(parameters, t_once, x_once, age_once), group)
        )

    def weighted_purchases(self, times, weights, frequency, recency, T):
        """Sum over `times` of the expected purchases within each, times its weight, array of shape (n,).

        Parameters
        ----------
        times, weights : arrays of shape (k,), the same for every customer; times >= 0 in the unit of `recency` and `T`
        frequency, recency, T : arrays of shape (n,)
        """
        parameters = self._parameters
        x, t_x, age = checked_histories(frequency, recency, T)
        (x_once, age_once), group = grouped_rows([x, age])
        total = np.zeros(len(x_once))
        for time, weight in zip(np.atleast_1d(times), np.atleast_1d(weights), strict=True):
            total += weight * self._while_active(parameters, np.full(len(x_once), float(time)), x_once, age_once)
        return self._alive(parameters, x, t_x, age, times=(total, group))

    def expected_purchases_of_new_customer(self, t):
        """Expected repeat purchases in the first `t` units of time, array of shape (n,) of `t`."""
        parameters = self._parameters
        (t,) = checked_arrays(t=t)
        return self._of_new_customer(parameters, t)

    def probability_alive(self, frequency, recency, T):
        """Probability of not having left by age T, array of shape (n,); see the class for what it means."""
        parameters = self._parameters
        return self._alive(parameters, *checked_histories(frequency, recency, T))

    def probability_of_purchases(self, n, t):
        """Probability of exactly `n` repeat purchases in the first `t` units of time, array of shape (n,)."""
        parameters = self._parameters
        (n,) = checked_arrays(n=n)
        return self._of_purchases(parameters, n, np.broadcast_to(checked_times(t, len(n)), n.shape))

    def _alive(self, parameters, x, t_x, age, times=None):
        """Probability of being active, times the value of each row's group where (values, group) are given."""
        found = np.empty(len(x))
        for rows in blocks(len(x)):
            with np.errstate(over="ignore"):
                odds = self._odds_of_drop_out(parameters, x[rows], t_x[rows], age[rows])
            odds += 1
            found[rows] = (1 if times is None else times[0].take(times[1][rows])) / odds
        return found

    @abstractmethod
    def _odds_of_drop_out(self, parameters, x, t_x, age):
        """Odds of having left by `age`, shape (n,); inf beyond the largest double, where nobody is still there."""

    @abstractmethod
    def _while_active(self, parameters, t, x, age):
        """Expected purchases in the next t of customers who have not left, shape (n,)."""

    @abstractmethod
    def _of_new_customer(self, parameters, t):
        """Expected repeat purchases of a new customer within t, shape (n,)."""

    @abstractmethod
    def _of_purchases(self, parameters, n, t):
        """Probability that a new customer makes n repeat purchases within t, shape (n,)."""
