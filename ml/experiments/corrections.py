"""p-values of several tests that are told together."""

from __future__ import annotations

import numpy as np
from scipy import stats

from ml.experiments.words import BENJAMINI_HOCHBERG, HOLM


def corrected(p_values, method: str) -> np.ndarray:
    """Adjusted p-values of one family of tests; nan stays nan and is no test.

    Parameters
    ----------
    p_values : array of shape (n,)
    method : 'holm' bounds the chance of any false finding, 'benjamini_hochberg' the expected share of false ones

    Raises
    ------
    ValueError: an unknown method.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.
    Benjamini, Hochberg (1995), Controlling the false discovery rate.
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted, known = np.full(p_values.shape, np.nan), ~np.isnan(p_values)
    if method == BENJAMINI_HOCHBERG:
        if known.any():
            adjusted[known] = stats.false_discovery_control(p_values[known], method="bh")
    elif method == HOLM:
        order = np.argsort(p_values[known], kind="stable")
        steps = np.maximum.accumulate(p_values[known][order] * np.arange(len(order), 0, -1))
        found = np.empty(len(order))
        found[order] = np.minimum(steps, 1)
        adjusted[known] = found
    else:
        raise ValueError(f"no correction is called {method}")
    return adjusted
