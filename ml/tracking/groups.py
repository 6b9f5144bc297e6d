"""Figures by group of customers (a region, an age band), under names that MLflow shows side by side.

A table of figures by group has the columns `grouping` and `group`, and one for each figure, `customers` among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

import pandas as pd

CUSTOMERS = "customers"
_PREFIX = "by_"
_KEYS = ("grouping", "group")
# MLflow takes names of 250 characters, the beginning `rival_` and a figure's name among them.
_LONGEST = 160


@dataclass(frozen=True)
class GroupMetric:
    grouping: str
    group: str
    metric: str


def group_metric(grouping: str, group: str, metric: str) -> str:
    """`by_<grouping>/<group>/<metric>`; MLflow draws what stands before the last stroke in one section."""
    return f"{_PREFIX}{_allowed(grouping)}/{_allowed(group)}/{metric}"


def split_group_metric(name: str) -> GroupMetric | None:
    """The parts of a name that `group_metric` made; None for any other."""
    parts = name.split("/")
    if len(parts) != 3 or not name.startswith(_PREFIX):
        return None
    return GroupMetric(parts[0].removeprefix(_PREFIX), *parts[1:])


def group_metrics(table: pd.DataFrame) -> dict[str, float]:
    """The table's figures by MLflow's name, to be logged with those of all customers; unknown ones are left out."""
    figures = [name for name in table.columns if name not in _KEYS]
    return {
        group_metric(row["grouping"], row["group"], figure): float(row[figure])
        for row in table.to_dict("records")
        for figure in figures
        if row[figure] == row[figure]
    }


def _allowed(text: object) -> str:
    """The text without what MLflow refuses in a name, strokes among it; a long one is cut, its end told by a hash."""
    allowed = re.sub(r"[^\w.\- ]+", "-", str(text)).strip(" .") or "-"
    if len(allowed) <= _LONGEST:
        return allowed
    return f"{allowed[:_LONGEST]}-{sha256(str(text).encode()).hexdigest()[:8]}"
