"""Sense checks: what must not lower a risk does not."""

from __future__ import annotations

import numpy as np

from ml.churn.recipes import RISING

_TOLERANCE = 1e-9
_STEPS = {"recency_days": 30.0, "days_since_active": 30.0}


def falling_shares(estimator, features: list[str], matrix: np.ndarray) -> dict[str, float]:
    """Share of the rows whose probability falls when one of `RISING` grows and all else stays.

    Parameters
    ----------
    matrix : shape (n, len(features)); thirty days are added to a silence, one to other features, where they are known

    Returns
    -------
    figures `falls_with_<feature>`; 0 is what sense asks for
    """
    before = estimator.predict_proba(matrix)[:, 1]
    figures = {}
    for name in RISING:
        if name not in features:
            continue
        place = features.index(name)
        known = ~np.isnan(matrix[:, place])
        if not known.any():
            continue
        grown = matrix[known]
        grown[:, place] += _STEPS.get(name, 1.0)
        after = estimator.predict_proba(grown)[:, 1]
        figures[f"falls_with_{name}"] = float((after < before[known] - _TOLERANCE).mean())
    return figures
