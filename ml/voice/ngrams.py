"""Texts as weighted n-grams that enough different people wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

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
    """The n-grams that `floor` people or more wrote, without names of customers; None when there is none.

    Parameters
    ----------
    texts : cleaned
    writers : shape (n,), whole numbers from 0: who wrote each text
    names : words of the names of customers
    """
    terms, frequencies = [], []
    for kind in KINDS[language]:
        counter = _counter(kind, None, min(floor, len(texts)))
        try:
            counts = counter.fit_transform(texts)
        except ValueError:  # scikit-learn's word for an empty vocabulary
            terms.append(())
            continue
        known = counter.get_feature_names_out()
        by = writers_of_terms(counts, writers)
        private = np.array([names_somebody(term.strip(), names) for term in known])
        kept = (by >= floor) & ~(private & (by < NAMES_FLOOR * floor))
        terms.append(tuple(known[kept]))
        frequencies.append(np.diff(counts.tocsc().indptr)[kept])
    if not any(terms):
        return None
    idf = np.log((1 + len(texts)) / (1 + np.concatenate(frequencies))) + 1
    return NGrams(language, tuple(terms), idf)


# A name that so many times the floor of people wrote is a word of everybody's, such as `price` or `grace`.
NAMES_FLOOR = 10


def writers_of_terms(counts: sparse.csr_matrix, writers: np.ndarray) -> np.ndarray:
    """By how many different people each term was written, shape (terms,)."""
    group = sparse.csr_matrix((np.ones(len(writers)), (writers, np.arange(len(writers)))))
    return np.asarray(((group @ counts) > 0).sum(axis=0)).ravel()


def names_somebody(term: str, names: frozenset[str]) -> bool:
    """Whether one of the words of the term is in a customer's name."""
    return term in names or any(word in names for word in term.split())


def _counter(kind: tuple[str, int, int], terms: Sequence[str] | None, floor: int = 1) -> CountVectorizer:
    analyzer, least, greatest = kind
    return CountVectorizer(
        analyzer=analyzer, ngram_range=(least, greatest), lowercase=False, token_pattern=_WORD, min_df=floor,
        vocabulary=terms,
    )  # fmt: skip
