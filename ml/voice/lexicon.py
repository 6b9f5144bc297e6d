"""Sentiment by counting words that are good or bad: what is used where no rated texts teach a model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ml.voice.tokens import word_list

# A negation turns words that follow it, so many at most.
_REACH = {"en": 3, "zh": 2}
_ENGLISH_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly", "ness")


@cache
def moods_of(language: str) -> dict[str, int]:
    """1 for each good word, -1 for each bad one; English ones with their usual endings."""
    moods = dict.fromkeys(word_list(f"good_{language}.txt"), 1) | dict.fromkeys(word_list(f"bad_{language}.txt"), -1)
    if language == "en":
        ended = {f"{word}{ending}": mood for word, mood in moods.items() for ending in _ENGLISH_ENDINGS}
        return ended | moods
    return moods


@cache
def _negations(language: str) -> frozenset[str]:
    return frozenset(word_list(f"not_{language}.txt"))


def lexicon_score(words: Sequence[str], language: str) -> float:
    """(good - bad) / (good + bad + 1) over the words of a text, -1 to 1; 0 when none is known.

    A negation shortly before a word turns it: `not good` is bad. The one in the divisor keeps a text of one word from
    being told as surely as one of many.
    """
    moods, negations, reach = moods_of(language), _negations(language), _REACH[language]
    good = bad = 0
    turned_until = -1
    for place, word in enumerate(words):
        mood = moods.get(word)
        if mood is None and language == "zh" and len(word) > 1:
            mood, negated = _parts(word, moods, negations)
            turns = negated != (place <= turned_until)
        else:
            turns = place <= turned_until
        if mood is None:
            if word in negations:
                turned_until = place + reach
            continue
        if (mood > 0) != turns:
            good += 1
        else:
            bad += 1
        turned_until = -1
    return (good - bad) / (good + bad + 1)


def lexicon_scores(texts: Sequence[Sequence[str]], language: str) -> np.ndarray:
    """`lexicon_score` of each text, shape (n,)."""
    return np.array([lexicon_score(words, language) for words in texts], float)


def _parts(word: str, moods: dict[str, int], negations: frozenset[str]) -> tuple[int | None, bool]:
    """Mood of a Chinese word by its end, and whether it begins with a negation: 不好吃 is 不 and 好吃."""
    if word[0] in negations and word[1:] in moods:
        return moods[word[1:]], True
    return None, False
