"""The policy of baskets: what is bought together, and what follows what."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.flat_policy import columns, only_row
from include.policies.shape import Number

STEM = "baskets"

SHAPE = {
    "history_months": Number(1, 120, whole=True),
    "customers": Number(1_000, 1_000_000_000, whole=True),
    "together_days": Number(1, 3650, whole=True),
    "largest_basket": Number(2, 10_000, whole=True),
    "minimum_baskets": Number(2, 1_000_000_000, whole=True),
    "minimum_support": Number(0, 1),
    "partners": Number(1, 10_000, whole=True),
    "category_within_days": Number(1, 3650, whole=True),
    "deed_within_days": Number(1, 3650, whole=True),
    "minimum_sequences": Number(2, 1_000_000_000, whole=True),
    "sequences": Number(1, 100_000, whole=True),
}

TABLES = {"baskets_settings": columns(SHAPE)}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {"baskets_settings": only_row(SHAPE, policy)}
