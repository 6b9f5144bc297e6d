"""The policy of the long tail: who is of low value for how long, what is offered, and what service may cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.conditions import parse_conditions
from include.policies.metrics import customer_metric_names
from include.policies.shape import Choice, Items, Metric, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "long_tail"
ACTIONS = ("watch", "offer_conversion", "limit_cost", "keep_cost_low", "review_terms")

SHAPE = {
    "low_tiers": Number(1, 100, whole=True),
    "high_tiers": Number(1, 100, whole=True),
    "offer_after_months": Number(1, 60, whole=True),
    "months": Number(1, 60, whole=True),
    "improvement_metric": Metric(),
    "improvement_share": Number(0, 100),
    "cost_share": Number(0, 1),
    "offers": Items({"offer": Name(), "en": Words(), "zh": Words(), "when": Words()}, frozenset({"when"})),
    "actions": Items({"action": Choice(ACTIONS), "en": Words(), "zh": Words()}),
}

TABLES = {
    "long_tail_settings": "low_tiers integer, high_tiers integer, offer_after_months integer, months integer, "
    "improvement_metric varchar, improvement_share double, cost_share double",
    "long_tail_offers": "position integer, offer varchar, offer_en varchar, offer_zh varchar, "
    "metric varchar, operator varchar, value double",
    "long_tail_actions": "action varchar, action_en varchar, action_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; an offer without conditions has one row without a metric."""
    return {
        "long_tail_settings": [
            (
                policy["low_tiers"],
                policy["high_tiers"],
                policy["offer_after_months"],
                policy["months"],
                policy["improvement_metric"],
                float(policy["improvement_share"]),
                float(policy["cost_share"]),
            )
        ],
        "long_tail_offers": [
            (position, one["offer"], one["en"], one["zh"], *condition)
            for position, one in enumerate(policy["offers"], 1)
            for condition in _conditions(one)
        ],
        "long_tail_actions": [(one["action"], one["en"], one["zh"]) for one in policy["actions"]],
    }


def _conditions(offer: dict) -> list[Sequence]:
    if "when" not in offer:
        return [(None, None, None)]
    parts = parse_conditions(offer["when"], customer_metric_names())
    return [(part.metric, part.operator, float(part.value)) for part in parts]


def _offers_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["offers"]
    *conditional, last = setting.located.value
    for offer in conditional:
        name = f"rule {offer.value['offer'].value}"
        if "when" not in offer.value:
            yield setting.at(offer, name, "when is missing; only the last offer has none.")
            continue
        try:
            parse_conditions(offer.value["when"].value, customer_metric_names())
        except ValueError as error:
            yield setting.at(offer.value["when"], name, str(error))
    if "when" in last.value:
        words = "the last offer takes the rest: leave out when."
        yield setting.at(last, f"rule {last.value['offer'].value}", words)


def _actions_are_named(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["actions"]
    given = [item.value["action"].value for item in setting.located.value]
    for missing in (action for action in ACTIONS if action not in given):
        yield setting.at(setting.located, "actions", f"{missing} is missing: each action needs its names.")


def _offers_come_first(settings: dict[str, Setting]) -> Iterator[str]:
    setting, months = settings["offer_after_months"], settings["months"].located.value
    if setting.located.value >= months:
        words = f"must be under months ({months}): an offer is made before service is cut."
        yield setting.at(setting.located, "offer_after_months", words)


BETWEEN = (_offers_are_sound, _actions_are_named, _offers_come_first)


def _low_is_not_high(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """With few tiers the counts may meet; a tier then is of low value, but one tier of high value must remain."""
    tiers = len(policies["tiers"]["tiers"].located.value)
    for key in ("low_tiers", "high_tiers"):
        setting = policies[STEM][key]
        if setting.located.value >= tiers and tiers > 1:
            yield setting.at(setting.located, key, f"must be under the number of tiers in tiers.yml ({tiers}).")


ACROSS = (_low_is_not_high,)
