"""The policy of surveys: intervals, benchmarks, drivers of the recommendation, and classes of needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Days, Items, Name, Number

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "surveys"
_BOUNDS = {"nps": (-100, 100), "csat": (0, 1)}
SHAPE: dict[str, object] = {
    "interval_level": Number(0.5, 0.999),
    "windows": Days(1, 12, "months"),
    "satisfied_from": Number(2, 5, whole=True),
    "benchmarks": Items(
        {"benchmark": Name(), "measure": Choice(tuple(_BOUNDS)), "value": Number(-100, 100), "dimension": Name()},
        frozenset({"dimension"}),
        may_be_empty=True,
    ),
    "low_rating": Number(1, 4, whole=True),
    "pair_days": Number(0, 365, whole=True),
    "kano_level": Number(0.5, 0.999),
}
TABLES = {
    "survey_settings": "normal_quantile double, satisfied_from integer, low_rating integer, "
    "pair_days integer, kano_quantile double",
    "survey_windows": "window_months integer",
    "survey_benchmarks": "benchmark varchar, measure varchar, dimension varchar, value double",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; of each level its two-sided quantile of the normal distribution."""
    return {
        "survey_settings": [
            (
                _quantile(policy["interval_level"]),
                policy["satisfied_from"],
                policy["low_rating"],
                policy["pair_days"],
                _quantile(policy["kano_level"]),
            )
        ],
        "survey_windows": [(months,) for months in sorted(policy["windows"])],
        "survey_benchmarks": [
            (one["benchmark"], one["measure"], one.get("dimension"), one["value"]) for one in policy["benchmarks"]
        ],
    }


def _quantile(level: float) -> float:
    return round(NormalDist().inv_cdf(0.5 + level / 2), 9)


def _benchmarks_fit_their_measure(settings: dict[str, Setting]) -> Iterator[str]:
    setting, seen = settings["benchmarks"], set()
    for item in setting.located.value:
        where = f"rule {item.value['benchmark'].value}"
        measure, value = item.value["measure"].value, item.value["value"]
        low, high = _BOUNDS[measure]
        if not low <= value.value <= high:
            yield setting.at(value, f"{where}: value", f"{measure} lies between {low} and {high}.")
        about = (measure, item.value["dimension"].value if "dimension" in item.value else None)
        if about in seen:
            yield setting.at(item, where, "there is a benchmark of the same measure and dimension above.")
        seen.add(about)


BETWEEN = (_benchmarks_fit_their_measure,)
