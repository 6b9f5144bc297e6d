"""The policy of retention: interventions, what they cost, and how many of those who would leave they keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.shape import Items, Name, Names, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "retention"
SHAPE: dict[str, object] = {
    "roi_first": Number(0, 1000),
    "interventions": Items(
        {
            "intervention": Name(),
            "en": Words(),
            "zh": Words(),
            "cost": Number(0.0001, 1_000_000_000),
            "effect": Number(0, 1),
            "source": Words(),
            "signals": Names(),
            "levels": Names(),
        },
        frozenset({"signals", "levels"}),
    ),
}
TABLES = {
    "retention_settings": "roi_first double",
    "retention_interventions": "position integer, intervention varchar, intervention_en varchar, "
    "intervention_zh varchar, cost decimal(18, 4), effect double, effect_source varchar, signal varchar, level varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; one a signal and level that an intervention is meant for, null for any."""
    return {
        "retention_settings": [(float(policy["roi_first"]),)],
        "retention_interventions": [
            (
                n,
                one["intervention"],
                one["en"],
                one["zh"],
                one["cost"],
                float(one["effect"]),
                one["source"],
                signal,
                level,
            )
            for n, one in enumerate(policy["interventions"], 1)
            for signal in one.get("signals", [None])
            for level in one.get("levels", [None])
        ],
    }


BETWEEN = ()


def _names_are_those_of_alerts(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    setting = policies[STEM]["interventions"]
    for key, label in (("signals", "signal"), ("levels", "level")):
        known = [item.value[label].value for item in policies["alerts"][key].located.value]
        for item in setting.located.value:
            for name in item.value[key].value if key in item.value else ():
                if name.value not in known:
                    words = f"no {label} of alerts.yml is called {name.value}.{did_you_mean(name.value, known)}"
                    yield setting.at(name, f"rule {item.value['intervention'].value}: {key}", words)


ACROSS = (_names_are_those_of_alerts,)
