"""Figures by group of customers (a region, an age band), under names that MLflow shows side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_PREFIX = "groups"
CUSTOMERS = "customers"


@dataclass(frozen=True)
class GroupFigures:
    """What a model makes of the judged customers of one group. `figures` by the names they have for all customers."""

    dimension: str
    group: str
    customers: int
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupMetric:
    dimension: str
    group: str
    metric: str


def group_metric(dimension: str, group: str, metric: str) -> str:
    """`groups/<dimension>/<group>/<metric>`; MLflow draws the figures before the last stroke in one section."""
    return "/".join((_PREFIX, _allowed(dimension), _allowed(group), metric))


def split_group_metric(name: str) -> GroupMetric | None:
    """The parts of a name that `group_metric` made; None for any other."""
    parts = name.split("/")
    return GroupMetric(*parts[1:]) if len(parts) == 4 and parts[0] == _PREFIX else None


def group_metrics(groups: Iterable[GroupFigures]) -> dict[str, float]:
    """Figures of all groups, and their customers, by MLflow's name; to be logged with those of all customers."""
    metrics: dict[str, float] = {}
    for one in groups:
        metrics[group_metric(one.dimension, one.group, CUSTOMERS)] = float(one.customers)
        metrics |= {group_metric(one.dimension, one.group, name): value for name, value in one.figures.items()}
    return metrics


def group_table(groups: Iterable[GroupFigures], metrics: Iterable[str]) -> str:
    """Markdown table of the named figures, one row a group, for a model card; empty without groups."""
    names, rows = list(metrics), list(groups)
    if not rows:
        return ""
    head = ["", "group", "customers", *names]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for one in rows:
        figures = [f"{one.figures[name]:.4g}" if name in one.figures else "" for name in names]
        lines.append(f"| {' | '.join([one.dimension, one.group, f'{one.customers:,}', *figures])} |")
    return "\n".join(lines)


def _allowed(text: str) -> str:
    """The text without what MLflow refuses in a name, strokes among it."""
    return re.sub(r"[^\w.\- ]+", "-", text).strip(" .") or "-"
