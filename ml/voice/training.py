"""Learning sentiment and topics from what was written up to a date."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from ml.errors import NotEnoughHistory
from ml.voice.matching import carried_numbers
from ml.voice.model import LEXICON_ONLY, LanguageModel, VoiceModel
from ml.voice.names import name_words, private_words
from ml.voice.sentiment import Judgement, fit_sentiment, judge_sentiment
from ml.voice.texts import Texts, by_language, writers_of
from ml.voice.tokens import general_moods, stop_words
from ml.voice.topics import TopicNumber, coherence_of, find_topics, find_words, main_topics

_TRIED = 6  # numbers of topics between the least and the most


@dataclass(frozen=True)
class VoiceSettings:
    """Ratings that teach a mood, texts and writers that are needed, and between how many topics there may be."""

    negative_rating: float
    positive_rating: float
    minimum_rated: int
    minimum_texts: int
    word_writers: int
    topics_from: int
    topics_to: int
    coherence_kept: float
    training_texts: int


@dataclass(frozen=True)
class LanguageTraining:
    """How the model of a language came to be.

    `rated` texts taught or could have; `judgement` is None without enough of them. `tried` are the numbers of topics,
    `coherence` and `sizes` are by topic, in the order of the model; `silent` texts have no topic.
    """

    texts: int
    rated: int
    judgement: Judgement | None
    tried: list[TopicNumber]
    coherence: np.ndarray = field(default_factory=lambda: np.zeros(0))
    sizes: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    silent: int = 0


@dataclass(frozen=True)
class VoiceTraining:
    as_of: date
    model: VoiceModel
    languages: dict[str, LanguageTraining]


def train_voice_model(
    table: pa.Table,
    as_of: date,
    settings: VoiceSettings,
    names: pa.Array | None = None,
    former: VoiceModel | None = None,
) -> VoiceTraining:
    """Learn from the texts of the table.

    Parameters
    ----------
    table : feedback_id, customer_id, language, rating (1 to 5, or null) and feedback_text, all known by `as_of`
    names : full names of customers, of which no word is learnt
    former : the model whose topics keep their numbers where they are found again

    Raises
    ------
    NotEnoughHistory: no language has enough texts, in words.
    """
    known_names, former = name_words(names), former or LEXICON_ONLY
    models, trainings = {}, {}
    most = 0
    for texts in by_language(table):
        most = max(most, len(texts))
        if len(texts) < settings.minimum_texts:
            if texts.language in former.languages:
                models[texts.language] = former.of(texts.language)
            continue
        models[texts.language], trainings[texts.language] = _train(
            table, texts, settings, known_names, former.of(texts.language)
        )
    if not trainings:
        raise NotEnoughHistory(
            f"{most} texts in one language by {as_of}; at least {settings.minimum_texts} are needed. "
            "Sentiment is told by the lexicon, topics are not."
        )
    return VoiceTraining(as_of, VoiceModel(models), trainings)


def _train(table: pa.Table, texts: Texts, settings: VoiceSettings, names: frozenset[str], former: LanguageModel):
    writers = writers_of(table, texts.places)
    private = private_words(names, texts.words, writers, settings.word_writers)
    sentiment, judgement, rated = _sentiment(table, texts, writers, settings, private)
    chosen = _sample(table, texts, settings.training_texts)
    asked = texts.take(chosen)
    stop = stop_words(texts.language) | general_moods(texts.language)
    words, idf = find_words(asked.words, writers[chosen], settings.word_writers, stop, private)
    topics, tried = find_topics(asked.words, words, idf, _numbers(settings), settings.coherence_kept)
    if topics is None:
        told = LanguageTraining(len(texts), rated, judgement, tried)
        return LanguageModel(texts.language, sentiment, next_number=former.next_number), told
    numbers, next_number = carried_numbers(topics, former.topics, former.numbers, former.next_number)
    main, _ = main_topics(topics.strengths(asked.words))
    sizes = np.bincount(main[main >= 0], minlength=len(numbers))
    told = LanguageTraining(
        len(texts), rated, judgement, tried, coherence_of(topics, asked.words), sizes, int((main < 0).sum())
    )
    return LanguageModel(texts.language, sentiment, topics, numbers, next_number), told


def _sentiment(table: pa.Table, texts: Texts, writers: np.ndarray, settings: VoiceSettings, private: frozenset[str]):
    """Model, how it was judged, and rated texts; no model where the lexicon ranks unseen texts better."""
    rating = table["rating"].take(texts.places).to_numpy().astype(float)
    rated = np.flatnonzero((rating <= settings.negative_rating) | (rating >= settings.positive_rating))
    if len(rated) < settings.minimum_rated:
        return None, None, len(rated)
    rated = rated[np.isin(texts.places[rated], texts.places[_sample(table, texts, settings.training_texts, rated)])]
    known = texts.take(rated)
    inputs = (known.cleaned, known.lexicon, rating[rated] >= settings.positive_rating, writers[rated])
    rules = (texts.language, settings.word_writers, private)
    judgement = judge_sentiment(*inputs, *rules)
    if judgement is None or judgement.auc < judgement.lexicon_auc:
        return None, judgement, len(rated)
    return fit_sentiment(*inputs, *rules), judgement, len(rated)


def _sample(table: pa.Table, texts: Texts, most: int, among: np.ndarray | None = None) -> np.ndarray:
    """Places of `most` texts in their order, drawn by a hash of their ids: later texts hardly change the draw."""
    among = np.arange(len(texts)) if among is None else among
    if len(among) <= most:
        return among
    ids = table["feedback_id"].take(texts.places[among]).to_pylist()
    drawn = np.argsort([hashlib.md5(one.encode()).hexdigest() for one in ids], kind="stable")[:most]
    return np.sort(among[drawn])


def _numbers(settings: VoiceSettings) -> list[int]:
    spread = np.linspace(settings.topics_from, settings.topics_to, _TRIED)
    return sorted({int(number) for number in spread.round()})
