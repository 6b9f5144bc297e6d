"""The policy of the value × potential matrix: two metrics, their bars, and the names of four quadrants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Metric, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "value_matrix"
# Whether value and potential are high, by quadrant.
QUADRANTS = {
    "star": (True, True),
    "cash_cow": (True, False),
    "question_mark": (False, True),
    "dog": (False, False),
}
_METRIC = Metric(("clv_12m", "value_index", "current_score", "potential_score", "relationship_score"))
SHAPE = {
    "value_metric": _METRIC,
    "value_top_share": Number(0, 1),
    "potential_metric": _METRIC,
    "potential_top_share": Number(0, 1),
    "quadrants": Items({"name": Choice(tuple(QUADRANTS)), "zh": Words()}, frozenset({"zh"})),
}
TABLES = {
    "value_matrix_settings": "value_metric varchar, value_top_share decimal(9, 6), potential_metric varchar, "
    "potential_top_share decimal(9, 6)",
    "value_matrix_quadrants": "quadrant varchar, quadrant_zh varchar, value_is_high boolean, potential_is_high boolean",
}


def every_quadrant_is_named(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["quadrants"]
    given = {item.value["name"].value for item in setting.located.value}
    for missing in (name for name in QUADRANTS if name not in given):
        yield setting.at(setting.located, "quadrants", f"{missing} is missing.")


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    keys = ("value_metric", "value_top_share", "potential_metric", "potential_top_share")
    return {
        "value_matrix_settings": [tuple(policy[key] for key in keys)],
        "value_matrix_quadrants": [
            (one["name"], one.get("zh"), *QUADRANTS[one["name"]]) for one in policy["quadrants"]
        ],
    }


BETWEEN = (every_quadrant_is_named,)
