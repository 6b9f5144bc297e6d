"""Texts as words: cleaned of what points at a person, cut by jieba (Chinese) or at what is no letter (English)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

WORDS = Path(__file__).with_name("words")
_POINTS_AT_SOMEBODY = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+"  # addresses and handles
    r"|\b(?:\w*\d\w*[-./:]?)+"  # numbers, and words with digits in them
    r"|\b[xX]{2,}\b",  # what was blacked out
    re.ASCII,
)
_SPACES = re.compile(r"\s+")
_ENGLISH_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_CHINESE_WORD = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+$")


def cleaned(text: str) -> str:
    """The text in one form (NFKC, lower case), without web and mail addresses, handles, numbers and blackened words."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return _SPACES.sub(" ", _POINTS_AT_SOMEBODY.sub(" ", plain)).strip()


def words_of(text: str, language: str) -> list[str]:
    """Words of a cleaned text in their order; Chinese ones of Chinese characters only."""
    if language == "zh":
        return [word for word in chinese_cutter().cut(text) if _CHINESE_WORD.match(word)]
    return _ENGLISH_WORD.findall(text)


@cache
def chinese_cutter():
    """jieba with its own dictionary. Its cache is left out: it would be read from, and written to, a folder of all."""
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    logging.getLogger("jieba").setLevel(logging.CRITICAL)
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that say nothing of what a text is about."""
    own = frozenset(word_list(f"stop_{language}.txt"))
    return own | ENGLISH_STOP_WORDS if language == "en" else own


@cache
def general_moods(language: str) -> frozenset[str]:
    """Words of praise or displeasure that fit anything: the first part of each list of the lexicon."""
    return frozenset(word for mood in ("good", "bad") for word in _first_part(f"{mood}_{language}.txt"))


def word_list(name: str) -> list[str]:
    """Words of a file of the folder `words`, several a line; `#` begins a remark."""
    lines = (WORDS / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines for word in line.split("#")[0].split()]


def _first_part(name: str) -> list[str]:
    """Words of a file between its first remark and the second."""
    lines = (WORDS / name).read_text(encoding="utf-8").splitlines()
    remarks = [number for number, line in enumerate(lines) if line.startswith("#")]
    return " ".join(lines[remarks[0] + 1 : remarks[1]]).split()
