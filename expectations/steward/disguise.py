"""How a value of a faulty row is shown when it may be personal: by its form."""

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
