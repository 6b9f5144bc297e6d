"""How much is bought on a day, as its weekday, month, holidays, events and weather have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sklearn.linear_model import PoissonRegressor
from threadpoolctl import threadpool_limits

# Held a little towards no effect: a holiday that came once must not make a day worth nothing.
_PENALTY = 1e-3
_FEWEST_DAYS = 56
_MONTHS_FROM_DAYS = 365
_TOLD = ("holiday_share", "event_share", "temperature", "rainfall")


@dataclass(frozen=True)
class DayWeights:
    """Weights of the days from `first_day` on, mean 1 over the days that are past.

    `effects` has for each thing told of a day the factor by which a day with it is busier; of weather, by which one is
    that is a standard deviation over the mean.
    """

    first_day: int
    weights: np.ndarray
    effects: dict[str, float]

    def adjusted(self, day: np.ndarray) -> np.ndarray:
        """Weighted days from the beginning to the end of each day."""
        return np.concatenate([[0.0], np.cumsum(self.weights)])[np.asarray(day) - self.first_day + 1]

    def days_until(self, now: int, ahead: np.ndarray) -> np.ndarray:
        """The day by whose end so many weighted days have passed since the end of `now`; the day after at least.

        Beyond the days that are known every day weighs one.
        """
        sums = np.cumsum(self.weights[now - self.first_day + 1 :])
        known = len(sums)
        place = np.searchsorted(sums, ahead - 1e-9)
        over = np.maximum(np.ceil(ahead - (sums[-1] if known else 0)), 1)
        return now + np.where(place < known, place + 1, known + over).astype(np.int64)


def fit_day_weights(calendar: pa.Table, now: int) -> DayWeights:
    """Weights of every day of the calendar, learnt from how many bought on those up to the day `now`.

    Parameters
    ----------
    calendar : a row for each day without a gap, ordered: day (integer), weekday (1 to 7), month (1 to 12), buyers (null
        after the last known day), holiday_share, event_share (0 to 1), temperature (°C), rainfall (mm), null where
        unknown

    Returns
    -------
    DayWeights; all 1 with fewer than eight weeks of days. The month counts from a whole year on. What grows with the
    number of customers is no effect of the day: half-years have a level of their own while learning.
    """
    day = calendar["day"].to_numpy()
    past = day <= now
    if past.sum() < _FEWEST_DAYS:
        return DayWeights(int(day[0]) if len(day) else now, np.ones(len(day)), {})
    names, columns = _columns(calendar, past)
    level = (day - day[0]) // 182
    levels = [(level == one).astype(float) for one in np.unique(level[past])[1:]]
    matrix = np.column_stack([*columns, *levels])
    bought = calendar["buyers"].fill_null(0).to_numpy().astype(float)
    with threadpool_limits(1):
        model = PoissonRegressor(alpha=_PENALTY, max_iter=1000, tol=1e-8).fit(matrix[past], bought[past])
    effects = model.coef_[: len(columns)]
    weights = np.exp(np.column_stack(columns) @ effects)
    factors = {name: float(np.exp(effects[place])) for place, name in enumerate(names) if name in _TOLD}
    return DayWeights(int(day[0]), weights / weights[past].mean(), factors)


def _columns(calendar: pa.Table, past: np.ndarray) -> tuple[list[str], list[np.ndarray]]:
    """Weekdays, months and what is told of a day; weather in standard deviations from its mean, 0 when unknown."""
    names, columns = [], []
    parts = [("weekday", range(2, 8))]
    if past.sum() >= _MONTHS_FROM_DAYS:
        parts.append(("month", range(2, 13)))
    for name, values in parts:
        told = calendar[name].to_numpy()
        for value in values:
            names.append(f"{name}_{value}")
            columns.append((told == value).astype(float))
    for name in _TOLD:
        told = calendar[name].to_numpy().astype(float)
        if name in ("temperature", "rainfall"):
            known = told[past & ~np.isnan(told)]
            if not len(known) or known.std() == 0:
                continue
            told = np.nan_to_num((told - known.mean()) / known.std())
            told[~past] = 0
        names.append(name)
        columns.append(told)
    return names, columns
