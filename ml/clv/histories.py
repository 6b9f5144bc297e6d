"""Purchase histories as arrays: checked row by row, equal rows grouped so that each is computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_DENSE = 4


def checked_arrays(**columns) -> list[np.ndarray]:
    """The columns as float arrays of one shape (n,), in the order given.

    Raises
    ------
    ValueError: a column is not one-dimensional or not numeric, lengths differ, or a value is negative or not
        finite; the message names the column and the first such row.
    """
    arrays = {name: numbers(name, values) for name, values in columns.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) != 1 or any(array.ndim != 1 for array in arrays.values()):
        raise ValueError(f"every column needs the same one-dimensional length; found {shapes}")
    for name, array in arrays.items():
        # Extremes are found faster than rows, and not a number is neither of these.
        if len(array) and not (array.min() >= 0 and array.max() < np.inf):
            row = int(np.argmin(np.isfinite(array) & (array >= 0)))
            raise ValueError(f"row {row}: {name} is {array[row]}; it must be a number of zero or more")
    return list(arrays.values())


def numbers(name: str, values) -> np.ndarray:
    """The values as a float array of one dimension or more; `ValueError` names the column."""
    try:
        return np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError) as fault:
        raise ValueError(f"{name} must be a column of numbers without missing values: {fault}") from fault


def checked_histories(frequency, recency, T) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age as float arrays of shape (n,), each row a possible history.

    Raises
    ------
    ValueError: a negative or missing value, a fractional frequency, recency > T, or repeat purchases at
        age zero (or none at a later age); the message names the first such row.
    """
    x, t_x, age = checked_arrays(frequency=frequency, recency=recency, T=T)
    for wrong, words in (
        (x != np.floor(x), "frequency {x} is not a whole number"),
        (t_x > age, "recency {t_x} is later than the age T {age}"),
        ((x > 0) & (t_x == 0), "frequency {x} with recency 0: repeat purchases need a later time than the first"),
        ((x == 0) & (t_x > 0), "recency {t_x} with frequency 0: without a repeat purchase it is 0"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(f"row {row}: " + words.format(x=x[row], t_x=t_x[row], age=age[row]))
    return x, t_x, age


def checked_times(t, rows: int) -> np.ndarray:
    """Lengths of time of shape (1,) for all rows or (rows,); `ValueError` names `t` and the row."""
    (times,) = checked_arrays(t=t)
    if len(times) not in (1, rows):
        raise ValueError(f"t has length {len(times)}; one for all {rows} rows or one for each is needed")
    return times


def checked_weights(weights, rows: int) -> np.ndarray:
    """Weights of shape (rows,), ones when None; `ValueError` names the first that is not positive."""
    if weights is None:
        return np.ones(rows)
    (array,) = checked_arrays(weights=weights)
    if array.shape != (rows,):
        raise ValueError(f"weights have shape {array.shape}; one for each of {rows} rows is needed")
    if not (array > 0).all():
        raise ValueError(f"row {int(np.argmin(array > 0))}: the weight is 0; leave the row out instead")
    return array


def grouped_rows(columns: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """Distinct rows of the columns in ascending order, and the index of each row's group.

    Ascending order makes every later sum independent of the order the rows came in.
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        distinct = Distinct.of(column)
        size *= len(distinct.values)
        if size > 2**62:
            grouped, group = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
            return list(grouped.T), group.ravel()
        key *= len(distinct.values)
        key += distinct.code
    groups = Distinct.of(key)
    first = np.empty(len(groups.values), dtype=np.int64)
    first[groups.code] = np.arange(len(key))
    return [column[first] for column in columns], groups.code


def sampled_rows(columns: list[np.ndarray], weights: np.ndarray, customers: int) -> tuple[list[np.ndarray], np.ndarray]:
    """About so many customers, evenly spaced through the sorted rows, as distinct rows and their counts."""
    step = weights.sum() / customers
    counts = np.diff(np.floor(np.concatenate([[0.5], np.cumsum(weights) / step + 0.5])))
    drawn = counts > 0
    return [column[drawn] for column in columns], counts[drawn]


@dataclass(frozen=True)
class Distinct:
    """Distinct values of a column and each row's place among them, so that a costly function runs once a value."""

    values: np.ndarray
    code: np.ndarray

    @classmethod
    def of(cls, column: np.ndarray) -> Distinct:
        """Ascending values; whole numbers of a small range are counted, others hashed, since both beat sorting."""
        if column.dtype.kind == "i" and len(column) and column.max() < _DENSE * len(column):
            present = np.zeros(column.max() + 1, dtype=bool)
            present[column] = True
            return cls(np.flatnonzero(present), (np.cumsum(present) - 1)[column])
        code, values = pd.factorize(column, sort=True)
        return cls(values, code)

    def sums(self, weights: np.ndarray) -> np.ndarray:
        return np.bincount(self.code, weights, minlength=len(self.values))
