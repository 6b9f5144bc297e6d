"""The policy of churn alerts: signals, levels, owner, due date and wake-up offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.conditions import condition_faults, condition_rows
from include.policies.metrics import customer_metric_names
from include.policies.shape import Items, Name, Names, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "alerts"
SHIPPED = f"include/policies/{STEM}.yml"
# What a signal may name beside customer_metrics; columns of int_alerts__facts.
BESIDE = (
    *("churn_probability", "coupon_uses_3m", "coupon_uses_6m", "coupon_trend_3m"),
    *("negative_words_1m", "late_answers_1m", "tier_level"),
)
_SETTINGS = {
    "lead_days": Number(1, 3650, whole=True),
    "open_days": Number(1, 3650, whole=True),
    "answer_hours": Number(1, 8760, whole=True),
    "negative_rating": Number(1, 5),
    "negative_nps": Number(0, 10),
}
_POINTS = Number(0, 100, whole=True)
_NAMES = {"en": Words(), "zh": Words()}
SHAPE: dict[str, object] = {
    **_SETTINGS,
    "team": Name(),
    "signals": Items({"signal": Name(), **_NAMES, "points": Number(1, 100, whole=True), "when": Words()}),
    "tier_points": Items({"tier": Name(), "points": _POINTS}, may_be_empty=True),
    "levels": Items({"level": Name(), **_NAMES, "at_least": _POINTS, "due_days": Number(0, 365, whole=True)}),
    "offers": Items({"offer": Name(), **_NAMES, "levels": Names(), "tiers": Names()}, frozenset({"levels", "tiers"})),
}
TABLES = {
    "alert_settings": ", ".join(f"{key} {'integer' if kind.whole else 'double'}" for key, kind in _SETTINGS.items())
    + ", team varchar",
    "alert_signals": "position integer, signal varchar, signal_en varchar, signal_zh varchar, points integer",
    "alert_conditions": "position integer, signal varchar, condition_no integer, metric varchar, operator varchar, "
    "value double",
    "alert_tier_points": "tier varchar, points integer",
    "alert_levels": "position integer, level varchar, level_en varchar, level_zh varchar, at_least integer, "
    "due_days integer",
    "alert_offers": "position integer, offer varchar, offer_en varchar, offer_zh varchar, level varchar, tier varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; of offers one a level and tier, null for any."""
    signals = list(enumerate(policy["signals"], 1))
    return {
        "alert_settings": [(*(policy[key] for key in _SETTINGS), policy["team"])],
        "alert_signals": [(n, one["signal"], one["en"], one["zh"], one["points"]) for n, one in signals],
        "alert_conditions": [
            (n, one["signal"], *row) for n, one in signals for row in condition_rows(one["when"], _metrics())
        ],
        "alert_tier_points": [(one["tier"], one["points"]) for one in policy["tier_points"]],
        "alert_levels": [
            (n, one["level"], one["en"], one["zh"], one["at_least"], one["due_days"])
            for n, one in enumerate(policy["levels"], 1)
        ],
        "alert_offers": [
            (n, one["offer"], one["en"], one["zh"], level, tier)
            for n, one in enumerate(policy["offers"], 1)
            for level in one.get("levels", [None])
            for tier in one.get("tiers", [None])
        ],
    }


def _metrics() -> tuple[str, ...]:
    return (*customer_metric_names(), *BESIDE)


def _signals_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["signals"]
    for item in setting.located.value:
        yield from condition_faults(setting, item, f"rule {item.value['signal'].value}", _metrics())


def _levels_fall(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["levels"]
    for above, below in pairwise(setting.located.value):
        if below.value["at_least"].value >= above.value["at_least"].value:
            words = f"at_least must be under that of {above.value['level'].value}, the level above."
            yield setting.at(below, f"rule {below.value['level'].value}", words)


def _offers_end_with_one_for_all(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["offers"]
    last = setting.located.value[-1]
    if {"levels", "tiers"} & last.value.keys():
        words = "the last offer takes the rest: leave out levels and tiers."
        yield setting.at(last, f"rule {last.value['offer'].value}", words)
    known = [item.value["level"].value for item in settings["levels"].located.value]
    for item in setting.located.value:
        for level in item.value["levels"].value if "levels" in item.value else ():
            if level.value not in known:
                words = f"no level is called {level.value}.{did_you_mean(level.value, known)}"
                yield setting.at(level, f"rule {item.value['offer'].value}: levels", words)


BETWEEN = (_signals_are_sound, _levels_fall, _offers_end_with_one_for_all)


def _tiers_are_known(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """A tier that a company's own file names; of the shipped file, names of tiers that it lacks are not used."""
    known = [item.value["name"].value for item in policies["tiers"]["tiers"].located.value]
    for key, label in (("tier_points", "tier"), ("offers", "offer")):
        setting = policies[STEM][key]
        for item in setting.located.value if setting.path != SHIPPED else ():
            named = item.value["tiers"].value if "tiers" in item.value else [item.value.get("tier")]
            for tier in (tier for tier in named if tier and tier.value not in known):
                words = f"no tier of tiers.yml is called {tier.value}.{did_you_mean(tier.value, known)}"
                yield setting.at(tier, f"rule {item.value[label].value}", words)


def _lead_is_looked_for(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """Without a model and outcomes at its lead an alert would have neither score nor end."""
    setting, leads = policies[STEM]["lead_days"], policies["churn"]["leads"].located.plain()
    if setting.located.value not in leads:
        words = f"must be one of the leads of churn.yml ({', '.join(map(str, leads))})."
        yield setting.at(setting.located, "lead_days", words)


ACROSS = (_tiers_are_known, _lead_is_looked_for)
