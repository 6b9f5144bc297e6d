"""Which language a text is in, by its script, where its source does not say."""

from __future__ import annotations

import re

from ml.voice.lexicon import moods_of

LANGUAGES = ("en", "zh")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_OTHER_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LATIN_WORD = re.compile(r"[a-z']+")
# Common in English, and not words of German, French, Spanish, Italian, Dutch or Portuguese that are spelt alike.
_ENGLISH = frozenset(
    {"the", "and", "this", "that", "is", "it's", "with", "you", "your", "my", "for", "not", "but", "very", "they"}
    | {"were", "have", "from", "would", "are", "been", "has", "which", "what", "when", "never", "always", "because"}
    | {"after", "could", "than", "they're", "don't", "it", "i'm", "of", "again", "does", "did", "any", "more", "every"}
)
# Words of praise and blame that other languages spell alike.
_SHARED = frozenset(
    {"super", "fine", "fun", "fault", "positive", "negative", "error", "simple", "secure", "bugs", "bug"}
)


def language_of(text: str, told: str | None = None) -> str | None:
    """`en`, `zh`, or None for another one.

    Parameters
    ----------
    told : what the source says, a code such as `zh` or `zh-CN`; it is believed

    A text with a Chinese character for every four Latin letters or more is Chinese, unless kana or hangul stand in it.
    One in Latin letters is English when it holds a word that is English only, or is too short to hold one (three words)
    and has no accented letter.
    """
    if told and told.strip():
        code = re.split(r"[-_]", told.strip().lower())[0]
        return code if code in LANGUAGES else None
    lowered = text.lower()
    letters = sum(character.isalpha() and character.isascii() for character in lowered)
    han = len(_HAN.findall(lowered))
    if _OTHER_EAST_ASIAN.search(lowered):
        return None
    if han and 4 * han >= letters:
        return "zh"
    words = _LATIN_WORD.findall(lowered)
    if not words:
        return None
    if not _ENGLISH.isdisjoint(words) or any(word in moods_of("en") and word not in _SHARED for word in words):
        return "en"
    return "en" if len(words) <= 3 and lowered.isascii() else None
