"""Reads the small values of a declaration: texts, flags, names, one of a few words."""

from __future__ import annotations

import re
from collections.abc import Collection

from include.contract.positioned_yaml import Located, did_you_mean
from include.load.problems import Problems

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def read_texts(problems: Problems, item: Located | None, here: str) -> tuple[str, ...]:
    """A text or a list of texts; empty when the key is absent."""
    if item is None or item.value is None:
        return ()
    items = item.value if isinstance(item.value, list) else [item]
    if item.text == "none" and here.endswith(".key"):
        return ()
    if any(isinstance(one.value, dict | list) for one in items):
        problems.add(item.line, f"{here}: give text or a list of texts.")
        return ()
    return tuple(one.text for one in items)


def read_flag(problems: Problems, item: Located | None, here: str, default: bool) -> bool:
    if item is None:
        return default
    if not isinstance(item.value, bool):
        problems.add(item.line, f"{here}: give true or false.")
    return bool(item.value)


def read_list_key(problems: Problems, item: Located | None, here: str) -> str | None:
    """The key of a list inside the objects of a table; None when it is not given."""
    if item is None:
        return None
    if not isinstance(item.value, str) or not item.value:
        problems.add(item.line, f"{here}: give the key of a list inside the objects, such as items.")
    return item.text


def read_name(problems: Problems, item: Located, here: str) -> str:
    """A name of ours; a wrong one is told and returned all the same."""
    if not NAME.fullmatch(item.text):
        problems.add(item.line, f"{here}: {item.text} must be lower-case letters, digits and single _.")
    return item.text


def read_one_of(problems: Problems, item: Located, here: str, words: Collection[str]) -> str | None:
    """One of the words, or None and a message with the nearest."""
    if item.text in words:
        return item.text
    problems.add(item.line, f"{here}: {item.text} is none of {', '.join(words)}.{did_you_mean(item.text, words)}")
    return None


def read_count(problems: Problems, item: Located | None, here: str, default: int, least: int) -> int:
    """A whole number from `least`."""
    if item is None:
        return default
    if not isinstance(item.value, int) or isinstance(item.value, bool) or item.value < least:
        problems.add(item.line, f"{here}: give a whole number from {least}.")
        return default
    return item.value
