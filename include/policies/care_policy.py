"""The policy of the care calendar: occasions, who is told, by what channel, and how far ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.shape import Choice, Flag, Items, Name, Names, Number, Several, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "care"
SHIPPED = f"include/policies/{STEM}.yml"
OCCASIONS = (
    *("first_week", "three_months", "six_months", "birthday"),
    *("points_expiry", "subscription_expiry", "monthly_contact"),
)
PURPOSES = ("question", "order", "complaint", "service", "care", "sales", "collection", "win_back", "other")
_DAYS = Number(0, 366, whole=True)
SHAPE: dict[str, object] = {
    "ahead_days": _DAYS,
    "overdue_days": _DAYS,
    "team": Name(),
    "monthly_tiers": Names(),
    "done_by": Several(PURPOSES),
    "needs_consent_when_unknown": Flag(),
    "occasions": Items(
        {
            "occasion": Choice(OCCASIONS),
            "en": Words(),
            "zh": Words(),
            "days": Number(0, 3650, whole=True),
            "opens_days": _DAYS,
            "is_service": Flag(),
        }
    ),
    "channels": Items(
        {
            "channel": Choice(("call", "chat", "email", "message", "visit", "social")),
            "en": Words(),
            "zh": Words(),
            "needs": Choice(("phone", "email", "nothing")),
        }
    ),
}
TABLES = {
    "care_settings": "ahead_days integer, overdue_days integer, team varchar, needs_consent_when_unknown boolean",
    "care_tiers": "tier varchar",
    "care_purposes": "purpose varchar",
    "care_occasions": "position integer, occasion varchar, occasion_en varchar, occasion_zh varchar, days integer, "
    "opens_days integer, is_service boolean",
    "care_channels": "position integer, channel varchar, channel_en varchar, channel_zh varchar, needs varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; an occasion that the policy leaves out is not planned."""
    settings = ("ahead_days", "overdue_days", "team", "needs_consent_when_unknown")
    return {
        "care_settings": [tuple(policy[key] for key in settings)],
        "care_tiers": [(tier,) for tier in policy["monthly_tiers"]],
        "care_purposes": [(purpose,) for purpose in policy["done_by"]],
        "care_occasions": [
            (n, one["occasion"], one["en"], one["zh"], one["days"], one["opens_days"], one["is_service"])
            for n, one in enumerate(policy["occasions"], 1)
        ],
        "care_channels": [
            (n, one["channel"], one["en"], one["zh"], one["needs"]) for n, one in enumerate(policy["channels"], 1)
        ],
    }


BETWEEN = ()


def _tiers_are_known(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """A tier that a company's own file names; of the shipped file, names of tiers that it lacks are not used."""
    known = [item.value["name"].value for item in policies["tiers"]["tiers"].located.value]
    setting = policies[STEM]["monthly_tiers"]
    for tier in setting.located.value if setting.path != SHIPPED else ():
        if tier.value not in known:
            words = f"no tier of tiers.yml is called {tier.value}.{did_you_mean(tier.value, known)}"
            yield setting.at(tier, "monthly_tiers", words)


ACROSS = (_tiers_are_known,)
