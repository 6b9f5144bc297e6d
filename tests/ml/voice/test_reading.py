"""Sentiment and topics against what made-up reviews are known to say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_mutual_info_score, roc_auc_score

from ml.errors import NotEnoughHistory
from ml.voice.model import LEXICON_ONLY, read_model, write_model
from ml.voice.scoring import score_texts
from ml.voice.training import VoiceSettings, train_voice_model
from tests.ml.voice.reviews import MOODS, SUBJECTS, reviews

AS_OF = date(2024, 6, 30)
SETTINGS = VoiceSettings(2, 4, 200, 100, 5, 3, 6, 0.85, 20_000)


@pytest.fixture(scope="module")
def both():
    """A model of 600 reviews in each language, and what they say."""
    made = {language: reviews(language, 600, seed=1) for language in ("en", "zh")}
    table = pa.concat_tables([table for table, _, _ in made.values()])
    return train_voice_model(table, AS_OF, SETTINGS), table


@pytest.mark.parametrize("language", ["en", "zh"])
def test_moods_are_learnt_that_no_lexicon_knows(both, language):
    training, _ = both
    fresh, _, mood = reviews(language, 300, seed=2)
    scores = score_texts(training.model, fresh)
    assert set(scores["sentiment_method"].to_pylist()) == {"model"}
    assert roc_auc_score(mood, scores["sentiment"].to_numpy()) > 0.99
    alone = score_texts(LEXICON_ONLY, fresh)
    assert set(alone["sentiment_method"].to_pylist()) == {"lexicon"}
    assert training.languages[language].judgement.balanced_accuracy > 0.97
    assert 0.4 < training.languages[language].judgement.lexicon_auc < 0.6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_topics_are_the_subjects(both, language):
    training, _ = both
    fresh, subject, _ = reviews(language, 300, seed=3)
    scores = score_texts(training.model, fresh)
    assert adjusted_mutual_info_score(subject, scores["topic_id"].to_pylist()) > 0.9
    named = " ".join(word for words in training.model.of(language).topic_words() for word, _ in words[:3])
    assert not set(named.split()) & set(" ".join(MOODS[language].values()).split())


def test_a_text_is_read_alike_in_any_company(both):
    training, table = both
    whole = score_texts(training.model, table)
    parts = [score_texts(training.model, table.slice(begins, 97)) for begins in range(0, table.num_rows, 97)]
    assert pa.concat_tables(parts).equals(whole)


def test_the_same_texts_give_the_same_model_which_is_kept_whole(both, tmp_path):
    training, table = both
    again = train_voice_model(table, AS_OF, SETTINGS)
    (tmp_path / "again").mkdir()
    first, second = write_model(training.model, tmp_path), write_model(again.model, tmp_path / "again")
    assert first.read_bytes() == second.read_bytes()
    assert score_texts(read_model(first), table).equals(score_texts(training.model, table))


def test_topics_keep_their_number_and_new_ones_get_another(both):
    """The next quarter hardly speaks of the app and has a subject that was never heard of."""
    training, _ = both
    former = training.model.of("en")
    later, _, _ = reviews("en", 600, seed=4, app=0.0)
    texts = later["feedback_text"].to_pylist()
    random = np.random.default_rng(5)
    hall = "hall queue seats parking lights toilets cashier shelves".split()  # noqa: SIM905
    texts = [" ".join(random.choice(hall, 5, replace=False)) if n % 4 == 0 else text for n, text in enumerate(texts)]
    later = later.set_column(4, "feedback_text", pa.array(texts))
    retrained = train_voice_model(later, AS_OF, replace(SETTINGS, topics_from=4, topics_to=4), former=training.model)
    model = retrained.model.of("en")

    def by_subject(one):
        told = {words[0][0]: number for number, words in zip(one.topic_ids, one.topic_words(), strict=True)}
        subjects = {word: about for about, words in SUBJECTS["en"].items() for word in words.split()}
        return {subjects.get(word, "hall"): number for word, number in told.items()}

    before, after = by_subject(former), by_subject(model)
    for about in ("delivery", "taste", "price"):
        assert after[about] == before[about]
    assert after["hall"] not in before.values()
    assert model.next_number > former.next_number


def test_a_language_with_few_texts_keeps_the_former_model(both):
    training, _ = both
    english, _, _ = reviews("en", 200, seed=6)
    chinese, _, _ = reviews("zh", 20, seed=6)
    retrained = train_voice_model(pa.concat_tables([english, chinese]), AS_OF, SETTINGS, former=training.model)
    assert retrained.model.of("zh") is training.model.of("zh")
    assert retrained.model.of("en") is not training.model.of("en")


def test_too_few_texts_have_no_model_but_a_sentiment():
    table, _, _ = reviews("en", 99, seed=7)
    with pytest.raises(NotEnoughHistory, match="99 texts in one language by 2024-06-30; at least 100 are needed"):
        train_voice_model(table, AS_OF, SETTINGS)


def test_without_stars_the_lexicon_tells_the_mood():
    table, _, _ = reviews("en", 300, seed=8, rated=0.3)
    training = train_voice_model(table, AS_OF, SETTINGS)
    assert training.languages["en"].judgement is None
    assert set(score_texts(training.model, table)["sentiment_method"].to_pylist()) == {"lexicon"}


def test_few_peoples_words_and_names_of_customers_are_not_learnt(tmp_path):
    """A word of one busy writer, one of four writers, a customer's name and a telephone number are in nothing kept."""
    table, _, _ = reviews("en", 400, seed=9, delivery=4.0)
    texts, writers = table["feedback_text"].to_pylist(), table["customer_id"].to_pylist()
    for place in range(40):
        texts[place] += " " + ("zanzibar" if place < 30 else "quagmire" if place < 34 else "Okonkwo")
        writers[place] = "busy" if place < 30 else f"w{place % 4}" if place < 34 else f"n{place}"
        texts[place] += " call 0171 5550123 or okonkwo@example.org"
    table = table.set_column(4, "feedback_text", pa.array(texts)).set_column(1, "customer_id", pa.array(writers))
    names = pa.array(["Ada Okonkwo", "Price Parcel", None])
    kept = _strings(write_model(train_voice_model(table, AS_OF, SETTINGS, names).model, tmp_path))
    for private in ("zanz", "quag", "okon", "5550", "0171", "example"):
        assert private not in kept
    # A name that hundreds write is everybody's word.
    assert "parcel" in kept.split()
    unnamed = _strings(write_model(train_voice_model(table, AS_OF, SETTINGS).model, tmp_path))
    assert "okon" in unnamed


def _strings(path: Path) -> str:
    """All words and n-grams of a model, which its numbers are not."""
    told = json.loads(path.read_text())["en"]
    return " ".join(told["topics"]["words"] + [term for terms in told["sentiment"]["terms"] for term in terms])


def test_texts_without_a_language_or_a_known_word():
    table = pa.table(
        {
            "feedback_id": ["a", "b", "c", "d"],
            "language": pa.array([None, "fr", None, "zh-CN"], pa.string()),
            "feedback_text": ["Это плохо", "tout bien", "12345", "很好"],
        }
    )
    scores = score_texts(LEXICON_ONLY, table).to_pylist()
    assert [one["language"] for one in scores] == [None, None, None, "zh"]
    assert [one["sentiment"] for one in scores] == [None, None, None, 0.5]
    assert all((one["score_reason"] is None) == (one["sentiment"] is not None) for one in scores)
