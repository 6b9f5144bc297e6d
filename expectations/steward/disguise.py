"""How a value is shown when it may be personal: by its form, or by what is left of it."""

from __future__ import annotations

_LONGEST = 40
_BLANK = "·"


def pattern(value: object) -> str:
    """The form of a value: letters become x, digits 9, and everything else stays, as in `99.99.9999` or `xxx@xxx.xx`.

    A faulty row may hold anything in any column, so not even the value at fault is shown.
    """
    if value is None:
        return "(nothing)"
    text = str(value)
    return ("".join(map(_form, text[:_LONGEST])) or "(empty)") + ("…" if len(text) > _LONGEST else "")


def _form(character: str) -> str:
    if character.isdigit():
        return "9"
    return "x" if character.isalpha() else _BLANK if character.isspace() else character


def initials(value: object, kind: str) -> str:
    """What is left of a value beside which another is compared: an initial, a year, two last digits."""
    text = "" if value is None else str(value).strip()
    if not text:
        return "–"
    if kind == "email":
        return f"{text[0]}***@***"
    if kind == "phone":
        return f"***{''.join(c for c in text if c.isdigit())[-2:]}"
    if kind == "birth":
        return f"{text[:4]}-**-**"
    if kind in ("name", "street"):
        return " ".join(f"{word[0]}." for word in text.split()[:4])
    if kind == "place":
        return " ".join(f"{word[:2]}…" for word in text.split()[:3])
    return "***"
