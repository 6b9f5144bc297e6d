"""The policy of activity: how long a silence is still active, nearly silent, or dormant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from include.policies.shape import Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "activity"
_LIMITS = ("days", "times", "least", "most")

SHAPE = {
    "rhythm_from_purchase_days": Number(2, 1000, whole=True),
    "states": Items(
        {
            "state": Name(),
            "en": Words(),
            "zh": Words(),
            "days": Number(1, 3650, whole=True),
            "times": Number(0.1, 100),
            "least": Number(1, 3650, whole=True),
            "most": Number(1, 3650, whole=True),
        },
        frozenset(_LIMITS),
    ),
}

TABLES = {
    "activity_settings": "rhythm_from_purchase_days integer",
    "activity_states": "position integer, state varchar, state_en varchar, state_zh varchar, days integer, "
    "times double, least integer, most integer",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; the last state has no limits."""
    return {
        "activity_settings": [(policy["rhythm_from_purchase_days"],)],
        "activity_states": [
            (position, one["state"], one["en"], one["zh"], *(one.get(limit) for limit in _LIMITS))
            for position, one in enumerate(policy["states"], 1)
        ],
    }


def _limits_are_given_and_grow(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["states"]
    *others, last = setting.located.value
    whole = []
    for state in others:
        name = f"rule {state.value['state'].value}"
        missing = [limit for limit in _LIMITS if limit not in state.value]
        if missing:
            yield setting.at(state, name, f"{missing[0]} is missing; only the last state has no limits.")
        elif state.value["least"].value > state.value["most"].value:
            yield setting.at(state.value["least"], name, "least must not be over most.")
        else:
            whole.append(state)
    given = [limit for limit in _LIMITS if limit in last.value]
    if given:
        words = f"the last state takes the rest: leave out {given[0]}."
        yield setting.at(last, f"rule {last.value['state'].value}", words)
    for sooner, later in pairwise(whole):
        for limit in _LIMITS:
            if later.value[limit].value < sooner.value[limit].value:
                words = f"{limit} must not be under that of {sooner.value['state'].value}, the state before."
                yield setting.at(later.value[limit], f"rule {later.value['state'].value}", words)


BETWEEN = (_limits_are_given_and_grow,)
