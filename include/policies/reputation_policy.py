"""The policy of reputation alarms: which public words are one, whose task it is, and by when they are answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.policies.shape import Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "reputation"
_SETTINGS = {
    "negative_rating": Number(1, 5),
    "statement_hours": Number(1, 8760, whole=True),
    "plan_hours": Number(1, 8760, whole=True),
}
SHAPE: dict[str, object] = {
    **_SETTINGS,
    "levels": Items(
        {
            "level": Name(),
            "en": Words(),
            "zh": Words(),
            "reach_from": Number(0, 10_000_000_000, whole=True),
            "owner": Name(),
        }
    ),
}
TABLES = {
    "reputation_settings": "negative_rating double, statement_hours integer, plan_hours integer",
    "reputation_levels": "position integer, level varchar, level_en varchar, level_zh varchar, reach_from bigint, "
    "owner varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "reputation_settings": [tuple(policy[key] for key in _SETTINGS)],
        "reputation_levels": [
            (n, one["level"], one["en"], one["zh"], one["reach_from"], one["owner"])
            for n, one in enumerate(policy["levels"], 1)
        ],
    }


def _levels_fall(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["levels"]
    for above, below in pairwise(setting.located.value):
        if below.value["reach_from"].value >= above.value["reach_from"].value:
            words = f"reach_from must be under that of {above.value['level'].value}, the level above."
            yield setting.at(below, f"rule {below.value['level'].value}", words)


def _plan_follows_statement(settings: dict[str, Setting]) -> Iterator[str]:
    setting, first = settings["plan_hours"], settings["statement_hours"].located.value
    if setting.located.value < first:
        yield setting.at(setting.located, "plan_hours", f"must not be under statement_hours ({first}).")


BETWEEN = (_levels_fall, _plan_follows_statement)
