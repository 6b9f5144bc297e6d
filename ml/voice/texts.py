"""Texts of one language made ready: cleaned, cut into words, with their lexicon scores and writers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.voice.languages import LANGUAGES, language_of
from ml.voice.lexicon import lexicon_scores
from ml.voice.tokens import cleaned, words_of


@dataclass(frozen=True)
class Texts:
    """`places` are rows of the table that they come from; all of shape (n,)."""

    language: str
    places: np.ndarray
    cleaned: list[str]
    words: list[list[str]]
    lexicon: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    def take(self, chosen: np.ndarray) -> Texts:
        """Those at `chosen`, places within these texts."""
        return Texts(
            self.language,
            self.places[chosen],
            [self.cleaned[place] for place in chosen],
            [self.words[place] for place in chosen],
            self.lexicon[chosen],
        )


def languages_of(table: pa.Table) -> np.ndarray:
    """Language of each row of `feedback_text` and `language`; None for another one. Shape (n,), objects."""
    pairs = zip(table["feedback_text"].to_pylist(), table["language"].to_pylist(), strict=True)
    return np.array([language_of(text, told) for text, told in pairs] or [], object)


def by_language(table: pa.Table) -> Iterator[Texts]:
    """Texts of each language that the table has, ready."""
    of = languages_of(table)
    for language in LANGUAGES:
        places = np.flatnonzero(of == language)
        if not len(places):
            continue
        plain = [cleaned(text) for text in table["feedback_text"].take(places).to_pylist()]
        words = [words_of(text, language) for text in plain]
        yield Texts(language, places, plain, words, lexicon_scores(words, language))


def writers_of(table: pa.Table, places: np.ndarray) -> np.ndarray:
    """A number for each writer; a text of nobody known has a writer of its own."""
    customers = table["customer_id"].take(places).to_pylist()
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(who if who is not None else f" {n}", len(numbers)) for n, who in enumerate(customers)], int
    )
