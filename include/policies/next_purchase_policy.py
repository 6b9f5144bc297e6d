"""The policy of the next purchase: probability by category, and the window of the next one."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.flat_policy import columns, only_row
from include.policies.shape import Number

STEM = "next_purchase"

SHAPE = {
    "history_months": Number(1, 120, whole=True),
    "probability_days": Number(1, 365, whole=True),
    "popular_categories": Number(0, 100, whole=True),
    "leaving_factor": Number(1, 100),
    "rhythm_prior": Number(0.1, 100),
    "return_days": Number(7, 730, whole=True),
    "window_share": Number(0.1, 0.99),
    "training_rows": Number(1_000, 100_000_000, whole=True),
}

TABLES = {"next_purchase_settings": columns(SHAPE)}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {"next_purchase_settings": only_row(SHAPE, policy)}
