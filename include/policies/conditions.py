"""Conditions of a policy: `metric operator value`, joined by `and`. Never free SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from include.contract.positioned_yaml import did_you_mean

OPERATORS = (">", ">=", "<", "<=", "=", "!=")
_CONDITION = re.compile(r"\s*([A-Za-z_]\w*)\s*(>=|<=|!=|>|<|=)\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class Condition:
    metric: str
    operator: str
    value: Decimal


def parse_conditions(words: str, metrics: Iterable[str]) -> tuple[Condition, ...]:
    """The conditions of a `when`, all of which must hold.

    Raises
    ------
    ValueError: a part is no condition, or names an unknown metric (with the nearest known one).
    """
    return tuple(_condition(part, metrics) for part in re.split(r"\band\b", words))


def _condition(part: str, metrics: Iterable[str]) -> Condition:
    match = _CONDITION.fullmatch(part)
    if not match:
        raise ValueError(
            f"{part.strip()!r} is no condition. Write a metric, one of {' '.join(OPERATORS)} and a number, "
            "and join conditions with and."
        )
    metric, operator, value = match.groups()
    if metric not in metrics:
        nearest = did_you_mean(metric, metrics).strip()
        raise ValueError(f"unknown metric {metric}" + (f"; {nearest[0].lower()}{nearest[1:]}" if nearest else "."))
    return Condition(metric, operator, Decimal(value))
