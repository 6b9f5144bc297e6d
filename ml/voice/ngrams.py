"""Texts as weighted n-grams that enough different people wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from ml.voice.names import without_names

# Analyzer of scikit-learn, least and greatest length.
KINDS = {"zh": (("char", 1, 4),), "en": (("word", 1, 2), ("char_wb", 3, 4))}
_WORD = r"[a-z]+(?:'[a-z]+)?"


@dataclass(frozen=True)
class NGrams:
    """`terms` of each kind of the language in order, and the inverse document frequency of all of them."""

    language: str
    terms: tuple[tuple[str, ...], ...]
    idf: np.ndarray

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Weights (1 + log count) x idf of cleaned texts, shape (n, terms); each row has length 1, or 0."""
        parts = [
            _counter(kind, terms).transform(texts)
            for kind, terms in zip(KINDS[self.language], self.terms, strict=True)
            if terms
        ]
        counts = sparse.hstack(parts, format="csr", dtype=float)
        counts.data = 1 + np.log(counts.data)
        return normalize(counts.multiply(self.idf).tocsr())


def find_ngrams(
    texts: Sequence[str], writers: np.ndarray, language: str, floor: int, names: frozenset[str] = frozenset()
) -> NGrams | None:
    """The n-grams that `floor` people or more wrote, without words that name somebody; None when there is none.

    Parameters
    ----------
    texts : cleaned
    writers : shape (n,), whole numbers from 0: who wrote each text
    names : words that are left out, as `ml.voice.names` finds them
    """
    terms, frequencies = [], []
    texts = [without_names(text, names) for text in texts] if names else texts
    for kind in KINDS[language]:
        counter = _counter(kind, None, min(floor, len(texts)))
        try:
            counts = counter.fit_transform(texts)
        except ValueError:  # scikit-learn's word for an empty vocabulary
            terms.append(())
            continue
        known = counter.get_feature_names_out()
        kept = (writers_of_terms(counts, writers) >= floor) & ~np.isin(known, list(names))
        terms.append(tuple(known[kept]))
        frequencies.append(np.diff(counts.tocsc().indptr)[kept])
    if not any(terms):
        return None
    idf = np.log((1 + len(texts)) / (1 + np.concatenate(frequencies))) + 1
    return NGrams(language, tuple(terms), idf)


def writers_of_terms(counts: sparse.csr_matrix, writers: np.ndarray) -> np.ndarray:
    """By how many different people each term was written, shape (terms,)."""
    group = sparse.csr_matrix((np.ones(len(writers)), (writers, np.arange(len(writers)))))
    return np.asarray(((group @ counts) > 0).sum(axis=0)).ravel()


def _counter(kind: tuple[str, int, int], terms: Sequence[str] | None, floor: int = 1) -> CountVectorizer:
    analyzer, least, greatest = kind
    settings = {"token_pattern": _WORD} if analyzer == "word" else {}
    return CountVectorizer(
        analyzer=analyzer, ngram_range=(least, greatest), lowercase=False, min_df=floor, vocabulary=terms, **settings
    )
