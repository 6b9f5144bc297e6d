"""How small an effect an experiment of a given size can find."""

from __future__ import annotations

import numpy as np
from scipy import stats


def power_to_find(effect, standard_error, alpha: float = 0.05) -> np.ndarray:
    """Chance that a two-sided test finds a true effect of that size.

    Parameters
    ----------
    effect, standard_error : arrays of shape (n,), in one unit; the error is that of the estimate at its size
    alpha : level of the test

    Returns
    -------
    array of shape (n,), 0 to 1; both tails count, as the normal law has them.
    """
    bound = stats.norm.isf(alpha / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.abs(np.asarray(effect, dtype=float)) / np.asarray(standard_error, dtype=float)
    return stats.norm.sf(bound - distance) + stats.norm.cdf(-bound - distance)


def minimal_detectable_effect(standard_error, alpha: float = 0.05, power: float = 0.8) -> np.ndarray:
    """Smallest true effect that a two-sided test finds with the power, in the unit of the error; shape (n,)."""
    return (stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * np.asarray(standard_error, dtype=float)
