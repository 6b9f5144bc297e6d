"""Whether arms are as large as was declared."""

from __future__ import annotations

import numpy as np
from scipy import stats


def sample_ratio_p(units, shares) -> float:
    """Chance of arms at least as far from the declared shares, if those held (chi-square); nan when it cannot be told.

    Parameters
    ----------
    units : customers of each arm, shape (k,)
    shares : declared shares of the same arms, shape (k,); they sum to 1

    References
    ----------
    Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments.
    """
    units, shares = np.asarray(units, dtype=float), np.asarray(shares, dtype=float)
    expected = shares * units.sum()
    if len(units) < 2 or not units.sum() or np.any(~(expected > 0)):
        return float("nan")
    return float(stats.chisquare(units, expected).pvalue)
