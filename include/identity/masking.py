"""How a contact value is shown to whoever may see the queue: enough to compare it, too little to know it."""

from __future__ import annotations


def masked(field: str, value: object) -> str:
    """What is left of the value of an evidence field or of a `key`: an initial, a year, two last digits."""
    text = "" if value is None else str(value).strip()
    if not text:
        return "–"
    if field == "email":
        return f"{text[0]}***@***"
    if field == "phone":
        return f"***{''.join(character for character in text if character.isdigit())[-2:]}"
    if field == "birth":
        return f"{text[:4]}-**-**"
    if field in ("name", "street"):
        return " ".join(f"{word[0]}." for word in text.split()[:4])
    if field == "place":
        return " ".join(f"{word[:2]}…" for word in text.split()[:3])
    return f"{text[0]}***" if field == "key" else "***"
