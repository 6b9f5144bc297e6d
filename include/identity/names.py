"""Names of people in one form, with given and family name told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml

from include.identity.garbled import is_garbled

_KNOWN = {
    key: frozenset(words) for key, words in yaml.safe_load((Path(__file__).parent / "names.yml").read_text()).items()
}
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3]+")


class Name(NamedTuple):
    """A name in lower case without accents, marks or titles; `status` is `valid`, `placeholder` or `garbled`."""

    name: str | None
    given: str | None
    family: str | None
    status: str


def name_standardiser(policy: dict) -> Callable[[str], Name]:
    """A function from a name as given to its parts.

    Compatibility forms are unified (NFKC: full-width letters, ligatures), case and accents dropped. Chinese and Korean
    names begin with the family name, of two characters if it is one of the compound ones; `Family, Given` is turned
    round; otherwise the last word is the family name, with the particles before it. One word is a given name.
    """
    placeholders = frozenset(policy["placeholder_names"])

    def standardise(text: str) -> Name:
        if is_garbled(text):
            return Name(None, None, None, "garbled")
        folded = unicodedata.normalize("NFKC", text).casefold()
        parts = [_words(part) for part in re.split("[,，]", folded, maxsplit=1)]
        words = parts[0] if len(parts) == 1 else parts[1] + parts[0]
        name = " ".join(words)
        if not name or name in placeholders or not any(letter.isalpha() for letter in name):
            return Name(None, None, None, "placeholder")
        if len(parts) == 2 and all(parts):
            return Name(name, " ".join(parts[1]), " ".join(parts[0]), "valid")
        return Name(name, *_told_apart(words), "valid")

    return standardise


def _words(text: str) -> list[str]:
    for title in sorted(_KNOWN["titles_after"]):
        text = text.strip().removesuffix(title)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    # Hangul comes apart under NFKD and is put together again.
    bare = unicodedata.normalize("NFC", bare).replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    joined = re.sub(r"['’`´·•.\-]", lambda found: " " if found[0] in ".-·•" else "", bare)
    words = re.sub(r"[^\w]+|_", " ", joined).split()
    return [word for word in words if word not in _KNOWN["titles"]] or words


def _told_apart(words: list[str]) -> tuple[str | None, str | None]:
    """(given, family) of a name without a comma."""
    if _CHINESE.fullmatch("".join(words)):
        if len(words) > 1:
            return "".join(words[1:]), words[0]
        whole = words[0]
        length = 2 if len(whole) > 2 and whole[:2] in _KNOWN["compound_family_names"] else 1
        return (whole[length:] or None), whole[:length]
    if len(words) == 1:
        return words[0], None
    start = len(words) - 1
    while start > 1 and words[start - 1] in _KNOWN["particles"]:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])
