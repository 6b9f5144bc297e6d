"""Rows of past experiments as an uplift model reads them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import NotEnoughHistory

KEYS = ("campaign_id", "customer_id", "as_of_date", "objective", "is_treated", "outcome")


@dataclass(frozen=True)
class ExperimentRows:
    """Customers of experiments: arrays of shape (n,), features of shape (n, k) with nan where unknown.

    `treated_share` is that of the row's own experiment, `customer` numbers customers from 0: one who was in several
    experiments has several rows.
    """

    features: np.ndarray
    names: tuple[str, ...]
    treated: np.ndarray
    outcome: np.ndarray
    experiment: np.ndarray
    treated_share: np.ndarray
    customer: np.ndarray
    keys: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def control_weight(self) -> np.ndarray:
        """Weight of a control row that makes its experiment's arms equally large; 1 for treated rows."""
        return np.where(self.treated, 1.0, self.treated_share / (1 - self.treated_share))


def feature_names(table: pa.Table) -> tuple[str, ...]:
    return tuple(name for name in table.column_names if name not in KEYS)


def feature_matrix(table: pa.Table, names: tuple[str, ...] | list[str]) -> np.ndarray:
    """Shape (n, k), nan where null."""
    columns = [pc.fill_null(table[name].cast(pa.float64()), float("nan")).to_numpy() for name in names]
    return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))


def rows_of_experiments(table: pa.Table, most: int) -> ExperimentRows:
    """Rows of experiments with both arms, of customers drawn by a hash of their id beyond `most` rows.

    Parameters
    ----------
    table : columns `KEYS` (campaign_id, customer_id text; is_treated boolean; outcome double) and the features, doubles
    """
    table = table.filter(pc.and_(pc.is_valid(table["campaign_id"]), pc.is_valid(table["outcome"])))
    table = _drawn(table.sort_by([("campaign_id", "ascending"), ("customer_id", "ascending")]), most)
    treated = table["is_treated"].to_numpy(zero_copy_only=False).astype(bool)
    experiment = _codes(table["campaign_id"])
    share = (
        np.bincount(experiment, treated)[experiment] / np.bincount(experiment)[experiment] if len(treated) else treated
    )
    kept = (share > 0) & (share < 1)
    table = table.filter(pa.array(kept))
    names, features = _telling(feature_names(table), table)
    ids = pc.dictionary_encode(table["customer_id"]).combine_chunks() if table.num_rows else None
    return ExperimentRows(
        features,
        names,
        treated[kept],
        table["outcome"].to_numpy().astype(float),
        _codes(table["campaign_id"]),
        share[kept],
        _codes(table["customer_id"]),
        tuple(ids.dictionary.to_pylist()) if ids is not None else (),
    )


def need_enough(rows: ExperimentRows, minimum_arm: int, minimum_outcomes: int) -> None:
    """
    Raises
    ------
    NotEnoughHistory: too few customers or outcomes in an arm, in words.
    """
    for name, arm in (("contacted", rows.treated), ("held back", ~rows.treated)):
        customers, outcomes = int(arm.sum()), int((rows.outcome[arm] != 0).sum())
        if customers < minimum_arm:
            raise NotEnoughHistory(
                f"past campaigns with a control group have {customers} customers {name}; {minimum_arm} are needed."
            )
        if outcomes < minimum_outcomes:
            raise NotEnoughHistory(
                f"of {customers} customers {name} {outcomes} did what is looked for; {minimum_outcomes} are needed."
            )


def folds_of(rows: ExperimentRows, folds: int, split: int = 0) -> np.ndarray:
    """Fold of each row, 0 to folds - 1, by a hash of the customer: nobody is in two; another `split`, other folds."""
    of_customer = np.array([_hashed(f"{split}|{key}") % folds for key in rows.keys], dtype=int)
    return of_customer[rows.customer] if len(rows) else np.zeros(0, int)


def _telling(names: tuple[str, ...], table: pa.Table) -> tuple[tuple[str, ...], np.ndarray]:
    """Features in which rows differ, and their values: what no source tells is none."""
    features = feature_matrix(table, names)
    differs = [len(np.unique(column[~np.isnan(column)])) > 1 for column in features.T] if len(features) else []
    kept = np.array(differs, dtype=bool) if len(differs) else np.ones(len(names), dtype=bool)
    return tuple(name for name, one in zip(names, kept, strict=True) if one), features[:, kept]


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    if not len(column):
        return np.zeros(0, int)
    return pc.dictionary_encode(column).combine_chunks().indices.to_numpy().astype(int)


def _drawn(table: pa.Table, most: int) -> pa.Table:
    if table.num_rows <= most:
        return table
    share = most / table.num_rows * 2**32
    drawn = [_hashed(key) % 2**32 < share for key in table["customer_id"].to_pylist()]
    return table.filter(pa.array(drawn))


def _hashed(key: str) -> int:
    return int.from_bytes(hashlib.md5(f"uplift|{key}".encode()).digest()[:8], "big") >> 7
