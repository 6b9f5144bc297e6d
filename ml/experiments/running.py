"""How far an experiment has come, and at which moments its result could be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ml.experiments.peeking import looks_of


@dataclass(frozen=True)
class Assignment:
    """Days on which customers were put into arms, and how many on each: shape (k,), days rising.

    `starts_on` and `ends_on` are the days that the campaign declares; None where it does not.
    """

    days: np.ndarray
    customers: np.ndarray
    starts_on: date | None = None
    ends_on: date | None = None

    def planned(self, as_of: date) -> float:
        """Customers to be expected in the end: as many a day as so far, where some may still be assigned."""
        total = float(self.customers.sum())
        if self.is_over(as_of) or len(self.days) < 2 or self.starts_on is None or self.ends_on is None:
            return total
        elapsed, whole = (as_of - self.starts_on).days + 1, (self.ends_on - self.starts_on).days + 1
        return total * max(whole / max(elapsed, 1), 1.0)

    def is_over(self, as_of: date) -> bool:
        return self.ends_on is None or self.ends_on <= as_of

    def is_finished(self, as_of: date, window_days: int) -> bool:
        """Whether nobody is assigned any more and every outcome window of so many days is closed."""
        return self.is_over(as_of) and self._closed_on(window_days).max() <= np.datetime64(as_of)

    def looks(self, as_of: date, window_days: int) -> np.ndarray:
        """Shares of the planned customers whose windows were closed, at each day on which more were; rising."""
        closed = self._closed_on(window_days)
        seen = np.cumsum(self.customers)[closed <= np.datetime64(as_of)]
        return looks_of(seen / self.planned(as_of))

    def _closed_on(self, window_days: int) -> np.ndarray:
        return self.days.astype("datetime64[D]") + np.timedelta64(window_days - 1, "D")
