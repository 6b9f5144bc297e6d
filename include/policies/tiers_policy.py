"""The policy of tiers: what ranks customers, the bars, rules that override a rank, and holds of single customers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import Located, did_you_mean
from include.policies.conditions import parse_conditions
from include.policies.metrics import customer_metric_names
from include.policies.shape import TOP_SHARES, Day, Items, Key, Metric, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "tiers"
METRICS_BESIDE_CUSTOMER_METRICS = ("clv_12m", "rfm_total", "rfm_score", "value_index", "growth_points")
SHAPE = {
    "metric": Metric(METRICS_BESIDE_CUSTOMER_METRICS),
    "fallback_metric": Metric(METRICS_BESIDE_CUSTOMER_METRICS),
    "grace_periods": Number(1, 24, whole=True),
    "tiers": TOP_SHARES,
    "overrides": Items({"rule": Name(), "tier": Name(), "when": Words()}, may_be_empty=True),
    "holds": Items(
        {
            "tier": Name(),
            "customer": Key(),
            "source": Key(),
            "key": Key(),
            "from": Day(),
            "to": Day(),
            "reason": Words(),
        },
        optional=frozenset({"customer", "source", "key", "to"}),
        may_be_empty=True,
        may_repeat=True,
    ),
}
TABLES = {
    "tier_settings": "metric varchar, fallback_metric varchar, grace_periods integer",
    "tiers": "level integer, tier varchar, tier_zh varchar, top_share decimal(9, 6)",
    "tier_overrides": "rule varchar, position integer, tier varchar, condition_no integer, metric varchar, "
    "operator varchar, value double",
    "tier_holds": "position integer, customer_id varchar, source varchar, customer_key varchar, tier varchar, "
    "held_from date, held_to date, inputs varchar",
}
_OPEN_END = "9999-12-31"


def shares_rise(settings: dict[str, Setting]) -> Iterator[str]:
    """Bars count from the top, so each reaches further than the one above; the last tier takes the rest."""
    setting = settings["tiers"]
    *bars, last = setting.located.value
    for tier in bars:
        if "top_share" not in tier.value:
            yield setting.at(tier, f"tier {tier.value['name'].value}", "top_share is missing; only the last has none.")
            return
    if "top_share" in last.value:
        yield setting.at(last, f"tier {last.value['name'].value}", "the last tier takes the rest: leave out top_share.")
    for above, below in pairwise(bars):
        if below.value["top_share"].value <= above.value["top_share"].value:
            words = f"top_share must be over that of {above.value['name'].value}, the tier above."
            yield setting.at(below, f"tier {below.value['name'].value}", words)


def overrides_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    """Every override gives a tier there is, on conditions of metrics there are."""
    setting = settings["overrides"]
    for override in setting.located.value:
        rule = f"rule {override.value['rule'].value}"
        yield from _unknown_tier(settings, setting, override, rule, "overrides")
        try:
            parse_conditions(override.value["when"].value, customer_metric_names())
        except ValueError as error:
            yield setting.at(override.value["when"], rule, str(error))


def holds_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    """Every hold names one customer in one way, a tier there is and days in order; no two speak of the same day."""
    setting = settings["holds"]
    for hold in setting.located.value:
        given = [key for key in ("customer", "source", "key") if key in hold.value]
        if given not in (["customer"], ["source", "key"]):
            yield setting.at(hold, "holds", "name the customer by customer (an id), or by source and key.")
        yield from _unknown_tier(settings, setting, hold, "holds", "holds")
        if _days(hold)[0] > _days(hold)[1]:
            yield setting.at(hold.value["to"], "holds", f"to is before from, {hold.value['from'].value}.")
    for first, second in combinations(setting.located.value, 2):
        overlap = max(_days(first)[0], _days(second)[0]) <= min(_days(first)[1], _days(second)[1])
        if _who(first) == _who(second) and overlap:
            words = f"line {first.line} holds the same customer on some of these days. Let one end before the other."
            yield setting.at(second, "holds", words)


def _unknown_tier(settings: dict[str, Setting], setting: Setting, item: Located, rule: str, what: str) -> Iterator[str]:
    tiers = [tier.value["name"].value for tier in settings["tiers"].located.value]
    tier = item.value["tier"]
    if tier.value not in tiers:
        nearest = did_you_mean(tier.value, tiers) or f" Give {what} beside your own tiers."
        yield setting.at(tier, rule, f"unknown tier {tier.value} (tiers: {', '.join(tiers)}).{nearest}")


def _days(hold: Located) -> tuple[str, str]:
    """First and last day, as ISO text, which sorts as days do."""
    return hold.value["from"].value, hold.value["to"].value if "to" in hold.value else _OPEN_END


def _who(hold: Located) -> tuple[str | None, ...]:
    return tuple(str(hold.value[key].value) if key in hold.value else None for key in ("customer", "source", "key"))


def levels(tiers: list[dict]) -> list[Sequence]:
    """Rows of a table of tiers, best first."""
    return [(level, tier["name"], tier.get("zh"), tier.get("top_share")) for level, tier in enumerate(tiers, 1)]


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "tier_settings": [(policy["metric"], policy["fallback_metric"], policy["grace_periods"])],
        "tiers": levels(policy["tiers"]),
        "tier_overrides": [
            (override["rule"], position, override["tier"], number, part.metric, part.operator, float(part.value))
            for position, override in enumerate(policy["overrides"], 1)
            for number, part in enumerate(parse_conditions(override["when"], customer_metric_names()), 1)
        ],
        "tier_holds": [_hold_row(position, hold) for position, hold in enumerate(policy["holds"], 1)],
    }


def _hold_row(position: int, hold: dict) -> Sequence:
    named = [str(hold[key]) if key in hold else None for key in ("customer", "source", "key")]
    inputs = {key: hold[key] for key in ("from", "to", "reason") if key in hold}
    days = (date.fromisoformat(hold["from"]), date.fromisoformat(hold.get("to", _OPEN_END)))
    return (position, *named, hold["tier"], *days, json.dumps(inputs, ensure_ascii=False))


BETWEEN = (shares_rise, overrides_are_sound, holds_are_sound)
