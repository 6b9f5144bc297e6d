"""The policy of account managers' scorecards: parts with their weights, and how few customers are dealt with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.shape import Choice, Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "managers"
PARTS = ("portfolio_value", "retention", "upgrades", "sla", "shared_ltv", "collaboration")
LEAST_COLLABORATION = 0.20
_SETTINGS = {
    "periods": Number(1, 12, whole=True),
    "minimum_cell": Number(1, 1_000_000, whole=True),
    "minimum_customers": Number(1, 1_000_000, whole=True),
    "prior_events": Number(0, 1000),
    "prior_answers": Number(0, 1000),
    "interval_level": Number(0.5, 0.999),
    "support_share": Number(0, 1),
    "minimum_known": Number(0, 1),
}
_TOLD = tuple(key for key in _SETTINGS if key != "interval_level")  # of that the quantile is told
SHAPE: dict[str, object] = {
    **_SETTINGS,
    "sla_clock": Name(),
    "parts": Items(
        {
            "part": Choice(PARTS),
            "en": Words(),
            "zh": Words(),
            "weight": Number(0, 1),
            "worst": Number(0, 1000),
            "best": Number(0, 1000),
        }
    ),
}
TABLES = {
    "manager_settings": ", ".join(f"{key} {'integer' if _SETTINGS[key].whole else 'double'}" for key in _TOLD)
    + ", sla_clock varchar, interval_z double",
    "manager_parts": "position integer, part varchar, part_en varchar, part_zh varchar, weight double, worst double, "
    "best double",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; `interval_z` is the normal quantile of the interval's level."""
    z = round(NormalDist().inv_cdf((1 + policy["interval_level"]) / 2), 6)
    return {
        "manager_settings": [(*(policy[key] for key in _TOLD), policy["sla_clock"], z)],
        "manager_parts": [
            (position, one["part"], one["en"], one["zh"], *(float(one[key]) for key in ("weight", "worst", "best")))
            for position, one in enumerate(policy["parts"], 1)
        ],
    }


def _weights_are_whole(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["parts"]
    items = {item.value["part"].value: item for item in setting.located.value}
    for missing in (part for part in PARTS if part not in items):
        yield setting.at(setting.located, "parts", f"{missing} is missing; a weight of 0 leaves a part out.")
    total = sum(item.value["weight"].value for item in items.values())
    if abs(total - 1) > 1e-9:
        yield setting.at(setting.located, "parts", f"weights must add up to 1, not {total:g}.")
    if "collaboration" in items:
        weight = items["collaboration"].value["weight"]
        if weight.value < LEAST_COLLABORATION:
            words = f"weight must be at least {LEAST_COLLABORATION:g} of the scorecard, not {weight.value:g}."
            yield setting.at(weight, "rule collaboration", words)
    for part, item in items.items():
        if item.value["worst"].value == item.value["best"].value:
            yield setting.at(item, f"rule {part}", "worst and best are the same, so nothing lies between.")


BETWEEN = (_weights_are_whole,)


def _sla_clock_is_of_tickets(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    setting = policies[STEM]["sla_clock"]
    clocks = policies["service"]["clocks"].located.value
    known = [item.value["clock"].value for item in clocks if item.value["of"].value == "ticket"]
    if (named := setting.located).value not in known:
        words = f"service.yml has no clock of tickets that is called {named.value}.{did_you_mean(named.value, known)}"
        yield setting.at(named, "sla_clock", words)


ACROSS = (_sla_clock_is_of_tickets,)
