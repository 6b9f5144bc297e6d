"""The policy of concentration: which metrics are told as measures."""

from __future__ import annotations

from collections.abc import Sequence

from include.policies.shape import Items, Metric, Name, Words

STEM = "value_concentration"
SHAPE = {"measures": Items({"name": Name(), "zh": Words(), "metric": Metric()}, frozenset({"zh"}))}
TABLES = {"value_concentration_measures": "position integer, measure varchar, measure_zh varchar, metric varchar"}
BETWEEN = ()


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "value_concentration_measures": [
            (position, one["name"], one.get("zh"), one["metric"]) for position, one in enumerate(policy["measures"], 1)
        ]
    }
