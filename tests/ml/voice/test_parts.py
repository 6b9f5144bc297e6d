"""Language, words, lexicon, coherence and rises, each against an answer worked out apart."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import fisher_exact

from ml.voice.coherence import diversity, npmi
from ml.voice.languages import language_of
from ml.voice.lexicon import lexicon_score
from ml.voice.rising import find_rises
from ml.voice.tokens import cleaned, words_of


@pytest.mark.parametrize(
    ("text", "told", "language"),
    [
        ("物流很快", None, "zh"),
        ("好评 very good", None, "zh"),
        ("Waited two weeks for it", None, "en"),
        ("Lovely quality", None, "en"),
        ("ok", None, "en"),
        ("Das Paket kam zu spät und war kaputt", None, None),
        ("La entrega fue muy lenta y mala", None, None),
        ("とても良い商品です", None, None),
        ("배송이 빨라요", None, None),
        ("!!! 12", None, None),
        ("Waited two weeks for it", "zh-CN", "zh"),
        ("Waited two weeks for it", "de", None),
        ("物流很快", " ", "zh"),
    ],
)
def test_language_by_script_where_the_source_does_not_say(text, told, language):
    assert language_of(text, told) == language


def test_what_points_at_a_person_is_cut_out():
    text = "Mail Bob@x.com, http://a.b/c @joe ＃１２ 13800138000, 打13800138000 XXXX It’s ＯＫ"
    assert cleaned(text) == "mail , 打 it's ok"


def test_chinese_is_cut_into_words():
    assert words_of("快递小哥态度很好,点赞。", "zh") == ["快递", "小哥", "态度", "很", "好", "点赞"]


def test_the_cutter_says_nothing_and_writes_nothing(tmp_path):
    """jieba would keep its dictionary in the folder for temporary files, where others can put theirs."""
    asked = "from ml.voice.tokens import words_of; print(len(words_of('物流很快', 'zh')))"
    environment = {"PYTHONPATH": ".", "TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert (told.stdout, told.stderr) == ("2\n", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "language", "score"),
    [
        ("good food", "en", 1 / 2),
        ("not good", "en", -1 / 2),
        ("not what i would call good", "en", 1 / 2),  # the negation is too far off
        ("never late and friendly staff", "en", 2 / 3),
        ("slow rude but cheap", "en", -1 / 4),
        ("the table", "en", 0),
        ("味道 不 好吃", "zh", -1 / 2),
        ("不好吃", "zh", -1 / 2),
        ("很 好 但是 慢", "zh", 0),
    ],
)
def test_the_lexicon_counts_and_turns(words, language, score):
    assert lexicon_score(words.split(), language) == pytest.approx(score)


def test_coherence_is_npmi_worked_out_by_hand():
    """Words 0 and 1 are in the same two of four texts: 1. Words 0 and 2 never meet: -1. 0 and 3 by the formula."""
    counts = sparse.csr_matrix([[1, 3, 0, 1], [2, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    found = npmi(counts, np.array([[0, 1], [0, 2], [0, 3]]))
    third = np.log(0.25 / (0.5 * 0.75)) / -np.log(0.25)
    assert found == pytest.approx([1, -1, third])
    assert diversity(np.array([[0, 1], [0, 2]])) == 0.75


def _counts(rows):
    columns = ["language", "topic_id", "month_no", "texts", "language_texts"]
    return pd.DataFrame(rows, columns=columns)


def test_rises_are_set_beside_the_months_before():
    """The sum over three months, one of which had no text; the probability is Fisher's, nearly, for many texts."""
    totals = {1: 90, 2: 1000, 4: 1000}
    texts = {"en1": {1: 9, 2: 30, 4: 60}, "en2": {1: 5, 2: 5, 4: 5}}
    rows = [("en", topic, month, of[month], total) for topic, of in texts.items() for month, total in totals.items()]
    told = find_rises(_counts(rows), months=3).set_index(["topic_id", "month_no"])
    first = told.loc[("en1", 4)]
    assert (first.baseline_texts, first.baseline_language_texts) == (39, 1090)
    exact = fisher_exact([[60, 940], [39, 1051]], alternative="greater").pvalue
    assert first.rise_probability == pytest.approx(2 * exact, rel=0.35)
    assert told.loc[("en2", 4)].rise_probability > 0.5
    assert np.isnan(told.loc[("en1", 1)].rise_probability)


def test_what_does_not_rise_is_seldom_told_to_rise():
    """Of 400 months with twelve steady topics at most one in twenty has a false alarm, by Holm's procedure."""
    random = np.random.default_rng(11)
    shares = random.dirichlet(np.full(12, 5.0))
    rows = []
    for world in range(400):
        for month, total in ((1, 400), (2, 150)):
            drawn = random.multinomial(total, shares)
            rows += [(f"w{world}", f"w{world}-{topic}", month, int(texts), total) for topic, texts in enumerate(drawn)]
    told = find_rises(_counts(rows), months=6)
    alarms = told[told.month_no == 2].groupby("language").rise_probability.min() <= 0.05
    assert alarms.mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
    planted = [("p", f"p{n}", month, texts, total) for n, month, texts, total in
               [(0, 1, 40, 400), (0, 2, 40, 150), *[(n, 1, 40, 400) for n in range(1, 9)],
                *[(n, 2, 15, 150) for n in range(1, 9)]]]  # fmt: skip
    told = find_rises(_counts(planted), months=6)
    assert told[(told.rise_probability <= 0.05)].topic_id.tolist() == ["p0"]
