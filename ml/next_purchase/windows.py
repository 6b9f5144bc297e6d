"""The window of each customer's next purchase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.errors import NotEnoughHistory
from ml.next_purchase.day_weights import DayWeights
from ml.next_purchase.waiting import Rhythm, known_class, learn_rhythm


@dataclass(frozen=True)
class Windows:
    """Of each customer who has bought, arrays of shape (n,).

    Days are integers, -1 where nobody so silent has come back in time. `probability` is that to buy by the last day
    looked at, `gap` the expected one between purchases in weighted days, `last` the day of the last purchase.
    """

    customer: np.ndarray
    earliest: np.ndarray
    expected: np.ndarray
    latest: np.ndarray
    probability: np.ndarray
    gap: np.ndarray
    last: np.ndarray


def tell_windows(
    customer: np.ndarray,
    day: np.ndarray,
    segment: np.ndarray,
    weights: DayWeights,
    now: int,
    days: int,
    share: float,
    prior: float,
) -> Windows:
    """Windows of purchases within `days` after the day `now`, from what was bought up to it.

    Of those who buy again within the days, `share` do so within their window, as many before it as after; half of them
    by the expected day.

    Parameters
    ----------
    customer, day : integer arrays of shape (n,), a row for each day on which a customer bought, ordered by both
    segment : integer array of shape (customers,)
    weights : how much is bought on each day

    Raises
    ------
    NotEnoughHistory: nobody had bought by then, in words.
    """
    known = day <= now
    if not known.any():
        raise NotEnoughHistory(f"nobody had bought {days} days ago, so no window can be judged")
    customer, day = customer[known], day[known]
    at, end = weights.adjusted(day), float(weights.adjusted(np.array([now]))[0])
    rhythm = learn_rhythm(customer, at, segment, end, prior)
    first = np.flatnonzero(np.concatenate([[True], customer[1:] != customer[:-1]]))
    last = np.concatenate([first[1:], [len(customer)]]) - 1
    who, gaps = customer[first], last - first
    gap = rhythm.expected_gap(gaps, at[last] - at[first], segment[who])
    horizon = float(weights.adjusted(np.array([now + days]))[0]) - end
    found = _quantiles(rhythm, gaps, gap, end - at[last], horizon, share)
    told = [np.where(found[0] > 0, weights.days_until(now, ahead), -1) for ahead in found[1:]]
    return Windows(who, *told, found[0], gap, day[last])


def _quantiles(rhythm: Rhythm, gaps, gap, silence, horizon: float, share: float) -> list[np.ndarray]:
    """Probability to buy within the horizon, and weighted days ahead by which the early, half and the late have."""
    classes = known_class(gaps)
    probability, *ahead = (np.zeros(len(gaps)) for _ in range(4))
    for number, survival in enumerate(rhythm.survival):
        rows = classes == number
        now = survival.still_waiting(silence[rows] / gap[rows])
        then = survival.still_waiting((silence[rows] + horizon) / gap[rows])
        probability[rows] = np.where(now > 0, 1 - then / np.maximum(now, 1e-12), 0)
        for one, quantile in zip(ahead, ((1 - share) / 2, 0.5, (1 + share) / 2), strict=True):
            waited = survival.wait_until(now - quantile * (now - then)) * gap[rows] - silence[rows]
            one[rows] = np.clip(waited, 0, horizon)
    return [probability, *ahead]
