"""The policy of benefits: what each tier gives, growth points, expiry of points and milestones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import Located, did_you_mean
from include.policies.shape import Choice, Flag, Items, Metric, Name, Number, Several, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "benefits"
# What a tier can give beside gifts: its unit, and the value that gives nothing (none for a benefit of everybody).
UNITS = {
    "price_share": ("share of the list price", 1),
    "points_multiplier": ("times", 1),
    "birthday_multiplier": ("times", 1),
    "response_hours": ("hours", None),
    "dedicated_manager": ("1 when given", 0),
}
# What a milestone counts: a day of buying, revenue of a calendar year, of a whole life, or years since the first sale.
MILESTONES = ("purchase_days", "year_revenue", "lifetime_revenue", "anniversary")
_WHOLE = ("purchase_days", "anniversary")

SHAPE = {
    "expiry_warning_days": Number(1, 3650, whole=True),
    "milestone_window_days": Number(1, 366, whole=True),
    "names": Items({"benefit": Choice(tuple(UNITS)), "en": Words(), "zh": Words()}),
    "gifts": Items({"name": Name(), "en": Words(), "zh": Words()}, may_be_empty=True),
    "tiers": Items(
        {
            "tier": Name(),
            "price_share": Number(0, 1),
            "points_multiplier": Number(0, 100),
            "birthday_multiplier": Number(1, 100),
            "response_hours": Number(0.01, 8760),
            "dedicated_manager": Flag(),
            "gifts": Several(),
        }
    ),
    "growth_points": Items({"metric": Metric(), "points": Number(0, 1_000_000)}, may_be_empty=True),
    "milestones": Items(
        {"name": Name(), "en": Words(), "zh": Words(), "kind": Choice(MILESTONES), "at": Number(1, 1_000_000_000_000)},
        may_be_empty=True,
    ),
}

TABLES = {
    "benefit_settings": "expiry_warning_days integer, milestone_window_days integer",
    "tier_benefits": "tier varchar, position integer, benefit varchar, benefit_en varchar, benefit_zh varchar, "
    "value_number double, unit varchar, is_given boolean",
    "growth_points": "metric varchar, points double",
    "milestones": "milestone varchar, milestone_en varchar, milestone_zh varchar, kind varchar, "
    "threshold decimal(18, 4)",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "benefit_settings": [(policy["expiry_warning_days"], policy["milestone_window_days"])],
        "tier_benefits": [row for tier in policy["tiers"] for row in _benefits(policy, tier)],
        "growth_points": [(item["metric"], float(item["points"])) for item in policy["growth_points"]],
        "milestones": [(one["name"], one["en"], one["zh"], one["kind"], one["at"]) for one in policy["milestones"]],
    }


def _benefits(policy: dict, tier: dict) -> Iterator[Sequence]:
    for position, names in enumerate(policy["names"], 1):
        benefit = names["benefit"]
        unit, nothing = UNITS[benefit]
        value = float(tier[benefit])
        yield tier["tier"], position, benefit, names["en"], names["zh"], value, unit, value != nothing
    for position, gift in enumerate(policy["gifts"], 1 + len(policy["names"])):
        given = gift["name"] in tier["gifts"]
        yield tier["tier"], position, f"gift:{gift['name']}", gift["en"], gift["zh"], None, "gift", given


def _benefits_are_named(settings: dict[str, Setting]) -> Iterator[str]:
    names = settings["names"]
    given = [item.value["benefit"].value for item in names.located.value]
    for missing in (benefit for benefit in UNITS if benefit not in given):
        yield names.at(names.located, "names", f"{missing} is missing: each benefit needs its names.")


def _gifts_are_listed(settings: dict[str, Setting]) -> Iterator[str]:
    known = [item.value["name"].value for item in settings["gifts"].located.value]
    for tier in settings["tiers"].located.value:
        gifts: Located = tier.value["gifts"]
        for gift in gifts.value:
            if gift.value not in known:
                words = f"no gift is called {gift.value}.{did_you_mean(gift.value, known)} List it under gifts."
                yield settings["tiers"].at(gift, f"rule {tier.value['tier'].value}: gifts", words)


def _counts_are_whole(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["milestones"]
    for item in setting.located.value:
        if item.value["kind"].value in _WHOLE and not isinstance(item.value["at"].value, int):
            words = f"at counts {item.value['kind'].value} and must be a whole number."
            yield setting.at(item.value["at"], f"milestones {item.value['name'].value}", words)


BETWEEN = (_benefits_are_named, _gifts_are_listed, _counts_are_whole)


def _every_tier_has_benefits(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """A name that no tier has is told only by the tier that is missing: policies may share one file of benefits."""
    tiers = [tier.value["name"].value for tier in policies["tiers"]["tiers"].located.value]
    setting = policies[STEM]["tiers"]
    given = [item.value["tier"].value for item in setting.located.value]
    unused = [name for name in given if name not in tiers]
    for tier in tiers:
        if tier not in given:
            mistaken = did_you_mean(tier, unused).removeprefix(" Did you mean ").removesuffix("?")
            words = f"tier {tier} of tiers.yml has no benefits. "
            words += (
                f"Did you mean {tier} where it says {mistaken}?" if mistaken else "Add it to your own benefits.yml."
            )
            yield setting.at(setting.located, "tiers", words)


ACROSS = (_every_tier_has_benefits,)
