"""Why a model calls a customer at risk: the three reasons that add most, each with the value behind it."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from scipy.special import expit

from ml.churn.calibration import CalibratedClassifier
from ml.churn.contributions import group_contributions
from ml.churn.features import feature_matrix
from ml.churn.reason_columns import REASONS

LEAST = 0.05  # log odds: what adds less is no reason
_DECIMALS = 9
_COMPARED = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """A reason by its stable code, and the cause it hints at. What its `indicators` add to the risk is its weight.

    It is named where every condition (indicator, operator, value) holds, with the value of the indicator it `shows`.
    """

    code: str
    shows: str
    cause: str = ""
    indicators: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str, float], ...] = field(default=())


def top_reasons(
    model: CalibratedClassifier, features: list[str], reasons: tuple[Reason, ...], table: pa.Table
) -> pa.Table:
    """churn_probability of every row and its heaviest reasons: reason_1, reason_1_value, … in falling order.

    What the customer told (`told_reason`) comes first. Then follow reasons that raise the log odds by `LEAST` or more
    above those of the customers learnt from, and whose conditions hold; there may be fewer than three. Equal weights
    keep the order of `reasons`.

    Parameters
    ----------
    table : the features, those that reasons show or compare, and told_reason if it is known
    """
    weights, log_odds = reason_weights(model, features, reasons, table)
    weights[~_named(reasons, table)] = 0
    weights[weights < LEAST] = 0
    _put_told_first(weights, reasons, table)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :REASONS]
    shown = _shown(reasons, table)
    rows = np.arange(table.num_rows)
    codes = np.array([reason.code for reason in reasons], dtype=object)
    columns: dict[str, pa.Array] = {"churn_probability": pa.array(expit(log_odds).round(_DECIMALS))}
    for place in range(REASONS):
        chosen = order[:, place] if place < order.shape[1] else np.zeros(table.num_rows, dtype=int)
        absent = (weights[rows, chosen] <= 0) if place < order.shape[1] else np.ones(table.num_rows, dtype=bool)
        values = shown[rows, chosen]
        dictionary = pa.DictionaryArray.from_arrays(pa.array(chosen.astype(np.int32), mask=absent), pa.array(codes))
        columns[f"reason_{place + 1}"] = dictionary.cast(pa.string())
        columns[f"reason_{place + 1}_value"] = pa.array(values.round(_DECIMALS), mask=absent | np.isnan(values))
    return pa.table(columns)


def reason_weights(
    model, features: list[str], reasons: tuple[Reason, ...], table: pa.Table
) -> tuple[np.ndarray, np.ndarray]:
    """What the indicators of each reason add to the log odds, shape (n, len(reasons)), and the log odds, shape (n,)."""
    place = {name: number for number, reason in enumerate(reasons) for name in reason.indicators}
    groups = [place.get(name, len(reasons)) for name in features]
    parts, base = group_contributions(model, groups, feature_matrix(table, features))
    weights = np.zeros((table.num_rows, len(reasons)))
    weights[:, : parts.shape[1]] = parts[:, : len(reasons)].round(_DECIMALS)
    return weights, parts.sum(axis=1) + base


def _named(reasons: tuple[Reason, ...], table: pa.Table) -> np.ndarray:
    """Whether each reason may be named; a condition on what is not known does not hold."""
    named = np.zeros((table.num_rows, len(reasons)), dtype=bool)
    for number, reason in enumerate(reasons):
        if not reason.indicators or reason.shows not in table.column_names:
            continue
        holds = np.ones(table.num_rows, dtype=bool)
        for name, compared, bar in reason.conditions:
            known = name in table.column_names
            value = feature_matrix(table, [name])[:, 0] if known else np.full(table.num_rows, np.nan)
            holds &= _COMPARED[compared](value, bar) & ~np.isnan(value)
        named[:, number] = holds
    return named


def _put_told_first(weights: np.ndarray, reasons: tuple[Reason, ...], table: pa.Table) -> None:
    if "told_reason" not in table.column_names:
        return
    told = table["told_reason"].to_pandas().to_numpy(dtype=object)
    for number, reason in enumerate(reasons):
        weights[told == reason.code, number] = np.inf


def _shown(reasons: tuple[Reason, ...], table: pa.Table) -> np.ndarray:
    columns = [
        feature_matrix(table, [reason.shows])[:, 0]
        if reason.shows in table.column_names
        else np.full(table.num_rows, np.nan)
        for reason in reasons
    ]
    return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))
