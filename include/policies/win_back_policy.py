"""The policy of win-back: what counts as a return, its worth, and what an attempt costs."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.shape import Number

STEM = "win_back"
SHAPE: dict[str, object] = {
    "return_days": Number(1, 3650, whole=True),
    "value_days": Number(1, 3650, whole=True),
    "shrinkage": Number(0, 1_000_000),
    "attempt_cost": Number(0.0001, 1_000_000_000),
    "attempts_within_days": Number(1, 3650, whole=True),
    "most_attempts": Number(1, 1000, whole=True),
}
TABLES = {
    "win_back_settings": "return_days integer, value_days integer, shrinkage double, attempt_cost decimal(18, 4), "
    "attempts_within_days integer, most_attempts integer",
}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """The one row of `TABLES`."""
    return {"win_back_settings": [tuple(policy[key] for key in SHAPE)]}
