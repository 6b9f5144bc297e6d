"""Bounds for looking at an experiment before it is finished."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.optimize import brentq

_FARTHEST = 8.0  # a bound beyond which no chance is left in a double
_POINTS = 601
_NEW = 0.01  # looks nearer to each other than this share of the information are one


def spent(information, alpha: float = 0.05) -> np.ndarray:
    """Two-sided error spent by a share of the information, O'Brien and Fleming's way: little early, `alpha` in the end.

    References
    ----------
    Lan, DeMets (1983), Discrete sequential boundaries for clinical trials, alpha_1, half of alpha on each side.
    """
    information = np.minimum(np.asarray(information, dtype=float), 1.0)
    with np.errstate(divide="ignore"):
        return 4 * stats.norm.sf(stats.norm.isf(alpha / 4) / np.sqrt(information))


def looks_of(information) -> np.ndarray:
    """The shares of information at which something new was to be seen, rising, the last one among them."""
    kept: list[float] = []
    for share in sorted({float(one) for one in np.asarray(information, dtype=float) if one > 0}, reverse=True):
        if not kept or kept[-1] - share >= _NEW:
            kept.append(min(share, 1.0))
    return np.array(kept[::-1])


def obrien_fleming_bounds(information, alpha: float = 0.05) -> np.ndarray:
    """Bounds of |z| at each look, so that the chance ever to pass one without an effect is `alpha` in all.

    Parameters
    ----------
    information : shares of the planned information at the looks, rising, over 0 and at most 1; shape (k,)
    alpha : two-sided error

    Returns
    -------
    array of shape (k,); at most 8

    References
    ----------
    Lan, DeMets (1983) for the spending; Armitage, McPherson, Rowe (1969) for the recursion over looks.
    """
    information = np.asarray(information, dtype=float)
    share = np.diff(np.concatenate([[0.0], spent(information, alpha)]))
    bounds = np.empty(len(information))
    grid, density, before = np.zeros(1), np.ones(1), 0.0
    for look, (now, allowed) in enumerate(zip(information, share, strict=True)):
        spread, root = np.sqrt(now - before), np.sqrt(now)

        def passes(bound: float, grid=grid, density=density, spread=spread, root=root) -> float:
            beyond = stats.norm.sf((bound * root - grid) / spread) + stats.norm.cdf((-bound * root - grid) / spread)
            return float(density @ beyond)

        below = passes(_FARTHEST) < allowed
        bounds[look] = (
            brentq(lambda bound, allowed=allowed: passes(bound) - allowed, 0.0, _FARTHEST, xtol=1e-10)
            if below
            else _FARTHEST
        )
        inner = np.linspace(-bounds[look] * root, bounds[look] * root, _POINTS)
        arrived = stats.norm.pdf((inner[:, None] - grid[None, :]) / spread) @ density / spread
        grid, density, before = inner, arrived * _simpson(inner), now
    return bounds


def always_valid_reach(units, planned: float, alpha: float = 0.05) -> np.ndarray:
    """Factor of the standard error that makes an interval valid whenever one looks (mixture SPRT, normal prior).

    Parameters
    ----------
    units : units seen, shape (n,)
    planned : units at which the interval is to be narrowest
    alpha : one less the confidence

    References
    ----------
    Robbins (1970), Statistical methods related to the law of the iterated logarithm.
    Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory, eq. 4 and 59.
    """
    units = np.asarray(units, dtype=float)
    logarithm = -2 * np.log(alpha)
    prior = (logarithm + np.log(logarithm) + 1) / planned
    weight = units * prior
    return np.sqrt((weight + 1) / weight * (np.log1p(weight) + logarithm))


def _simpson(grid: np.ndarray) -> np.ndarray:
    weights = np.ones(len(grid))
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return weights * (grid[1] - grid[0]) / 3
