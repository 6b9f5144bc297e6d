"""The policy of accounts: health and its parts, key accounts, and what the quarterly review looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "accounts"
PARTS = ("revenue_trend", "service", "satisfaction", "payment", "engagement", "member_quality", "retention")
MEASURES = (
    "net_revenue_3m",
    "orders_3m",
    "members",
    "complaints_3m",
    "nps_12m",
    "overdue_amount",
    "health_score",
    "target_share",
)
TREND_MONTHS = (3, 6, 12)
_SETTINGS = {
    "key_top_share": Number(0, 1),
    "trend_months": Number(3, 12, whole=True),
    "trend_full": Number(0.01, 100),
    "complaints_worst": Number(0.0001, 100),
    "overdue_worst": Number(0.0001, 100),
    "minimum_answers": Number(1, 1000, whole=True),
    "churn_lead_days": Number(1, 3650, whole=True),
    "minimum_known_weight": Number(0, 1),
    "words_in_review": Number(1, 8, whole=True),
}

SHAPE = {
    **_SETTINGS,
    "health": Items({"part": Choice(PARTS), "en": Words(), "zh": Words(), "weight": Number(0, 1)}),
    "bands": Items({"name": Name(), "zh": Words(), "at_least": Number(0, 100)}),
    "measures": Items(
        {
            "measure": Choice(MEASURES),
            "en": Words(),
            "zh": Words(),
            "change": Choice(("share", "difference")),
            "step": Number(0.0001, 1_000_000_000),
            "better": Choice(("higher", "lower")),
        }
    ),
}

TABLES = {
    "account_settings": ", ".join(f"{key} {'integer' if kind.whole else 'double'}" for key, kind in _SETTINGS.items()),
    "account_health_parts": "position integer, part varchar, part_en varchar, part_zh varchar, weight double",
    "account_health_bands": "position integer, band varchar, band_zh varchar, at_least double",
    "account_review_measures": "position integer, measure varchar, measure_en varchar, measure_zh varchar, "
    "change varchar, step double, direction integer",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "account_settings": [tuple(policy[key] for key in _SETTINGS)],
        "account_health_parts": [
            (position, one["part"], one["en"], one["zh"], float(one["weight"]))
            for position, one in enumerate(policy["health"], 1)
        ],
        "account_health_bands": [
            (position, one["name"], one["zh"], float(one["at_least"]))
            for position, one in enumerate(policy["bands"], 1)
        ],
        "account_review_measures": [
            (
                position,
                one["measure"],
                one["en"],
                one["zh"],
                one["change"],
                float(one["step"]),
                1 if one["better"] == "higher" else -1,
            )
            for position, one in enumerate(policy["measures"], 1)
        ],
    }


def _parts_weigh_something(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["health"]
    weights = {item.value["part"].value: item.value["weight"].value for item in setting.located.value}
    for missing in (part for part in PARTS if part not in weights):
        yield setting.at(setting.located, "health", f"{missing} is missing: give it weight 0 to leave it out.")
    if not any(weights.values()):
        yield setting.at(setting.located, "health", "every weight is 0; at least one part must count.")


def _bands_fall_to_zero(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["bands"]
    bands = setting.located.value
    for above, below in pairwise(bands):
        if below.value["at_least"].value >= above.value["at_least"].value:
            words = f"at_least must be under that of {above.value['name'].value}, the band above."
            yield setting.at(below, f"bands {below.value['name'].value}", words)
    if bands[-1].value["at_least"].value != 0:
        yield setting.at(bands[-1], f"bands {bands[-1].value['name'].value}", "the last band must begin at 0.")


def _trend_is_known(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["trend_months"]
    if setting.located.value not in TREND_MONTHS:
        yield setting.at(setting.located, "trend_months", "must be 3, 6 or 12.")


BETWEEN = (_parts_weigh_something, _bands_fall_to_zero, _trend_is_known)


def _lead_is_scored(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """Members have no probability of leaving at any other lead."""
    setting, leads = policies[STEM]["churn_lead_days"], policies["churn"]["leads"].located.plain()
    if setting.located.value not in leads:
        words = f"must be one of the leads of churn.yml ({', '.join(map(str, leads))})."
        yield setting.at(setting.located, "churn_lead_days", words)


ACROSS = (_lead_is_scored,)
