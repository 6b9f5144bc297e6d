"""The policy of loyalty: its parts, what each is measured by and worth, and the levels of the score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Metric, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "loyalty"
PARTS = ("repurchase", "tenure", "regularity", "breadth", "referral", "satisfaction", "recommendation")

SHAPE = {
    "minimum_known": Number(0, 1),
    "parts": Items(
        {
            "part": Choice(PARTS),
            "metric": Metric(),
            "weight": Number(0, 1),
            "worst": Number(-1e9, 1e9),
            "best": Number(-1e9, 1e9),
        }
    ),
    "levels": Items({"level": Name(), "en": Words(), "zh": Words(), "at_least": Number(0, 100)}),
}

TABLES = {
    "loyalty_settings": "minimum_known double",
    "loyalty_parts": "position integer, part varchar, metric varchar, weight double, worst double, best double",
    "loyalty_levels": "position integer, level varchar, level_en varchar, level_zh varchar, at_least double",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "loyalty_settings": [(float(policy["minimum_known"]),)],
        "loyalty_parts": [
            (
                position,
                one["part"],
                one["metric"],
                *(float(one[name]) for name in ("weight", "worst", "best")),
            )
            for position, one in enumerate(policy["parts"], 1)
        ],
        "loyalty_levels": [
            (position, one["level"], one["en"], one["zh"], float(one["at_least"]))
            for position, one in enumerate(policy["levels"], 1)
        ],
    }


def _weights_sum_to_one(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["parts"]
    total = sum(item.value["weight"].value for item in setting.located.value)
    if abs(total - 1) > 1e-9:
        yield setting.at(setting.located, "parts", f"weights must sum to 1; they sum to {total:g}.")


def _best_is_not_worst(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["parts"]
    for item in setting.located.value:
        if item.value["best"].value == item.value["worst"].value:
            yield setting.at(item.value["best"], f"rule {item.value['part'].value}", "best must differ from worst.")


def _levels_fall_to_zero(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["levels"]
    levels = setting.located.value
    for above, below in pairwise(levels):
        if below.value["at_least"].value >= above.value["at_least"].value:
            words = f"at_least must be under that of {above.value['level'].value}, the level above."
            yield setting.at(below, f"rule {below.value['level'].value}", words)
    if levels[-1].value["at_least"].value != 0:
        yield setting.at(levels[-1], f"rule {levels[-1].value['level'].value}", "the last level must begin at 0.")


BETWEEN = (_weights_sum_to_one, _best_is_not_worst, _levels_fall_to_zero)
