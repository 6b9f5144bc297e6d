"""What the dashboard says, in English and Chinese: words.yml, and how numbers and dates are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = {"en": "English", "zh": "中文"}
NOTHING = "–"
_FILE = Path(__file__).with_name("words.yml")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# From here on a number is told in the larger unit of the language, with three figures that count.
_LARGE = {"en": [(1e9, " bn"), (1e6, " M")], "zh": [(1e8, "亿"), (1e5, None)]}


@cache
def all_words() -> dict[str, dict[str, str]]:
    """Each key's words by language."""
    told = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {key: dict(zip(LANGUAGES, words, strict=True)) for key, words in told.items()}


class Words:
    """The words of one language."""

    def __init__(self, language: str):
        self.language = language

    def __call__(self, key: str, **fields: object) -> str:
        """Words of a key, with its {fields} filled in.

        Raises
        ------
        KeyError: words.yml knows no such key.
        """
        words = all_words()[key][self.language]
        return words.format(**fields) if fields else words

    def role(self, name: str) -> str:
        """A role of the policy of privacy, in words: from words.yml where it is there, else by its name."""
        return self(f"role.{name}") if f"role.{name}" in all_words() else self("role.restricted", role=name)

    def value(self, name: object) -> str:
        """A code of the marts in words: from words.yml where it is there, else the code without underscores."""
        if name is None:
            return NOTHING
        known = all_words().get(f"code.{name}")
        if known:
            return known[self.language]
        told = str(name)
        # Names of the sources (people, stores, keys) are left as they are; codes of ours are words joined by _.
        is_code = told.islower() and told.replace("_", "").replace(" ", "").isalpha()
        return told.replace("_", " ").capitalize() if is_code else told

    def of(self, row: dict, column: str) -> str:
        """A code that its table tells in words beside it: `column_zh`, `column_en`, else by `value`."""
        told = row.get(f"{column}_{self.language}")
        return told or self.value(row.get(column))

    def risk(self, row: dict) -> str:
        """A risk tier: the shipped ones by their words here, a company's own by the names of its policy."""
        known = all_words().get(f"code.risk_{row['risk_tier']}")
        return known[self.language] if known else self.of(row, "risk_tier")

    def number(self, value: object, places: int = 0) -> str:
        if value is None:
            return NOTHING
        amount = float(value)
        for size, unit in _LARGE[self.language]:
            if abs(amount) >= size:
                return f"{amount / size:,.2f}{unit}" if unit else f"{amount / 1e4:,.1f}万"
        return f"{amount:z,.{places}f}"

    def money(self, value: object, currency: str, places: int = 0) -> str:
        return NOTHING if value is None else f"{self.number(value, places)} {currency}".strip()

    def signed(self, value: object, places: int = 1) -> str:
        return NOTHING if value is None else f"{float(value):+z.{places}f}"

    def between(self, low: object, high: object, write: Callable[[object], str]) -> str:
        """Both bounds in words, or nothing where one is not known."""
        return NOTHING if low is None or high is None else self("between", low=write(low), high=write(high))

    def share(self, value: object, places: int = 1) -> str:
        return NOTHING if value is None else f"{float(value):z.{places}%}"

    def points(self, value: object) -> str:
        """A change of a share, in percentage points."""
        return NOTHING if value is None else self("unit.points", value=f"{100 * float(value):+z.1f}")

    def day(self, value: date | datetime | None, year: int | None = None) -> str:
        """A date in words, without its year where it is `year`."""
        if value is None:
            return NOTHING
        if self.language == "zh":
            return ("" if value.year == year else f"{value.year}年") + f"{value.month}月{value.day}日"
        return f"{value.day} {_MONTHS[value.month - 1]}" + ("" if value.year == year else f" {value.year}")

    def yes(self, value: bool | None) -> str:
        return NOTHING if value is None else self("yes" if value else "no")
