"""What became of windows that were told before."""

from __future__ import annotations

import numpy as np

from ml.errors import NotEnoughHistory
from ml.next_purchase.windows import Windows

_FEWEST = 30


def judge_windows(windows: Windows, customer: np.ndarray, day: np.ndarray, now: int, days: int) -> dict[str, float]:
    """Figures of windows told at the day `now`, by what was bought in the `days` after it.

    Returns
    -------
    window_coverage, share of those who came back that did so within their window; window_days, its mean width;
    expected_day_error and own_gap_error, mean absolute days between the expected day, or the last purchase and the
    mean gap, and the purchase; return_rate and expected_return_rate; customers and returned (counts).

    Raises
    ------
    NotEnoughHistory: fewer than 30 customers came back.
    """
    after = (day > now) & (day <= now + days)
    came = np.full(int(customer.max(initial=-1)) + 1, -1)
    came[customer[after][::-1]] = day[after][::-1]
    actual = came[windows.customer]
    back = actual > 0
    told = back & (windows.latest > 0)
    if told.sum() < _FEWEST:
        raise NotEnoughHistory(f"{told.sum()} customers came back within {days} days; {_FEWEST} are needed")
    inside = (actual >= windows.earliest) & (actual <= windows.latest)
    naive = np.clip(np.round(windows.last + windows.gap), now + 1, now + days)
    return {
        "window_coverage": float(inside[back].mean()),
        "window_days": float((windows.latest - windows.earliest + 1)[told].mean()),
        "expected_day_error": float(np.abs(windows.expected - actual)[told].mean()),
        "own_gap_error": float(np.abs(naive - actual)[told].mean()),
        "return_rate": float(back.mean()),
        "expected_return_rate": float(windows.probability.mean()),
        "customers": float(len(windows.customer)),
        "returned": float(back.sum()),
    }
