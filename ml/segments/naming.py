"""Names of segments, made of the words for what distinguishes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.segments.features import Feature

WORDS, MOST_TRAITS = 2, 4
_AVERAGE = ("Average", "普通")


@dataclass(frozen=True)
class SegmentName:
    """English and Chinese: a name no other segment has, and the traits behind it, strongest first."""

    en: str
    zh: str
    traits_en: str
    traits_zh: str


def name_segments(
    features: tuple[Feature, ...], centres: np.ndarray, numbers: tuple[int, ...], words_from: float
) -> list[SegmentName]:
    """Names by the features in which a centre lies furthest from everybody.

    Parameters
    ----------
    centres : shape (k, features), standard deviations from the mean of everybody
    words_from : standard deviations from which a feature is worth a word; the first one has its word in any case
        unless it is under half of that

    Two words make a name; where two segments would share it, as many more as tell them apart, and at last their number.
    """
    traits = [_traits(features, centre, words_from) for centre in centres]
    length = dict.fromkeys(range(len(centres)), WORDS)
    for more in range(WORDS, len(features)):
        shared = _shared([_joined(traits[place], length[place])[0] for place in length])
        for place in shared:
            length[place] = more + 1
    names = [_joined(traits[place], length[place]) for place in length]
    shared = _shared([name for name, _ in names])
    return [
        SegmentName(
            f"{en} {numbers[place]}" if place in shared else en,
            f"{zh}{numbers[place]}" if place in shared else zh,
            *_joined(traits[place], MOST_TRAITS),
        )
        for place, (en, zh) in enumerate(names)
    ]


def _traits(features: tuple[Feature, ...], centre: np.ndarray, words_from: float) -> list[tuple[str, str]]:
    order = sorted(range(len(features)), key=lambda place: (-abs(centre[place]), place))
    strong = [place for place in order if abs(centre[place]) >= words_from]
    strong = strong or [place for place in order[:1] if abs(centre[place]) >= words_from / 2]
    return [
        (features[place].high_en, features[place].high_zh)
        if centre[place] > 0
        else (features[place].low_en, features[place].low_zh)
        for place in strong
    ]


def _joined(traits: list[tuple[str, str]], words: int) -> tuple[str, str]:
    if not traits:
        return _AVERAGE
    english, chinese = zip(*traits[:words], strict=True)
    return ", ".join([english[0], *(word[0].lower() + word[1:] for word in english[1:])]), "、".join(chinese)


def _shared(names: list[str]) -> set[int]:
    return {place for place, name in enumerate(names) if names.count(name) > 1}
