"""How content a text sounds: a linear model of n-grams and the lexicon, taught by stars; or the lexicon alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from threadpoolctl import threadpool_limits

from ml.voice.ngrams import NGrams, find_ngrams

_REGULARISATION = 4.0  # inverse strength; best of 2, 4 and 6 over five folds of waimai_10k
_DECIMALS = 6
FIFTH = 5


@dataclass(frozen=True)
class SentimentModel:
    """Log odds of being content: intercept + n-grams x `coefficients` + lexicon score x `lexicon_weight`."""

    ngrams: NGrams
    coefficients: np.ndarray
    lexicon_weight: float
    intercept: float

    def scores(self, texts: Sequence[str], lexicon: np.ndarray) -> np.ndarray:
        """2 p - 1 of cleaned texts, -1 (surely discontent) to 1, shape (n,), with p the chance of good stars.

        A text scores the same in any company.
        """
        margin = self.ngrams.matrix(texts) @ self.coefficients + self.lexicon_weight * lexicon + self.intercept
        return np.tanh(margin / 2).round(_DECIMALS)


@dataclass(frozen=True)
class Judgement:
    """Figures on texts that were held out, of the model and of the lexicon on the same."""

    texts: int
    accuracy: float
    balanced_accuracy: float
    auc: float
    lexicon_auc: float


def fit_sentiment(
    texts: Sequence[str],
    lexicon: np.ndarray,
    is_content: np.ndarray,
    writers: np.ndarray,
    language: str,
    floor: int,
    names: frozenset[str] = frozenset(),
) -> SentimentModel | None:
    """Fit to cleaned texts whose mood is known; None when no n-gram is common enough, or all are of one mood.

    Parameters
    ----------
    lexicon, is_content, writers : shape (n,); score by the lexicon, mood, and who wrote the text
    floor : people who must have written an n-gram
    """
    if is_content.all() or not is_content.any():
        return None
    ngrams = find_ngrams(texts, writers, language, floor, names)
    if ngrams is None:
        return None
    matrix = sparse.hstack([ngrams.matrix(texts), sparse.csr_matrix(lexicon[:, None])], format="csr")
    with threadpool_limits(1):
        line = LogisticRegression(C=_REGULARISATION, solver="liblinear", dual=True, random_state=0, max_iter=1000).fit(
            matrix, is_content
        )
    *coefficients, weight = line.coef_[0]
    return SentimentModel(ngrams, np.array(coefficients), float(weight), float(line.intercept_[0]))


def held_out(texts: Sequence[str]) -> np.ndarray:
    """A fifth of the texts, by a hash: a text that was written twice is wholly in it or not at all."""
    return np.array([hashlib.md5(text.encode()).digest()[0] % FIFTH == 0 for text in texts])


def judge_sentiment(
    texts: Sequence[str],
    lexicon: np.ndarray,
    is_content: np.ndarray,
    writers: np.ndarray,
    language: str,
    floor: int,
    names: frozenset[str] = frozenset(),
) -> Judgement | None:
    """How a model fitted to four fifths does on the fifth that it has not seen; None when either has but one mood."""
    out = held_out(texts)
    if not out.any() or is_content[out].all() or not is_content[out].any():
        return None
    learnt = [text for text, is_out in zip(texts, out, strict=True) if not is_out]
    model = fit_sentiment(learnt, lexicon[~out], is_content[~out], writers[~out], language, floor, names)
    if model is None:
        return None
    asked = [text for text, is_out in zip(texts, out, strict=True) if is_out]
    scores, truth = model.scores(asked, lexicon[out]), is_content[out]
    return Judgement(
        len(asked),
        float(((scores > 0) == truth).mean()),
        float(balanced_accuracy_score(truth, scores > 0)),
        float(roc_auc_score(truth, scores)),
        float(roc_auc_score(truth, lexicon[out])),
    )
