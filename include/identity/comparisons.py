"""How two records are compared: for each comparison its levels of agreement, the strongest first."""

from __future__ import annotations

from dataclasses import dataclass

CLOSE = 0.88  # Jaro-Winkler similarity of names that differ by a slip


@dataclass(frozen=True)
class Level:
    """A kind of agreement. `rarity` names the column whose common values count for less than rare ones."""

    name: str
    condition: str
    rarity: str | None = None


@dataclass(frozen=True)
class Comparison:
    """`columns` are those of the records it reads; `missing` is when it says nothing; the last level takes the rest."""

    name: str
    columns: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]


def _either_missing(column: str) -> str:
    return f"({column}_l is null or {column}_r is null)"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _close(left: str, right: str, bar: float = CLOSE) -> str:
    return f"jaro_winkler_similarity({left}, {right}) >= {bar}"


def _slips(column: str, most: int, bar: float) -> str:
    """At most `most` slips of the pen; the cheap similarity spares the dear distance for most pairs."""
    distance = f"damerau_levenshtein({column}_l, {column}_r) <= {most}"
    return f"case when {_close(f'{column}_l', f'{column}_r', bar)} then {distance} else false end"


_YEARS_EQUAL = "left(birth_l, 4) = left(birth_r, 4)"
_DAY_MONTH_SWAPPED = (
    f"{_YEARS_EQUAL} and substr(birth_l, 6, 2) = substr(birth_r, 9, 2) "
    "and substr(birth_l, 9, 2) = substr(birth_r, 6, 2)"
)

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "name",
        ("given", "family", "full_name"),
        "(full_name_l is null or full_name_r is null)",
        (
            Level("same", _same("full_name"), rarity="full_name"),
            Level("swapped", "given_l = family_r and family_l = given_r"),
            Level("close", f"{_close('given_l', 'given_r')} and {_close('family_l', 'family_r')}"),
            Level("close_swapped", f"{_close('given_l', 'family_r')} and {_close('family_l', 'given_r')}"),
            Level("family", _same("family"), rarity="family"),
            Level("given", _same("given"), rarity="given"),
            Level("one_close", f"{_close('family_l', 'family_r')} or {_close('given_l', 'given_r')}"),
            Level("different", "ELSE"),
        ),
    ),
    Comparison(
        "birth",
        ("birth",),
        _either_missing("birth"),
        (
            Level("same", _same("birth")),
            Level("one_digit", "hamming(birth_l, birth_r) = 1"),
            Level("day_month_swapped", _DAY_MONTH_SWAPPED),
            Level("two_digits", "hamming(birth_l, birth_r) = 2"),
            Level("different", "ELSE"),
        ),
    ),
    Comparison(
        "email",
        ("email", "email_user", "email_digits"),
        _either_missing("email"),
        # Addresses are made of names: only those with the same number in them can be close.
        (
            Level("same", _same("email"), rarity="email"),
            Level("same_user", _same("email_user")),
            Level("close", f"{_same('email_digits')} and {_slips('email', 2, 0.9)}"),
            Level("different", "ELSE"),
        ),
    ),
    Comparison(
        "phone",
        ("phone", "phone_end"),
        _either_missing("phone"),
        (
            Level("same", _same("phone"), rarity="phone"),
            Level("same_end", _same("phone_end"), rarity="phone_end"),
            Level("close", _slips("phone", 1, 0.9)),
            Level("different", "ELSE"),
        ),
    ),
    Comparison(
        "national_id",
        ("national_id",),
        _either_missing("national_id"),
        (
            Level("same", _same("national_id"), rarity="national_id"),
            Level("one_off", _slips("national_id", 1, 0.8)),
            Level("two_off", _slips("national_id", 2, 0.7)),
            Level("different", "ELSE"),
        ),
    ),
    Comparison(
        "street",
        ("street",),
        _either_missing("street"),
        (
            Level("same", _same("street"), rarity="street"),
            Level("close", _close("street_l", "street_r", 0.9)),
            Level("similar", _close("street_l", "street_r", 0.75)),
            Level("different", "ELSE"),
        ),
    ),
    Comparison(
        "place",
        ("city", "postal"),
        f"({_either_missing('city')} and {_either_missing('postal')})",
        (
            Level("postal_and_city", f"{_same('postal')} and {_same('city')}", rarity="postal"),
            Level("postal", _same("postal"), rarity="postal"),
            Level("city", _same("city"), rarity="city"),
            Level("close", f"{_slips('postal', 1, 0.8)} or {_close('city_l', 'city_r', 0.9)}"),
            Level("different", "ELSE"),
        ),
    ),
)
LEVELS: tuple[str, ...] = tuple(
    f"{comparison.name}.{level.name}" for comparison in COMPARISONS for level in comparison.levels
)
# Columns of the records that a blocking rule may name.
BLOCKING_COLUMNS = (
    *("given", "family", "full_name", "names_sorted", "birth", "birth_year"),
    *("email", "email_user", "phone", "phone_end", "national_id", "street", "city", "postal"),
)
