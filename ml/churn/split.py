"""Splits in time: what is judged happened after everything that was learnt from had ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.errors import NotEnoughHistory


@dataclass(frozen=True)
class TemporalSplit:
    """Row masks of shape (n,): `judged` is one date, `training` holds dates whose label window ended by then."""

    judged_on: date
    trained_through: date
    training: np.ndarray
    judged: np.ndarray


def temporal_split(days: np.ndarray, outcome: np.ndarray, lead_days: int, as_of: date, minimum_positives: int):
    """Judge on the latest labelled date, train on dates at least `lead_days` before it.

    Raises
    ------
    NotEnoughHistory: no such dates, or fewer than `minimum_positives` churned or stayed in either part;
        the message says what there is and what is needed.
    """
    prefix = f"lead {lead_days} days: "
    needed = as_of - timedelta(days=2 * lead_days)
    if not len(days):
        raise NotEnoughHistory(
            f"{prefix}no eligible customer has a known outcome by {as_of}; "
            f"training and judging need eligible customers on {needed} or earlier."
        )
    first, latest = days.min(), days.max()
    training = days <= latest - np.timedelta64(lead_days, "D")
    if not training.any():
        raise NotEnoughHistory(
            f"{prefix}the first date with eligible customers is {first}; "
            f"training and judging by {as_of} need {2 * lead_days} days, so one of {needed} or earlier."
        )
    judged = days == latest
    for part, rows in (("training", training), ("judging", judged)):
        churned, stayed = int(outcome[rows].sum()), int((~outcome[rows]).sum())
        if min(churned, stayed) < minimum_positives:
            raise NotEnoughHistory(
                f"{prefix}{churned} customers churned and {stayed} stayed in {part}; "
                f"at least {minimum_positives} of each are needed."
            )
    return TemporalSplit(latest.item(), days[training].max().item(), training, judged)


def ordered_folds(days: np.ndarray, outcome: np.ndarray, lead_days: int, most: int = 4):
    """Pairs of row indices (learn, judge) within training rows, each judged date after its learning ended.

    At most the `most` latest dates are judged; a pair without both outcomes on both sides is left out.
    """
    folds = []
    for day in np.unique(days)[::-1][:most]:
        learn, judge = np.flatnonzero(days <= day - np.timedelta64(lead_days, "D")), np.flatnonzero(days == day)
        if all(len(rows) and 0 < outcome[rows].sum() < len(rows) for rows in (learn, judge)):
            folds.append((learn, judge))
    return folds[::-1]


def sampled_customers(customers: pa.ChunkedArray, most_rows: int) -> np.ndarray:
    """Mask of shape (n,) of about `most_rows` rows: all rows of customers drawn by a hash of their id, so that the same
    are drawn in any order and however many others there are; every row where they are no more."""
    if len(customers) <= most_rows:
        return np.ones(len(customers), dtype=bool)
    return _hashes(customers) < np.uint64(most_rows / len(customers) * 2**64)


def parts_of_customers(customers: pa.ChunkedArray, parts: int) -> np.ndarray:
    """Part of each row, 0 to parts - 1, shape (n,): all rows of a customer are in one, by a hash of their id."""
    return (_hashes(customers) % np.uint64(parts)).astype(int)


def _hashes(customers: pa.ChunkedArray) -> np.ndarray:
    codes = customers.combine_chunks().dictionary_encode()
    hashes = pd.util.hash_array(np.array(codes.dictionary.to_pylist(), dtype=object), categorize=False)
    return hashes[codes.indices.to_numpy()]
