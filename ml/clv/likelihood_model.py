"""What every estimator here shares: a fit by maximum likelihood on distinct rows, its errors and intervals."""

from __future__ import annotations

from contextlib import suppress
from copy import copy

import numpy as np
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ml.clv.distinct import grouped_rows, sampled_rows
from ml.clv.maximum import covariance, maximise
from ml.errors import DidNotConverge

_SAMPLED_CUSTOMERS = 5_000


class LikelihoodModel(BaseEstimator):
    """Positive parameters that maximise a likelihood of independent customers.

    Attributes
    ----------
    params_ : dict, name to value
    standard_errors_ : dict, from the observed information; nan where the data do not determine a parameter
    covariance_ : array of shape (k, k), of the parameters in the order of `params_`, with the same nan
    log_likelihood_ : float
    """

    _names: tuple[str, ...]
    _unit: tuple[int, ...]
    """Power of the unit of time or money in each parameter."""
    _starts: tuple[tuple[float, ...], ...]
    _likelihood: type

    def _maximise(self, columns: list, weights, scale: float, scaled: tuple[int, ...]) -> float:
        """Fit on distinct rows, the columns `scaled` divided by `scale`, and give the log-likelihood of those.

        Large data start from the fit of a sample: Newton steps from there are few.
        """
        columns, group = grouped_rows(columns)
        weights = np.bincount(group, weights)
        columns = [column / scale if place in scaled else column for place, column in enumerate(columns)]
        starts = [np.array(start) for start in self._starts]
        if len(weights) > 2 * _SAMPLED_CUSTOMERS:
            sample, counts = sampled_rows(columns, weights, _SAMPLED_CUSTOMERS)
            # Where the sample has no maximum the data themselves may still have one.
            with suppress(DidNotConverge):
                starts = [maximise(self._likelihood(*sample, counts), starts, counts.sum()).parameters]
        maximum = maximise(self._likelihood(*columns, weights), starts, weights.sum())
        parameters = maximum.parameters * scale ** np.array(self._unit)
        self.covariance_ = covariance(maximum, self._names) * np.outer(parameters, parameters)
        self.params_ = dict(zip(self._names, parameters.tolist(), strict=True))
        errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = dict(zip(self._names, errors.tolist(), strict=True))
        return maximum.value

    @property
    def _parameters(self) -> np.ndarray:
        check_is_fitted(self)
        return np.array([self.params_[name] for name in self._names])

    def at(self, parameters):
        """A copy of the model that predicts with these parameters, k numbers in the order of `params_`."""
        moved = copy(self)
        moved.params_ = dict(zip(self._names, map(float, parameters), strict=True))
        return moved

    def confidence_intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Low and high end of every parameter by name; nan where the data do not determine it.

        The logarithm of an estimate is taken as normal (Wald): parameters are positive and skewed.
        """
        check_is_fitted(self)
        reach = norm.ppf((1 + level) / 2)
        ends = {}
        for name, value in self.params_.items():
            factor = np.exp(reach * self.standard_errors_[name] / value)
            ends[name] = (float(value / factor), float(value * factor))
        return ends
