"""Telephone numbers as E.164."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from include.identity.garbled import is_garbled, repeats_itself

_COUNTRIES = Path(__file__).parent / "countries.csv"  # English, Chinese, German, French and Spanish, from phonenumbers
_NOT_DIALLED = re.compile(r"[^0-9]")


def phone_standardiser(policy: dict) -> Callable[[str, str | None], tuple[str | None, str]]:
    """A function from a number as given and a country code (or None) to (number, status).

    A number with a leading + says its country itself; another is dialled in the given country, or in the policy's
    `default_region`. Status is `valid` (the number is E.164), `invalid` (digits only; no such number range),
    `no_country` (digits only: nothing says where it is dialled), `placeholder` or `garbled` (null).
    """
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

    placeholders = frozenset(policy["placeholder_phones"])
    default = policy["default_region"]

    def standardise(text: str, region: str | None) -> tuple[str | None, str]:
        if is_garbled(text):
            return None, "garbled"
        digits = _NOT_DIALLED.sub("", text.translate(_FULL_WIDTH))
        if digits in placeholders or len(digits) < 5 or repeats_itself(digits[-8:]):
            return (None, "placeholder") if digits else (None, "invalid")
        dialled = text.translate(_FULL_WIDTH)
        if dialled.strip().startswith("00"):
            dialled = "+" + digits.removeprefix("00")
        try:
            number = parse(dialled, region or default)
        except NumberParseException:
            unknown = (region or default) == "ZZ" and not dialled.strip().startswith("+")
            return digits, "no_country" if unknown else "invalid"
        if not is_valid_number(number):
            return digits, "invalid"
        return format_number(number, PhoneNumberFormat.E164), "valid"

    return standardise


_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－（）　", "0123456789+-() ")


def country_codes(policy: dict) -> dict[str, str]:
    """Two-letter codes of ISO 3166-1 by name in lower case: those of `countries.csv`, their codes, the policy's own."""
    with _COUNTRIES.open(encoding="utf-8", newline="") as lines:
        named = [(row["name"].lower(), row["code"]) for row in csv.DictReader(lines)]
    codes = dict(named) | {code.lower(): code for _, code in named}
    return codes | {item["name"].lower(): item["code"] for item in policy["countries"]}
