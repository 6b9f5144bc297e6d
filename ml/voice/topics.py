"""What texts are about: topics by non-negative factors of their words, as many as keep hanging together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from ml.voice.coherence import WORDS, diversity, npmi
from ml.voice.ngrams import writers_of_terms

_SEED, _ITERATIONS, _SWEEPS = 7, 400, 30
_TOO_COMMON = 0.5  # share of texts beyond which a word tells no topic
_MOST_WORDS = 5000
_DECIMALS = 6


@dataclass(frozen=True)
class Topics:
    """`weights` of shape (topics, words), rows of length 1; `idf` of shape (words,)."""

    words: tuple[str, ...]
    idf: np.ndarray
    weights: np.ndarray

    def strengths(self, texts: Sequence[Sequence[str]]) -> np.ndarray:
        """How much of each topic is in each text, >= 0, shape (n, topics): the least squares that are not negative.

        Solved row by row by coordinate descent in a fixed number of steps (Cichocki and Phan 2009, HALS), so that a
        text has the same topics in any company.
        """
        return _solve(_weighted(_counter(self.words).transform(texts), self.idf), self.weights)

    def top(self, count: int = WORDS) -> np.ndarray:
        """Places of the most telling words of each topic, shape (topics, count).

        Telling is 0.6 x log p(word | topic) + 0.4 x log(p(word | topic) / p(word)) (Sievert and Shirley 2014).
        """
        given = self.weights / self.weights.sum(axis=1, keepdims=True)
        overall = given.mean(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            telling = np.log(given) - 0.4 * np.log(overall)
        return np.argsort(-np.nan_to_num(telling, nan=-1e9, neginf=-1e9), axis=1, kind="stable")[:, :count]


@dataclass(frozen=True)
class TopicNumber:
    """A number of topics that was tried: mean coherence (NPMI) of its topics, and the share of different words."""

    topics: int
    coherence: float
    diversity: float

    @property
    def quality(self) -> float:
        return self.coherence * self.diversity


def find_words(
    texts: Sequence[Sequence[str]],
    writers: np.ndarray,
    floor: int,
    stop: frozenset[str],
    names: frozenset[str] = frozenset(),
) -> tuple[tuple[str, ...], np.ndarray]:
    """Words that may tell topics, of those that `floor` people or more wrote; and their inverse document frequency."""
    if not any(texts):
        return (), np.zeros(0)
    counter = _counter(None)
    counts = counter.fit_transform(texts)
    known = counter.get_feature_names_out()
    by, frequency = writers_of_terms(counts, writers), np.diff(counts.tocsc().indptr)
    unwanted = np.array([word in stop or word in names or (word.isascii() and len(word) < 3) for word in known])
    kept = (by >= floor) & (frequency <= _TOO_COMMON * len(texts)) & ~unwanted
    common = np.flatnonzero(kept)
    common = np.sort(common[np.argsort(-frequency[common], kind="stable")[:_MOST_WORDS]])
    return tuple(known[common]), np.log((1 + len(texts)) / (1 + frequency[common])) + 1


def find_topics(
    texts: Sequence[Sequence[str]], words: tuple[str, ...], idf: np.ndarray, numbers: Sequence[int], kept: float
) -> tuple[Topics | None, list[TopicNumber]]:
    """Topics, and the numbers of them that were tried; None when there are too few words for the least number.

    Of `numbers` the greatest is taken whose coherence x diversity is at least `kept` of the best: coherence alone is
    best for the fewest topics, which say little.
    """
    counts = _counter(words).transform(texts) if words else sparse.csr_matrix((len(texts), 0))
    matrix = _weighted(counts, idf)
    matrix = matrix[np.diff(matrix.indptr) > 0]
    tried, found = [], {}
    with threadpool_limits(1):
        for number in numbers:
            if number >= min(matrix.shape):
                continue
            topics = _factors(matrix, words, idf, number)
            top = topics.top()
            found[len(topics.weights)] = topics
            tried.append(TopicNumber(len(topics.weights), float(npmi(counts, top).mean()), diversity(top)))
    if not tried:
        return None, []
    best = max(one.quality for one in tried)
    bar = best * kept if best > 0 else best
    return found[max(one.topics for one in tried if one.quality >= bar)], tried


def coherence_of(topics: Topics, texts: Sequence[Sequence[str]]) -> np.ndarray:
    """Coherence of each topic in the texts, shape (topics,)."""
    return npmi(_counter(topics.words).transform(texts), topics.top())


def main_topics(strengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place of the strongest topic of each text (-1 for none) and its share of all of the text's, shape (n,) each."""
    total = strengths.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, strengths.max(axis=1, initial=0) / total, np.nan)
    return np.where(total > 0, strengths.argmax(axis=1), -1), share.round(_DECIMALS)


def _factors(matrix: sparse.csr_matrix, words: tuple[str, ...], idf: np.ndarray, number: int) -> Topics:
    factors = NMF(number, init="nndsvda", random_state=_SEED, max_iter=_ITERATIONS, tol=1e-4)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what has not settled after so many steps is judged like the rest
        factors.fit(matrix)
    weights = factors.components_
    weights = weights[weights.sum(axis=1) > 0]
    return Topics(words, idf, normalize(weights))


def _solve(matrix: sparse.csr_matrix, weights: np.ndarray) -> np.ndarray:
    with threadpool_limits(1):
        target, gram = matrix @ weights.T, weights @ weights.T
    found = np.zeros_like(target)
    for _ in range(_SWEEPS):
        for one in range(len(weights)):
            # Summed term by term: a product of matrices would round by the number of its rows.
            fitted = sum(found[:, other] * gram[other, one] for other in range(len(weights)))
            found[:, one] = np.maximum(0, found[:, one] + (target[:, one] - fitted) / gram[one, one])
    return found


def _weighted(counts: sparse.csr_matrix, idf: np.ndarray) -> sparse.csr_matrix:
    counts = counts.astype(float).tocsr()
    counts.data = 1 + np.log(counts.data)
    return normalize(counts.multiply(idf).tocsr())


def _counter(words: Sequence[str] | None) -> CountVectorizer:
    return CountVectorizer(analyzer=_itself, vocabulary=words)


def _itself(words: Sequence[str]) -> Sequence[str]:
    return words
