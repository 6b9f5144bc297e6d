"""The policy of credit: the points card of the risk of not paying, limits, and steps of collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.policies.conditions import condition_faults, condition_rows
from include.policies.shape import Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "credit"
# What a rule may name: columns of int_credit__figures.
METRICS = (
    *("demands", "late_demands", "late_share", "days_late", "longest_days_late", "overdue_demands", "overdue_amount"),
    *("overdue_days", "written_off_demands", "written_off_amount", "written_off_share", "reminders", "tenure_days"),
    *("monthly_spend", "returned_demands"),
)
_NAMES = {"en": Words(), "zh": Words()}
_POINTS = Number(0, 1000, whole=True)
SHAPE: dict[str, object] = {
    "months": Number(1, 60, whole=True),
    "minimum_demands": Number(1, 1000, whole=True),
    "rules": Items({"rule": Name(), **_NAMES, "points": _POINTS, "when": Words()}),
    "classes": Items({"class": Name(), **_NAMES, "at_least": _POINTS, "limit_months": Number(0, 120)}),
    "collections": Items({"step": Name(), **_NAMES, "from_days": Number(1, 3650, whole=True)}),
}
TABLES = {
    "credit_settings": "months integer, minimum_demands integer",
    "credit_rules": "position integer, rule varchar, rule_en varchar, rule_zh varchar, points integer",
    "credit_conditions": "position integer, rule varchar, condition_no integer, metric varchar, operator varchar, "
    "value double",
    "credit_classes": "position integer, class varchar, class_en varchar, class_zh varchar, at_least integer, "
    "limit_months double",
    "credit_collections": "position integer, step varchar, step_en varchar, step_zh varchar, from_days integer",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    rules = list(enumerate(policy["rules"], 1))
    return {
        "credit_settings": [(policy["months"], policy["minimum_demands"])],
        "credit_rules": [(n, one["rule"], one["en"], one["zh"], one["points"]) for n, one in rules],
        "credit_conditions": [
            (n, one["rule"], *row) for n, one in rules for row in condition_rows(one["when"], METRICS)
        ],
        "credit_classes": [
            (n, one["class"], one["en"], one["zh"], one["at_least"], float(one["limit_months"]))
            for n, one in enumerate(policy["classes"], 1)
        ],
        "credit_collections": [
            (n, one["step"], one["en"], one["zh"], one["from_days"]) for n, one in enumerate(policy["collections"], 1)
        ],
    }


def _rules_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["rules"]
    for item in setting.located.value:
        yield from condition_faults(setting, item, f"rule {item.value['rule'].value}", METRICS)


def _bars_fall(settings: dict[str, Setting]) -> Iterator[str]:
    for key, label, bar in (("classes", "class", "at_least"), ("collections", "step", "from_days")):
        setting = settings[key]
        items = setting.located.value
        for above, below in pairwise(items):
            if below.value[bar].value >= above.value[bar].value:
                words = f"{bar} must be under that of {above.value[label].value}, the one above."
                yield setting.at(below, f"rule {below.value[label].value}", words)
        if key == "classes" and items[-1].value[bar].value != 0:
            yield setting.at(items[-1], f"rule {items[-1].value[label].value}", "the last class must begin at 0.")


BETWEEN = (_rules_are_sound, _bars_fall)
