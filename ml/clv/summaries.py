"""Purchase summaries by date, as arrays, and what happened between two dates."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.tracking.fingerprint import data_hash

DAYS_PER_UNIT = 7.0


class Summaries:
    """Purchase summaries up to a date, whole days of one table.

    Parameters
    ----------
    table : customer_id, as_of_date, frequency, recency_days, age_days, monetary_value (null without repeats), and
        further numbers known at the date
    as_of : later dates are not read
    """

    def __init__(self, table: pa.Table, as_of: date):
        self.as_of = as_of
        table = table.filter(pc.less_equal(table["as_of_date"], pa.scalar(as_of, pa.date32())))
        self.table = table.sort_by([("as_of_date", "ascending"), ("customer_id", "ascending")])
        counts = pc.value_counts(self.table["as_of_date"]).to_pylist()
        starts = np.cumsum([0, *(one["counts"] for one in counts)]).tolist()
        self._places = {one["values"]: (start, one["counts"]) for one, start in zip(counts, starts[:-1], strict=True)}

    @property
    def dates(self) -> list[date]:
        return list(self._places)

    def at(self, day: date) -> pa.Table:
        return self.table.slice(*self._places.get(day, (0, 0)))

    @cached_property
    def history(self) -> dict[date, str]:
        """Of each date, oldest first, a hash of all rows up to it."""
        hashes, so_far = {}, ""
        for day in self._places:
            so_far = hashlib.sha256((so_far + data_hash(self.at(day))).encode()).hexdigest()[:16]
            hashes[day] = so_far
        return hashes


def rows_of(summaries: pa.Table, as_of: date) -> pa.Table:
    return summaries.filter(pc.equal(summaries["as_of_date"], pa.scalar(as_of, pa.date32())))


def histories(rows: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age in weeks, and mean repeat spend (nan without), arrays of shape (n,)."""
    columns = ("frequency", "recency_days", "age_days", "monetary_value")
    x, t_x, age, spend = (pc.cast(rows[name], pa.float64()).to_numpy(zero_copy_only=False) for name in columns)
    return x, t_x / DAYS_PER_UNIT, age / DAYS_PER_UNIT, spend


def what_followed(before: pa.Table, later: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Purchases and money between the dates of two summaries, of each row of `before`, arrays of shape (n,)."""
    place = pc.index_in(before["customer_id"], later["customer_id"]).to_numpy(zero_copy_only=False)
    found = np.isfinite(place)
    then, now = (np.column_stack([x, x * np.nan_to_num(spend)]) for x, _, _, spend in map(histories, (before, later)))
    added = np.zeros_like(then)
    added[found] = now[place[found].astype(int)] - then[found]
    return added[:, 0], added[:, 1]
