"""What became of the customers who were scored, tenth by tenth, beside what their scores said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm

_TENTHS = 10


@dataclass(frozen=True)
class TenthOutcome:
    """Means of one tenth of the customers by score, 1 the lowest; `low` and `high` bound chance alone.

    `is_off` : outside the bounds, and by more than the tolerance.
    """

    tenth: int
    customers: int
    expected: float
    observed: float
    low: float
    high: float
    is_off: bool


def outcomes_by_tenth(
    expected: np.ndarray, observed: np.ndarray, *, confidence: float, tolerance: float, is_count: bool = False
) -> list[TenthOutcome]:
    """Expected beside observed means, in tenths of equal size by what was expected.

    Parameters
    ----------
    expected, observed : arrays of shape (n,), without nan; outcomes are 0 or 1, or counts with `is_count`
    confidence : share of samples whose mean lies within the bounds when the expectation is right
    tolerance : as a share of the mean expectation of all: what is off by less is no matter, however certain

    Bounds of outcomes are binomial, those of counts normal with the spread that the tenth shows, or with that of random
    purchases where it is larger: of few of whom nobody bought, nobody shows any. With a million
    customers chance leaves no room, so that the tolerance decides; with few it is the other way round.
    """
    order = np.lexsort((observed, expected))
    groups = [group for group in np.array_split(order, _TENTHS) if len(group)]
    room = tolerance * float(expected.mean()) if len(expected) else 0.0
    told = []
    for number, group in enumerate(groups, 1):
        hoped, came = float(expected[group].mean()), float(observed[group].mean())
        low, high = (
            _count_bounds(hoped, observed[group], confidence) if is_count else _bounds(hoped, len(group), confidence)
        )
        is_off = not low <= came <= high and abs(came - hoped) > room
        told.append(TenthOutcome(number, len(group), hoped, came, low, high, bool(is_off)))
    return told


def _bounds(expected: float, customers: int, confidence: float) -> tuple[float, float]:
    low, high = binom.interval(confidence, customers, min(max(expected, 0.0), 1.0))
    return float(low) / customers, float(high) / customers


def _count_bounds(expected: float, observed: np.ndarray, confidence: float) -> tuple[float, float]:
    if len(observed) < 2:
        return 0.0, float("inf")
    spread = max(observed.std(ddof=1), np.sqrt(max(expected, 0.0)))
    half = float(norm.ppf((1 + confidence) / 2) * spread / np.sqrt(len(observed)))
    return max(expected - half, 0.0), expected + half
