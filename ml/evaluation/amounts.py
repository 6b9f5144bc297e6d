"""Figures for predicted amounts: purchases or money in a hold-out."""

from __future__ import annotations

import numpy as np


def amount_metrics(actual, expected) -> dict[str, float]:
    """Mean absolute error, root mean square error, and bias (expected total over actual total, less 1)."""
    actual, expected = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    total = actual.sum()
    return {
        "mae": float(np.abs(expected - actual).mean()),
        "rmse": float(np.sqrt(((expected - actual) ** 2).mean())),
        "bias": float(expected.sum() / total - 1) if total > 0 else float("nan"),
    }


def gini(actual, score) -> float:
    """How unequally `actual` is shared when ordered by `score`: 0 for no order, at most the Gini of `actual`.

    Twice the area between the concentration curve and the diagonal; rows of equal score share their total.
    """
    actual, score = np.asarray(actual, dtype=float), np.asarray(score, dtype=float)
    if actual.sum() <= 0:
        return float("nan")
    _, group = np.unique(-score, return_inverse=True)
    customers = np.concatenate([[0.0], np.cumsum(np.bincount(group)) / len(actual)])
    amounts = np.concatenate([[0.0], np.cumsum(np.bincount(group, actual)) / actual.sum()])
    return float(2 * np.trapezoid(amounts, customers) - 1)
