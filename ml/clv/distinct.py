"""Equal values and equal rows, so that each is computed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

_ROWS_IN_CACHE = 32_768
_DENSE = 4
_WHOLE_IN_A_DOUBLE = 2**53
# Histories hold whole numbers or, in weeks, whole days.
_PARTS_OF_ONE = (1, 7)


def blocks(rows: int) -> Iterator[slice]:
    """Slices of so many rows, one after the other, so short that what is computed of one stays in the cache."""
    return (slice(start, min(start + _ROWS_IN_CACHE, rows)) for start in range(0, rows, _ROWS_IN_CACHE))


def grouped_rows(columns: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """Distinct rows of the columns in ascending order, and the index of each row's group.

    Ascending order makes every later sum independent of the order the rows came in.
    """
    rows = len(columns[0])
    parts = [_Counts.of(column) or Distinct.of(column) for column in columns]
    if prod(part.size for part in parts) > _DENSE * rows:
        parts = [part.without_gaps() for part in parts]
    sizes = [part.size for part in parts]
    if prod(sizes) > _WHOLE_IN_A_DOUBLE:
        grouped, group = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
        return list(grouped.T), group.ravel()
    # Half as wide, keys take half the memory.
    key = np.empty(rows, dtype=np.int32 if prod(sizes) < 2**31 else np.int64)
    for block in blocks(rows):
        code = parts[0].codes(block)
        for part in parts[1:]:
            code = code * part.size + part.codes(block)
        key[block] = code
    groups = Distinct.of(key, key)
    places = np.unravel_index(groups.values, sizes)
    return [part.values_of(place) for part, place in zip(parts, places, strict=True)], groups.code


def sampled_rows(columns: list[np.ndarray], weights: np.ndarray, customers: int) -> tuple[list[np.ndarray], np.ndarray]:
    """About so many customers, evenly spaced through the sorted rows, as distinct rows and their counts."""
    step = weights.sum() / customers
    counts = np.diff(np.floor(np.concatenate([[0.5], np.cumsum(weights) / step + 0.5])))
    drawn = counts > 0
    return [column[drawn] for column in columns], counts[drawn]


@dataclass(frozen=True)
class Distinct:
    """Distinct values of a column in ascending order, and each row's place among them."""

    values: np.ndarray
    code: np.ndarray

    @classmethod
    def of(cls, column: np.ndarray, code: np.ndarray | None = None) -> Distinct:
        """What can be counted is, the rest is hashed, since both beat sorting. Places are put into `code`, which may be
        the column, where it is given and they are counted.
        """
        if counts := _Counts.of(column):
            counts, code = counts.without_gaps(), np.empty(len(column), dtype=np.int64) if code is None else code
            for block in blocks(len(column)):
                code[block] = counts.codes(block)
            return cls(counts.values_of(np.arange(counts.size)), code)
        code, values = pd.factorize(column, sort=True)
        return cls(values, code)

    @property
    def size(self) -> int:
        return len(self.values)

    def codes(self, block: slice) -> np.ndarray:
        return self.code[block]

    def values_of(self, codes: np.ndarray) -> np.ndarray:
        return self.values[codes]

    def without_gaps(self) -> Distinct:
        return self

    def sums(self, weights: np.ndarray) -> np.ndarray:
        return np.bincount(self.code, weights, minlength=len(self.values))


@dataclass(frozen=True)
class _Counts:
    """A column of whole `parts` of one in a small range: how many there are tells the value, and is its code.

    `seen` holds the counts that there are, ascending, and `place` the code of each; None where every count up to the
    largest has one.
    """

    column: np.ndarray
    parts: int
    size: int
    seen: np.ndarray | None = None
    place: np.ndarray | None = None

    @classmethod
    def of(cls, column: np.ndarray) -> _Counts | None:
        """None where a value is no such count, or the range is large."""
        largest = column.max(initial=0).item()  # as any whole number: times the parts it may not fit into 32 bits
        for parts in _PARTS_OF_ONE:
            if largest * parts < _DENSE * len(column) and all(_is_whole(column[b], parts) for b in blocks(len(column))):
                return cls(column, parts, round(largest * parts) + 1)
        return None

    def codes(self, block: slice) -> np.ndarray:
        """Whole numbers, in the column's own kind where they are its values: that saves their conversion."""
        counts = self._counts(block)
        return counts if self.place is None else self.place.take(counts.astype(np.int64, copy=False))

    def values_of(self, codes: np.ndarray) -> np.ndarray:
        counts = codes if self.seen is None else self.seen[codes]
        return counts if self.column.dtype.kind == "i" else counts / self.parts

    def without_gaps(self) -> _Counts:
        present = np.zeros(self.size, dtype=bool)
        for block in blocks(len(self.column)):
            present[self._counts(block).astype(np.int64, copy=False)] = True
        seen = np.flatnonzero(present)
        if len(seen) == self.size:
            return self
        return _Counts(self.column, self.parts, len(seen), seen, np.cumsum(present) - 1)

    def _counts(self, block: slice) -> np.ndarray:
        column = self.column[block]
        return column if self.parts == 1 else np.rint(column * self.parts)


def _is_whole(column: np.ndarray, parts: int) -> bool:
    if column.dtype.kind == "i":
        return True
    return bool(((np.rint(column) if parts == 1 else np.rint(column * parts) / parts) == column).all())
