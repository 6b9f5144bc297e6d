"""The policy of feedback: when a text is negative, what is learnt from texts, and when a topic rises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.policies.shape import Number

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "voice"
# In the order of ml.voice.training.VoiceSettings.
TRAINING = {
    "negative_rating": Number(1, 5),
    "positive_rating": Number(1, 5),
    "minimum_rated": Number(50, 1_000_000_000, whole=True),
    "minimum_texts": Number(50, 1_000_000_000, whole=True),
    "word_writers": Number(2, 10_000, whole=True),
    "topics_from": Number(2, 100, whole=True),
    "topics_to": Number(2, 100, whole=True),
    "coherence_kept": Number(0, 1),
    "training_texts": Number(100, 1_000_000, whole=True),
}
SHAPE = {
    "negative_at_most": Number(-1, 1),
    "positive_from": Number(-1, 1),
    **TRAINING,
    "rising_months": Number(1, 60, whole=True),
    "rising_ratio": Number(1, 1000),
    "rising_probability": Number(0.000001, 1),
    "rising_texts": Number(1, 1_000_000, whole=True),
}
TABLES = {
    "voice_settings": ", ".join(f"{key} {'integer' if kind.whole else 'double'}" for key, kind in SHAPE.items()),
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {"voice_settings": [tuple(policy[key] for key in SHAPE)]}


def _rises(settings: dict[str, Setting], low: str, high: str) -> Iterator[str]:
    setting, least = settings[high], settings[low].located.value
    if setting.located.value <= least:
        yield setting.at(setting.located, high, f"must be over {low} ({least:g}).")


def _moods_are_apart(settings: dict[str, Setting]) -> Iterator[str]:
    yield from _rises(settings, "negative_at_most", "positive_from")
    yield from _rises(settings, "negative_rating", "positive_rating")


def _range_rises(settings: dict[str, Setting]) -> Iterator[str]:
    setting, least = settings["topics_to"], settings["topics_from"].located.value
    if setting.located.value < least:
        yield setting.at(setting.located, "topics_to", f"must not be under topics_from ({least}).")


BETWEEN = (_moods_are_apart, _range_rises)
