"""How inputs and scores were spread when a version was trained: what later customers are set beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

REFERENCE_FILE = "reference.json"
_TENTHS = np.arange(0.1, 1.0, 0.1)
_SMALLEST_SHARE = 1e-4


@dataclass(frozen=True)
class Spread:
    """`edges` part a column into tenths, fewer where values repeat; `shares` are of each part, the last of nulls.

    A value of a tenth of the customers or more is a part of its own, apart from what lies below it. Without an edge all
    that is known is one part.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Reference:
    """Spreads of the customers whom a version first scored, those of the date it was trained for."""

    as_of: date
    customers: int
    inputs: Mapping[str, Spread]
    score: Spread | None


def spread_of(values: np.ndarray) -> Spread:
    """Tenths of the values that are known.

    Parameters
    ----------
    values : array of shape (n,), nan where unknown
    """
    known = values[~np.isnan(values)]
    tenths = np.quantile(known, _TENTHS, method="inverted_cdf") if len(known) else np.empty(0)
    edges, times = np.unique(tenths, return_counts=True)
    # What most share is told from what is less: who all had one value and now have none of it have drifted.
    edges = np.union1d(edges, np.nextafter(edges[times > 1], -np.inf))
    return Spread(tuple(map(float, edges)), tuple(map(float, _shares(edges, values))))


def stability_index(reference: Spread, values: np.ndarray) -> float:
    """Population stability index: sum over parts of (share now - share then) x log(share now / share then).

    0 for equal shares; by custom over 0.1 is a shift and over 0.25 a large one. Empty parts count as one in ten
    thousand, so that the index stays finite.

    Raises
    ------
    ValueError: there are no values.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, Wiley, ch. 8; it is the Jeffreys divergence of the two samples.
    """
    if not len(values):
        raise ValueError("a population without customers has no stability index")
    then = np.maximum(reference.shares, _SMALLEST_SHARE)
    now = np.maximum(_shares(np.asarray(reference.edges), values), _SMALLEST_SHARE)
    return float(((now - then) * np.log(now / then)).sum())


def make_reference(rows: pa.Table, inputs: list[str], score: np.ndarray | None, as_of: date) -> Reference:
    """The reference of a version from the customers of one date.

    Parameters
    ----------
    rows : table with the columns `inputs`, numbers or booleans
    score : array of shape (n,), nan where a customer has none; None where the model gives no score of its own
    """
    is_scored = score is not None and not np.isnan(score).all()
    spreads = {name: spread_of(numbers(rows[name])) for name in inputs}
    return Reference(as_of, rows.num_rows, spreads, spread_of(score) if is_scored else None)


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    """A column as float64, nan where null."""
    return pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)


def write_reference(reference: Reference, folder: Path) -> Path:
    path = folder / REFERENCE_FILE
    content = asdict(reference) | {"as_of": reference.as_of.isoformat()}
    path.write_text(json.dumps(content, sort_keys=True) + "\n")
    return path


def read_reference(path: Path) -> Reference:
    content = json.loads(path.read_text())
    inputs = {name: _spread(one) for name, one in content["inputs"].items()}
    score = _spread(content["score"]) if content["score"] else None
    return Reference(date.fromisoformat(content["as_of"]), content["customers"], inputs, score)


def _spread(content: dict) -> Spread:
    return Spread(tuple(content["edges"]), tuple(content["shares"]))


def _shares(edges: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of the values up to each edge and above that of the one before, above the last, and of nan."""
    known = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(counts, len(values) - len(known)) / len(values)
