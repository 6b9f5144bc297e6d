"""Collects what is wrong with one YAML file, each with its line."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from include.contract.positioned_yaml import Located, did_you_mean


class Problems:
    """Messages of the form `file:line: what`, in the order found."""

    def __init__(self, path: Path):
        self.path = path
        self.found: list[str] = []

    def add(self, line: int, message: str) -> None:
        self.found.append(f"{self.path}:{line}: {message}")

    def mapping(
        self, item: Located, here: str, known: Collection[str] | None, required: Collection[str]
    ) -> dict[str, Located] | None:
        """The keys of a YAML mapping, or None (and a message) when it is none or lacks a required key.

        Unknown keys are named with their nearest known one; `known=None` accepts any.
        """
        if not isinstance(item.value, dict):
            self.add(item.line, f"{here}: expected keys and values.")
            return None
        for key, value in item.value.items():
            if known is not None and key not in known:
                self.add(value.line, f"{here}: unknown key {key}.{did_you_mean(key, known)}")
        missing = sorted(key for key in required if key not in item.value)
        for key in missing:
            self.add(item.line, f"{here}: {key} is missing.")
        return None if missing else item.value
