"""A model of feedback as it is kept: one small JSON file of n-grams, words and their weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.voice.ngrams import NGrams
from ml.voice.sentiment import SentimentModel
from ml.voice.topics import Topics

MODEL_FILE = "voice.json"
NAME_WORDS, _MORE = 3, 10
_BETWEEN = {"en": ", ", "zh": "、"}


@dataclass(frozen=True)
class LanguageModel:
    """What is known of texts in one language; `sentiment` None means the lexicon, `topics` None that there are none.

    `numbers` are those of the topics, in their order; `next_number` was never used.
    """

    language: str
    sentiment: SentimentModel | None = None
    topics: Topics | None = None
    numbers: tuple[int, ...] = ()
    next_number: int = 1

    @property
    def topic_ids(self) -> tuple[str, ...]:
        return tuple(f"{self.language}{number}" for number in self.numbers)

    def topic_words(self) -> list[list[tuple[str, float]]]:
        """Most telling words of each topic with their weights, most telling first."""
        if self.topics is None:
            return []
        return [
            [(self.topics.words[place], float(weights[place])) for place in top if weights[place] > 0]
            for top, weights in zip(self.topics.top(), self.topics.weights, strict=True)
        ]

    def topic_names(self) -> list[str]:
        """Names made of the three most telling words, of more where two topics would share a name."""
        words = [[word for word, _ in topic] for topic in self.topic_words()]
        names = [_BETWEEN[self.language].join(topic[:NAME_WORDS]) for topic in words]
        return [
            name if names.count(name) == 1 else _BETWEEN[self.language].join(topic[:_MORE])
            for name, topic in zip(names, words, strict=True)
        ]


@dataclass(frozen=True)
class VoiceModel:
    """By language; a language that is missing is told by its lexicon and has no topics."""

    languages: dict[str, LanguageModel]

    def of(self, language: str) -> LanguageModel:
        return self.languages.get(language, LanguageModel(language))


LEXICON_ONLY = VoiceModel({})


def write_model(model: VoiceModel, folder: Path) -> Path:
    """Write `voice.json` into the folder; returns its path."""
    told = {language: _told(one) for language, one in sorted(model.languages.items())}
    path = folder / MODEL_FILE
    path.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return path


def read_model(path: Path) -> VoiceModel:
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    return VoiceModel({language: _read(language, one) for language, one in told.items()})


def _told(one: LanguageModel) -> dict:
    told: dict = {"numbers": one.numbers, "next_number": one.next_number}
    if one.sentiment:
        line = one.sentiment
        told["sentiment"] = {
            "terms": line.ngrams.terms,
            "idf": line.ngrams.idf.tolist(),
            "coefficients": line.coefficients.tolist(),
            "lexicon_weight": line.lexicon_weight,
            "intercept": line.intercept,
        }
    if one.topics:
        told["topics"] = {
            "words": one.topics.words,
            "idf": one.topics.idf.tolist(),
            "weights": one.topics.weights.tolist(),
        }
    return told


def _read(language: str, told: dict) -> LanguageModel:
    sentiment = topics = None
    if line := told.get("sentiment"):
        ngrams = NGrams(language, tuple(map(tuple, line["terms"])), np.array(line["idf"]))
        weights = np.array(line["coefficients"])
        sentiment = SentimentModel(ngrams, weights, line["lexicon_weight"], line["intercept"])
    if found := told.get("topics"):
        topics = Topics(tuple(found["words"]), np.array(found["idf"]), np.array(found["weights"]))
    return LanguageModel(language, sentiment, topics, tuple(told["numbers"]), told["next_number"])
