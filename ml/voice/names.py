"""Words that name customers, of which nothing may be learnt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from ml.voice.tokens import cleaned, words_of

# A name that so many times the floor of people wrote is a word of everybody's, such as `price` or `grace`.
_EVERYBODY = 10
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def name_words(names: pa.Array | None) -> frozenset[str]:
    """Words of full names: each of a Latin one; a Chinese one whole, without its first sign, and as it is cut."""
    found: set[str] = set()
    for name in names.to_pylist() if names is not None else ():
        plain = cleaned(name or "")
        found.update(words_of(plain, "en"))
        if not plain.isascii():
            whole = plain.replace(" ", "")
            found.update({whole, whole[1:], *words_of(whole, "zh")})
    return frozenset(word for word in found if len(word) > 1)


def private_words(
    names: frozenset[str], texts: Sequence[Iterable[str]], writers: np.ndarray, floor: int
) -> frozenset[str]:
    """Of the words of names those that are no words of everybody's.

    Parameters
    ----------
    texts, writers : words of each text and who wrote it, shape (n,)
    floor : people who must have written a word before it is learnt; of a name ten times as many
    """
    wrote: dict[str, set[int]] = {}
    for words, writer in zip(texts, writers.tolist(), strict=True):
        for word in names.intersection(words):
            wrote.setdefault(word, set()).add(writer)
    return names - {word for word, by in wrote.items() if len(by) >= _EVERYBODY * floor}


def without_names(text: str, names: frozenset[str]) -> str:
    """A cleaned text without Latin words that are names, or begin with one before an apostrophe."""
    return _WORD.sub(lambda found: " " if found[0].split("'")[0] in names else found[0], text)
