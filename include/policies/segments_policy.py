"""The policy of segments: how many there may be, when they are trusted, and the words that name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Items, Metric, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "segments"
_WORDS = ("low_en", "low_zh", "high_en", "high_zh")
SETTINGS = (
    "clusters_from",
    "clusters_to",
    "minimum_customers",
    "minimum_share",
    "minimum_stability",
    "replace_gain",
    "words_from",
)

SHAPE = {
    "clusters_from": Number(2, 50, whole=True),
    "clusters_to": Number(2, 50, whole=True),
    "minimum_customers": Number(10, 1_000_000, whole=True),
    "minimum_share": Number(0, 0.5),
    "minimum_stability": Number(0, 1),
    "replace_gain": Number(0, 1),
    "words_from": Number(0, 3),
    "features": Items({"metric": Metric(), "scale": Choice(("linear", "log")), **{word: Words() for word in _WORDS}}),
}

TABLES = {
    "segment_settings": "clusters_from integer, clusters_to integer, minimum_customers integer, minimum_share double, "
    "minimum_stability double, replace_gain double, words_from double",
    "segment_features": "position integer, metric varchar, scale varchar, low_en varchar, low_zh varchar, "
    "high_en varchar, high_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "segment_settings": [tuple(policy[name] for name in SETTINGS)],
        "segment_features": [
            (position, one["metric"], one["scale"], *(one[word] for word in _WORDS))
            for position, one in enumerate(policy["features"], 1)
        ],
    }


def _range_rises(settings: dict[str, Setting]) -> Iterator[str]:
    setting, least = settings["clusters_to"], settings["clusters_from"].located.value
    if setting.located.value < least:
        yield setting.at(setting.located, "clusters_to", f"must not be under clusters_from ({least}).")


def _customers_suffice(settings: dict[str, Setting]) -> Iterator[str]:
    setting, most = settings["minimum_customers"], settings["clusters_to"].located.value
    if setting.located.value < 5 * most:
        words = f"must be at least 5 for each of the {most} segments that clusters_to allows ({5 * most})."
        yield setting.at(setting.located, "minimum_customers", words)


def _shares_fit(settings: dict[str, Setting]) -> Iterator[str]:
    setting, least = settings["minimum_share"], settings["clusters_from"].located.value
    if setting.located.value * least >= 1:
        words = f"must be under 1 / {least}, the share of each of clusters_from segments of one size."
        yield setting.at(setting.located, "minimum_share", words)


def _two_features_or_more(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["features"]
    if len(setting.located.value) < 2:
        yield setting.at(setting.located, "features", "two or more are needed.")


BETWEEN = (_range_rises, _customers_suffice, _shares_fit, _two_features_or_more)
