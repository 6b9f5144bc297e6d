"""The policy of value growth: how far apart paths are told, and what is compared before and after."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.shape import Choice, Items, Number, Words

STEM = "growth"
ACTIONS = ("campaign", "coupon", "new_category", "referral", "contact", "complaint", "happy_survey", "subscription")
_SETTINGS = {
    "path_months": Number(1, 120, whole=True),
    "lookback_days": Number(1, 3650, whole=True),
    "effect_days": Number(1, 3650, whole=True),
    "revenue_bands": Number(1, 100, whole=True),
}
SHAPE: dict[str, object] = {**_SETTINGS, "actions": Items({"action": Choice(ACTIONS), "en": Words(), "zh": Words()})}
TABLES = {
    "growth_settings": ", ".join(f"{key} integer" for key in _SETTINGS),
    "growth_actions": "action varchar, action_en varchar, action_zh varchar",
}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "growth_settings": [tuple(policy[key] for key in _SETTINGS)],
        "growth_actions": [(one["action"], one["en"], one["zh"]) for one in policy["actions"]],
    }
