"""The policy of fraud signs: when sign-ups, plan moves and returns are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.shape import Choice, Items, Number, Words

STEM = "fraud"
RULES = ("false_sign_up", "migration_abuse", "returns_abuse")
SHARED = ("device", "phone", "address")
_SETTINGS = {
    "quiet_days": Number(0, 3650, whole=True),
    "largest_share_of_buyers": Number(0, 1),
    "migration_days": Number(1, 3650, whole=True),
    "migration_moves": Number(1, 100, whole=True),
    "return_orders": Number(1, 1000, whole=True),
    "return_share": Number(0, 1),
}
SHAPE: dict[str, object] = {
    **_SETTINGS,
    "shared": Items({"what": Choice(SHARED), "accounts": Number(2, 10_000, whole=True)}, may_be_empty=True),
    "rules": Items({"rule": Choice(RULES), "en": Words(), "zh": Words()}),
}
TABLES = {
    "fraud_settings": ", ".join(f"{key} {'integer' if kind.whole else 'double'}" for key, kind in _SETTINGS.items()),
    "fraud_shared": "what varchar, accounts integer",
    "fraud_rules": "rule varchar, rule_en varchar, rule_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "fraud_settings": [tuple(policy[key] for key in _SETTINGS)],
        "fraud_shared": [(one["what"], one["accounts"]) for one in policy["shared"]],
        "fraud_rules": [(one["rule"], one["en"], one["zh"]) for one in policy["rules"]],
    }


BETWEEN = ()
