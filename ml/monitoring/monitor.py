"""The monitor of one model at one date: every drift told, and whether they ask for a training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.monitoring.outcomes import TenthOutcome
from ml.monitoring.reference import Reference, numbers, stability_index

INPUT, SCORE, OUTCOME = "input", "score", "outcome"
COLUMNS = pa.schema(
    [
        ("part", pa.string()),
        ("item", pa.string()),
        ("tenth", pa.int32()),
        ("customers", pa.int64()),
        ("psi", pa.float64()),
        ("psi_limit", pa.float64()),
        ("expected", pa.float64()),
        ("observed", pa.float64()),
        ("expected_low", pa.float64()),
        ("expected_high", pa.float64()),
        ("is_beyond", pa.bool_()),
        ("reason", pa.string()),
    ]
)
_DECIMALS = 9


@dataclass(frozen=True)
class Limits:
    """The policy's: population stability indices, and how many inputs or tenths beyond ask for a training."""

    minimum_customers: int
    input_psi: float
    inputs_drifted: int
    score_psi: float
    outcome_confidence: float
    outcome_tolerance: float
    outcome_tenths: int


def drift(reference: Reference, rows: pa.Table, score: np.ndarray | None, score_name: str, limits: Limits) -> pa.Table:
    """Drift of every input and of the scores since the reference, of the customers of one date.

    Parameters
    ----------
    rows : table with the inputs; one that is missing has drifted beyond any index
    score : array of shape (n,), or None where nothing was scored

    Returns
    -------
    table of `COLUMNS`, inputs in name order, then the score; one row with a reason for fewer customers than the limit
    """
    fewest = min(rows.num_rows, reference.customers)
    if fewest < limits.minimum_customers:
        return without_figures(f"{fewest} customers: under {limits.minimum_customers}, drift is not told from chance")
    told = []
    for name, spread in sorted(reference.inputs.items()):
        values = numbers(rows[name]) if name in rows.column_names else np.full(rows.num_rows, np.nan)
        told.append(_drifted(INPUT, name, rows.num_rows, stability_index(spread, values), limits.input_psi))
    if score is not None and reference.score:
        index = stability_index(reference.score, score)
        told.append(_drifted(SCORE, score_name, len(score), index, limits.score_psi))
    return pa.Table.from_pylist(told, schema=COLUMNS)


def outcomes(tenths: list[TenthOutcome], name: str, limits: Limits) -> pa.Table:
    """Outcomes by tenth as rows of `COLUMNS`; empty with fewer customers than the limit."""
    if sum(one.customers for one in tenths) < limits.minimum_customers:
        return COLUMNS.empty_table()
    rows = [
        {
            "part": OUTCOME,
            "item": name,
            "tenth": one.tenth,
            "customers": one.customers,
            "expected": _rounded(one.expected),
            "observed": _rounded(one.observed),
            "expected_low": _rounded(one.low),
            "expected_high": _rounded(one.high),
            "is_beyond": one.is_off,
        }
        for one in tenths
    ]
    return pa.Table.from_pylist(rows, schema=COLUMNS)


def without_figures(reason: str) -> pa.Table:
    """The one row of a model of which nothing can be told."""
    return pa.Table.from_pylist([{"reason": reason, "is_beyond": False}], schema=COLUMNS)


def reasons_to_train(told: pa.Table, limits: Limits) -> list[str]:
    """Why the limits ask for a training, in words; empty when they do not."""
    beyond = [row for row in told.to_pylist() if row["is_beyond"]]
    inputs = sorted((row for row in beyond if row["part"] == INPUT), key=lambda row: -row["psi"])
    scores = [row for row in beyond if row["part"] == SCORE]
    tenths = [row for row in beyond if row["part"] == OUTCOME]
    reasons = []
    if len(inputs) >= limits.inputs_drifted:
        most = ", ".join(f"{row['item']} {row['psi']:.2f}" for row in inputs[:5])
        reasons.append(f"{len(inputs)} inputs have drifted (stability index over {limits.input_psi:g}): {most}")
    reasons += [f"scores have drifted: {row['item']} {row['psi']:.2f}, limit {limits.score_psi:g}" for row in scores]
    if len(tenths) >= limits.outcome_tenths:
        most = ", ".join(f"tenth {row['tenth']}: {row['observed']:.3f} for {row['expected']:.3f}" for row in tenths[:3])
        reasons.append(f"outcomes of {len(tenths)} tenths are not what was expected: {most}")
    return reasons


def _drifted(part: str, item: str, customers: int, index: float, limit: float) -> dict:
    return {
        "part": part,
        "item": item,
        "customers": customers,
        "psi": _rounded(index),
        "psi_limit": limit,
        "is_beyond": bool(index > limit),
    }


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)
