"""The policy of targets: what the headline figures should be, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean, read_positioned
from include.policies.shape import Choice, Day, Items, Name, Number
from include.workspace import PROJECT_ROOT

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "targets"
METRICS = PROJECT_ROOT / "dbt_project" / "models" / "semantic" / "metrics.yml"
_FIRST, _LAST = "0001-01-01", "9999-12-31"
SHAPE: dict[str, object] = {
    "near_within": Number(0, 1),
    "flat_within": Number(0, 1),
    "targets": Items(
        {
            "metric": Name(),
            "direction": Choice(("at_least", "at_most")),
            "target": Number(-1e15, 1e15),
            "growth": Number(-1, 1000),
            "from": Day(),
            "to": Day(),
        },
        frozenset({"target", "growth", "from", "to"}),
        may_be_empty=True,
        may_repeat=True,
    ),
}
TABLES = {
    "target_settings": "near_within double, flat_within double",
    "targets": "position integer, metric varchar, direction varchar, target double, growth double, starts_on date, "
    "ends_on date",
}


@cache
def metric_names() -> tuple[str, ...]:
    """Names of the semantic metrics that managers quote."""
    found = read_positioned(METRICS).plain()["metrics"]
    return tuple(one["name"] for one in found if one["config"]["meta"]["quoted"])


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; a target without days holds always."""
    return {
        "target_settings": [(float(policy["near_within"]), float(policy["flat_within"]))],
        "targets": [
            (
                position,
                one["metric"],
                one["direction"],
                *(None if one.get(key) is None else float(one[key]) for key in ("target", "growth")),
                str(one.get("from", _FIRST)),
                str(one.get("to", _LAST)),
            )
            for position, one in enumerate(policy["targets"], 1)
        ],
    }


def _targets_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["targets"]
    told: dict[str, list[tuple[str, str]]] = {}
    for item in setting.located.value:
        metric = item.value["metric"]
        rule = f"rule {metric.value}"
        if metric.value not in metric_names():
            words = f"no quoted metric of metrics.yml is called so.{did_you_mean(metric.value, metric_names())}"
            yield setting.at(metric, rule, words)
        if ("target" in item.value) == ("growth" in item.value):
            yield setting.at(item, rule, "give either target or growth.")
        days = tuple(
            str(item.value[key].value) if key in item.value else rest for key, rest in (("from", _FIRST), ("to", _LAST))
        )
        if days[0] > days[1]:
            yield setting.at(item, rule, f"from {days[0]} is after to {days[1]}.")
        if any(days[0] <= last and first <= days[1] for first, last in told.get(metric.value, [])):
            yield setting.at(item, rule, "two targets of one metric share a day.")
        told.setdefault(metric.value, []).append(days)


BETWEEN = (_targets_are_sound,)
