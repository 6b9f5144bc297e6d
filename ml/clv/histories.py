"""Purchase histories as arrays, checked row by row."""

from __future__ import annotations

import numpy as np

from ml.clv.distinct import blocks


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
    for rows in blocks(len(x)):
        _check_rows(x[rows], t_x[rows], age[rows], rows.start)
    return x, t_x, age


def _check_rows(x, t_x, age, first: int) -> None:
    if ((x == np.floor(x)) & (t_x <= age) & ((x > 0) == (t_x > 0))).all():
        return
    for wrong, words in (
        (x != np.floor(x), "frequency {x} is not a whole number"),
        (t_x > age, "recency {t_x} is later than the age T {age}"),
        ((x > 0) & (t_x == 0), "frequency {x} with recency 0: repeat purchases need a later time than the first"),
        ((x == 0) & (t_x > 0), "recency {t_x} with frequency 0: without a repeat purchase it is 0"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(f"row {first + row}: " + words.format(x=x[row], t_x=t_x[row], age=age[row]))


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
