"""Policies of single values: each is one column of a settings table of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.policies.shape import Number


def columns(shape: Mapping[str, Number]) -> str:
    """The columns of the settings table, in the order of the shape."""
    return ", ".join(f"{key} {'integer' if number.whole else 'double'}" for key, number in shape.items())


def only_row(shape: Mapping[str, Number], policy: dict) -> list[Sequence]:
    return [tuple(policy[key] if number.whole else float(policy[key]) for key, number in shape.items())]
