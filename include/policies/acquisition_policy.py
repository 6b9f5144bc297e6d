"""The policy of acquisition: which cost wins customers, who is retained, and what a customer may cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Number, Several, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "acquisition"
PURPOSES = ("acquisition", "retention", "win_back", "brand", "other")
# Each is found by SQL of its own, so none can be added or left out; names can change.
STEPS = ("lead", "registration", "first_purchase", "second_purchase", "retained", "referral")
_SETTINGS = {
    "retained_from_days": "integer",
    "retained_to_days": "integer",
    "first_value_days": "integer",
    "minimum_ratio": "double",
    "high_value_tiers": "integer",
    "high_value_ratio": "double",
}

SHAPE: dict[str, object] = {
    "paid_purposes": Several(PURPOSES),
    "retained_from_days": Number(1, 3650, whole=True),
    "retained_to_days": Number(1, 3650, whole=True),
    "first_value_days": Number(1, 3650, whole=True),
    "minimum_ratio": Number(0, 1000),
    "high_value_tiers": Number(0, 100, whole=True),
    "high_value_ratio": Number(0, 1000),
    "steps": Items({"step": Choice(STEPS), "en": Words(), "zh": Words()}),
}

TABLES = {
    "acquisition_settings": ", ".join(f"{name} {kind}" for name, kind in _SETTINGS.items()),
    "acquisition_purposes": "purpose varchar",
    "acquisition_steps": "position integer, step varchar, step_en varchar, step_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    return {
        "acquisition_settings": [
            tuple(float(policy[name]) if kind == "double" else policy[name] for name, kind in _SETTINGS.items())
        ],
        "acquisition_purposes": [(purpose,) for purpose in policy["paid_purposes"]],
        "acquisition_steps": [
            (position, step["step"], step["en"], step["zh"]) for position, step in enumerate(policy["steps"], 1)
        ],
    }


def _every_step_is_there_in_order(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["steps"]
    given = tuple(item.value["step"].value for item in setting.located.value)
    if given != STEPS:
        yield setting.at(setting.located, "steps", f"must be {', '.join(STEPS)}, in this order.")


def _retention_has_an_end(settings: dict[str, Setting]) -> Iterator[str]:
    setting, end = settings["retained_from_days"], settings["retained_to_days"].located.value
    if setting.located.value >= end:
        words = f"must be under retained_to_days ({end})."
        yield setting.at(setting.located, "retained_from_days", words)


BETWEEN = (_every_step_is_there_in_order, _retention_has_an_end)
