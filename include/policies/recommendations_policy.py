"""The policy of recommendations: how long the lists are, and what has no place in them."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.flat_policy import columns, only_row
from include.policies.shape import Number

STEM = "recommendations"

SHAPE = {
    "history_months": Number(1, 120, whole=True),
    "list_length": Number(1, 100, whole=True),
    "neighbours": Number(1, 1000, whole=True),
    "hold_out_days": Number(1, 365, whole=True),
    "unsold_days": Number(1, 3650, whole=True),
    "returned_months": Number(0, 120, whole=True),
}

TABLES = {"recommendation_settings": columns(SHAPE)}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {"recommendation_settings": only_row(SHAPE, policy)}
