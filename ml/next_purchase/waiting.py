"""How long customers wait between purchases, beside the rhythm that was expected of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# So many gaps known before: the more there are, the better a customer's rhythm is known and the narrower the waits.
_KNOWN_GAPS = (0, 1, 2, 4, 8, 16)
_GRID = 4_000


@dataclass(frozen=True)
class Survival:
    """Share still waiting after so many times the expected gap: Kaplan and Meier's, as points of a falling curve."""

    waits: np.ndarray
    share: np.ndarray

    def still_waiting(self, waited: np.ndarray) -> np.ndarray:
        return np.interp(waited, self.waits, self.share)

    def wait_until(self, share: np.ndarray) -> np.ndarray:
        """The wait after which only `share` still wait."""
        return np.interp(-share, -self.share, self.waits)


@dataclass(frozen=True)
class Rhythm:
    """Survival of waits by how many gaps were known, and the mean gap of each segment, in weighted days."""

    survival: tuple[Survival, ...]
    segment_gap: np.ndarray
    prior: float

    def expected_gap(self, gaps: np.ndarray, span: np.ndarray, segment: np.ndarray) -> np.ndarray:
        """A customer's mean gap, drawn to the segment's by `prior` gaps of it."""
        return (self.prior * self.segment_gap[segment] + span) / (self.prior + gaps)


def known_class(gaps: np.ndarray) -> np.ndarray:
    return np.searchsorted(_KNOWN_GAPS, gaps, side="right") - 1


def learn_rhythm(customer: np.ndarray, at: np.ndarray, segment: np.ndarray, now: float, prior: float) -> Rhythm:
    """Learn from every purchase: what gap was expected after it, and how long the wait was, or is by now.

    Parameters
    ----------
    customer : integer array of shape (n,), rising
    at : array of shape (n,), weighted days, rising within a customer, <= now
    segment : integer array of shape (customers,) from 0 on
    prior : gaps of the segment's rhythm that count beside a customer's own

    References
    ----------
    Kaplan, Meier (1958), Nonparametric estimation from incomplete observations.
    """
    is_first = np.concatenate([[True], customer[1:] != customer[:-1]])
    first = np.flatnonzero(is_first)
    before = np.arange(len(customer)) - np.repeat(first, np.diff([*first, len(customer)]))
    span = at - np.repeat(at[first], np.diff([*first, len(customer)]))
    is_last = np.concatenate([is_first[1:], [True]])
    wait = np.where(is_last, now, np.concatenate([at[1:], [now]])) - at
    own = segment[customer]
    gaps = np.bincount(own[~is_last], minlength=segment.max(initial=0) + 1)
    total = np.bincount(own[~is_last], wait[~is_last], minlength=segment.max(initial=0) + 1)
    everyone = max(total.sum() / max(gaps.sum(), 1), 1.0)
    segment_gap = (total + 20 * everyone) / (gaps + 20)
    expected = (prior * segment_gap[own] + span) / (prior + before)
    classes = known_class(before)
    curves = [_survival(wait[one] / expected[one], ~is_last[one]) for one in _classes(classes)]
    return Rhythm(tuple(curves), segment_gap, prior)


def _classes(classes: np.ndarray):
    """Rows of each class; a class with few rows takes those of the classes below it too."""
    for number in range(len(_KNOWN_GAPS)):
        rows, lowest = classes == number, number
        while rows.sum() < 200 and lowest > 0:
            lowest -= 1
            rows = (classes >= lowest) & (classes <= number)
        yield rows


def _survival(wait: np.ndarray, ended: np.ndarray) -> Survival:
    if not len(wait):
        return Survival(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    order = np.lexsort((~ended, wait))
    wait, ended = wait[order], ended[order]
    left = np.cumprod(1 - ended / np.arange(len(wait), 0, -1))
    kept = np.unique(np.linspace(0, len(wait) - 1, min(_GRID, len(wait))).astype(int))
    return Survival(np.concatenate([[0.0], wait[kept]]), np.concatenate([[1.0], left[kept]]))
