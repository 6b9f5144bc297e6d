"""The policy of price elasticity: how much must have been seen before it is told."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.flat_policy import columns, only_row
from include.policies.shape import Number

STEM = "elasticity"

SHAPE = {
    "history_months": Number(1, 120, whole=True),
    "minimum_lines": Number(30, 1_000_000_000, whole=True),
    "minimum_price_changes": Number(2, 1_000_000_000, whole=True),
    "minimum_products": Number(2, 1_000_000, whole=True),
}

TABLES = {"elasticity_settings": columns(SHAPE)}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {"elasticity_settings": only_row(SHAPE, policy)}
