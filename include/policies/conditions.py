"""Conditions of a policy: `metric operator value`, joined by `and`. Never free SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean

if TYPE_CHECKING:
    from include.contract.positioned_yaml import Located
    from include.policies.rules import Setting

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


def condition_rows(words: str, metrics: Iterable[str]) -> list[tuple[int, str, str, float]]:
    """One row a condition: its number, metric, operator and value."""
    parts = parse_conditions(words, metrics)
    return [(number, part.metric, part.operator, float(part.value)) for number, part in enumerate(parts, 1)]


def condition_faults(setting: Setting, item: Located, rule: str, metrics: Iterable[str]) -> Iterator[str]:
    """The fault of an entry's `when`, if it has one."""
    try:
        parse_conditions(item.value["when"].value, metrics)
    except ValueError as error:
        yield setting.at(item.value["when"], rule, str(error))


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
