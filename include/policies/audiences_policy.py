"""The policy of scenario audiences: who belongs to each, by conditions on what is known of a customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.conditions import condition_faults, condition_rows
from include.policies.metrics import customer_metric_names
from include.policies.shape import Items, Name, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "audiences"
# What a condition may name beside customer_metrics; columns of int_audiences__facts.
BESIDE = (
    *("tier_level", "stage_level", "churn_probability", "clv_12m", "loyalty_score", "days_silent", "days_known"),
    *("days_to_birthday", "expiring_points", "days_to_renewal", "days_since_complaint", "open_tickets"),
)
SHAPE: dict[str, object] = {
    "audiences": Items({"audience": Name(), "en": Words(), "zh": Words(), "when": Words()}),
}
TABLES = {
    "audiences": "audience varchar, audience_en varchar, audience_zh varchar",
    "audience_conditions": "position integer, audience varchar, condition_no integer, metric varchar, "
    "operator varchar, value double",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    audiences = policy["audiences"]
    return {
        "audiences": [(one["audience"], one["en"], one["zh"]) for one in audiences],
        "audience_conditions": [
            (n, one["audience"], *row)
            for n, one in enumerate(audiences, 1)
            for row in condition_rows(one["when"], _metrics())
        ],
    }


def _metrics() -> tuple[str, ...]:
    return (*customer_metric_names(), *BESIDE)


def _audiences_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["audiences"]
    for item in setting.located.value:
        yield from condition_faults(setting, item, f"rule {item.value['audience'].value}", _metrics())


BETWEEN = (_audiences_are_sound,)
