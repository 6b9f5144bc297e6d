"""Sentiment and topic of texts by a trained model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ml.voice.model import LanguageModel, VoiceModel
from ml.voice.texts import Texts, by_language
from ml.voice.topics import main_topics

MODEL, LEXICON = "model", "lexicon"
NO_LANGUAGE = "the text is neither Chinese nor English"
_DECIMALS = 6


def score_texts(model: VoiceModel, table: pa.Table) -> pa.Table:
    """Sentiment and main topic of every row, each by itself: what else is in the table has no influence.

    Parameters
    ----------
    table : feedback_id, language (as the source tells it, or null) and feedback_text (not null)

    Returns
    -------
    table of feedback_id, language (`en`, `zh` or null), sentiment (-1 to 1), sentiment_method (`model`, `lexicon`),
    topic_id (null where no word of a topic is used), topic_share (of the topic among all of the text's, 0 to 1) and
    score_reason (why there is no sentiment)
    """
    count = table.num_rows
    columns: dict[str, np.ndarray] = {
        name: np.full(count, None, object) for name in ("language", "sentiment_method", "topic_id", "score_reason")
    }
    numbers = {name: np.full(count, np.nan) for name in ("sentiment", "topic_share")}
    columns["score_reason"][:] = NO_LANGUAGE
    for texts in by_language(table):
        one, places = model.of(texts.language), texts.places
        columns["language"][places] = texts.language
        columns["score_reason"][places] = None
        columns["sentiment_method"][places] = LEXICON if one.sentiment is None else MODEL
        numbers["sentiment"][places] = sentiments(one, texts)
        if one.topics is not None:
            main, share = main_topics(one.topics.strengths(texts.words))
            ids = np.array([*one.topic_ids, None], object)  # -1 is the last: none
            columns["topic_id"][places], numbers["topic_share"][places] = ids[main], share
    return pa.table(
        {
            "feedback_id": table["feedback_id"],
            "language": pa.array(columns["language"], pa.string()),
            "sentiment": pa.array(numbers["sentiment"], pa.float64(), from_pandas=True),
            "sentiment_method": pa.array(columns["sentiment_method"], pa.string()),
            "topic_id": pa.array(columns["topic_id"], pa.string()),
            "topic_share": pa.array(numbers["topic_share"], pa.float64(), from_pandas=True),
            "score_reason": pa.array(columns["score_reason"], pa.string()),
        }
    )


def sentiments(one: LanguageModel, texts: Texts) -> np.ndarray:
    """Sentiment of each text, -1 to 1, shape (n,)."""
    if one.sentiment is None:
        return texts.lexicon.round(_DECIMALS)
    return one.sentiment.scores(texts.cleaned, texts.lexicon)
