"""Poisson regression with a level of its own for every group, and errors that allow for likeness within clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.errors import DidNotConverge

_STEPS, _ENOUGH = 60, 1e-10


@dataclass(frozen=True)
class AbsorbedPoisson:
    """Coefficients and standard errors, arrays of shape (k,); number of clusters."""

    coefficients: np.ndarray
    standard_errors: np.ndarray
    clusters: int


def fit_absorbed_poisson(
    counts: np.ndarray, exposure: np.ndarray, regressors: np.ndarray, groups: np.ndarray, clusters: np.ndarray
) -> AbsorbedPoisson:
    """Fit E[counts] = exposure × level of the group × exp(regressors · coefficients) by maximum likelihood.

    The mean is right whatever the distribution of the counts (pseudo-likelihood), which a regression of their logarithm
    is not. The levels are concentrated out, so their number costs nothing. Rows of equal regressors, group and cluster
    may be summed, counts and exposure alike: the fit and its errors stay the same.

    Parameters
    ----------
    counts, exposure : arrays of shape (n,), >= 0 and > 0
    regressors : array of shape (n, k); each varies within some group
    groups, clusters : integer arrays of shape (n,), from 0 on

    Raises
    ------
    DidNotConverge: the steps did not come to rest, or the regressors are linearly dependent.

    References
    ----------
    Hausman, Hall, Griliches (1984), Econometric models for count data, eq. 2.4; Santos Silva, Tenreyro (2006), The log
    of gravity; Cameron, Miller (2015), A practitioner's guide to cluster-robust inference, eq. 11.
    """
    total = np.bincount(groups, counts)
    beta = np.zeros(regressors.shape[1])
    likelihood = -np.inf
    step = np.zeros_like(beta)
    for _ in range(_STEPS):
        beta, likelihood = _climb(counts, exposure, regressors, groups, total, beta, step, likelihood)
        mean, centred = _moments(exposure, regressors, groups, total, beta)
        gradient = centred.T @ (counts - mean)
        information = centred.T @ (mean[:, None] * centred)
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            raise DidNotConverge("the regressors are linearly dependent within groups") from None
        if gradient @ step < _ENOUGH:
            return AbsorbedPoisson(beta, *_errors(centred * (counts - mean)[:, None], information, clusters))
    raise DidNotConverge(f"no maximum after {_STEPS} steps")


def _climb(counts, exposure, regressors, groups, total, beta, step, before):
    """The step, halved until the likelihood is no lower."""
    for _ in range(30):
        linear = regressors @ (beta + step)
        scale = np.log(np.bincount(groups, exposure * np.exp(linear), len(total)))
        likelihood = counts @ (linear - scale[groups])
        if likelihood >= before - 1e-9 * abs(before) or not np.isfinite(before):
            return beta + step, likelihood
        step = step / 2
    raise DidNotConverge("no step raises the likelihood")


def _moments(exposure, regressors, groups, total, beta):
    """Means of the counts, and the regressors less their mean in the group."""
    weight = exposure * np.exp(regressors @ beta)
    summed = np.bincount(groups, weight, len(total))
    share = weight / summed[groups]
    means = np.column_stack([np.bincount(groups, share * column, len(total)) for column in regressors.T])
    return total[groups] * share, regressors - means[groups]


def _errors(scores: np.ndarray, information: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, int]:
    summed = np.column_stack([np.bincount(clusters, column) for column in scores.T])
    number = len(np.unique(clusters))
    bread = np.linalg.inv(information)
    variance = bread @ (summed.T @ summed) @ bread * number / max(number - 1, 1)
    return np.sqrt(np.diag(variance)), number
