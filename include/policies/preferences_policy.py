"""The policy of preferences: how long choices count, how many are needed, and what a price band is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "preferences"
DIMENSIONS = ("channel", "category", "price_band", "discount")
DISCOUNT_CHOICES = ("discounted", "full_price")

SHAPE = {
    "months": Number(1, 60, whole=True),
    "prior_strength": Number(0, 1000),
    "dimensions": Items(
        {
            "dimension": Choice(DIMENSIONS),
            "en": Words(),
            "zh": Words(),
            "minimum_evidence": Number(1, 1000, whole=True),
        }
    ),
    "price_bands": Items(
        {"band": Name(), "en": Words(), "zh": Words(), "up_to_share": Number(0, 1)}, frozenset({"up_to_share"})
    ),
    "discount_choices": Items({"choice": Choice(DISCOUNT_CHOICES), "en": Words(), "zh": Words()}),
    "minimum_products": Number(1, 1_000_000, whole=True),
}

TABLES = {
    "preference_settings": "months integer, prior_strength double, minimum_products integer",
    "preference_dimensions": "dimension varchar, dimension_en varchar, dimension_zh varchar, minimum_evidence integer",
    "preference_price_bands": "position integer, band varchar, up_to_share double",
    "preference_words": "dimension varchar, choice varchar, choice_en varchar, choice_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; the last price band reaches to 1."""
    return {
        "preference_settings": [(policy["months"], float(policy["prior_strength"]), policy["minimum_products"])],
        "preference_dimensions": [
            (one["dimension"], one["en"], one["zh"], one["minimum_evidence"]) for one in policy["dimensions"]
        ],
        "preference_price_bands": [
            (position, one["band"], float(one.get("up_to_share", 1)))
            for position, one in enumerate(policy["price_bands"], 1)
        ],
        "preference_words": [
            *(("price_band", one["band"], one["en"], one["zh"]) for one in policy["price_bands"]),
            *(("discount", one["choice"], one["en"], one["zh"]) for one in policy["discount_choices"]),
        ],
    }


def _all_are_named(settings: dict[str, Setting]) -> Iterator[str]:
    for key, label, needed in (
        ("dimensions", "dimension", DIMENSIONS),
        ("discount_choices", "choice", DISCOUNT_CHOICES),
    ):
        setting = settings[key]
        given = [item.value[label].value for item in setting.located.value]
        for missing in (name for name in needed if name not in given):
            yield setting.at(setting.located, key, f"{missing} is missing: each needs its names.")


def _bands_rise(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["price_bands"]
    *others, last = setting.located.value
    for band in others:
        if "up_to_share" not in band.value:
            name = f"rule {band.value['band'].value}"
            yield setting.at(band, name, "up_to_share is missing; only the last band has none.")
            return
    if "up_to_share" in last.value:
        words = "the last band takes the rest: leave out up_to_share."
        yield setting.at(last, f"rule {last.value['band'].value}", words)
    for cheaper, dearer in pairwise(others):
        if dearer.value["up_to_share"].value <= cheaper.value["up_to_share"].value:
            words = f"up_to_share must be over that of {cheaper.value['band'].value}, the band before."
            yield setting.at(dearer, f"rule {dearer.value['band'].value}", words)


BETWEEN = (_all_are_named, _bands_rise)
