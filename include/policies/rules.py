"""Checks of policies: each value against its shape, then what must hold between values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

from include.contract.positioned_yaml import Located, did_you_mean
from include.policies import data_health
from include.policies.identity_rules import levels_are_whole, review_lies_below_merging, survivors_are_columns
from include.policies.metrics import customer_metric_names
from include.policies.registry import MODULES, SHAPES
from include.policies.shape import (
    Choice,
    ContractTable,
    Currency,
    Day,
    Days,
    Flag,
    Importance,
    Items,
    Key,
    Metric,
    Name,
    Names,
    Number,
    Region,
    Scores,
    Several,
    Words,
)
from include.policies.tiers_policy import shares_rise

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Setting:
    """A top-level value and the file that gave it."""

    path: str
    located: Located

    def at(self, located: Located, rule: str, words: str) -> str:
        return f"{self.path}:{located.line}: {rule}: {words}"


def faults_of(stem: str, settings: dict[str, Setting]) -> list[str]:
    """Every fault of one policy, as `path:line: rule: what is wrong`; empty when it can be used."""
    shape = SHAPES[stem]
    faults = [
        setting.at(setting.located, key, f"no such setting in {stem}.yml.{did_you_mean(key, shape)}")
        for key, setting in settings.items()
        if key not in shape
    ]
    known = {key: setting for key, setting in settings.items() if key in shape}
    shape_faults = [fault for key, setting in known.items() for fault in _shape_faults(setting, key, shape[key])]
    if shape_faults:
        return faults + shape_faults
    return faults + [fault for check in _BETWEEN.get(stem, ()) for fault in check(known)]


def faults_across(policies: dict[str, dict[str, Setting]]) -> list[str]:
    """Faults between policies that are sound one by one, such as a tier for which another file has nothing."""
    return [fault for one in MODULES for check in getattr(one, "ACROSS", ()) for fault in check(policies)]


def _shape_faults(setting: Setting, rule: str, shape: object, located: Located | None = None) -> Iterator[str]:
    located = located or setting.located
    if isinstance(shape, Items):
        yield from _item_faults(setting, rule, shape, located)
    elif isinstance(shape, Metric):
        known = (*customer_metric_names(), *shape.beside)
        if located.value not in known:
            yield setting.at(located, rule, f"unknown metric {located.value}.{did_you_mean(str(located.value), known)}")
    elif not _fits(shape, located):
        options = tuple(data_health.contract()) if isinstance(shape, ContractTable) else getattr(shape, "options", ())
        nearest = did_you_mean(str(located.value), options)
        yield setting.at(located, rule, f"must be {shape}.{nearest}")


def _item_faults(setting: Setting, rule: str, shape: Items, located: Located) -> Iterator[str]:
    if not isinstance(located.value, list) or not (located.value or shape.may_be_empty):
        yield setting.at(located, rule, "must be a list with an entry or more.")
        return
    label = next(iter(shape.keys))
    seen: set[str] = set()
    for item in located.value:
        if not isinstance(item.value, dict):
            yield setting.at(item, rule, f"each entry must give {', '.join(shape.keys)}.")
            continue
        name = item.value[label].plain() if label in item.value and not shape.may_repeat else None
        where = f"{rule} {name}" if label == "name" and name else f"rule {name}" if name else rule
        for key, value in item.value.items():
            if key not in shape.keys:
                yield setting.at(value, where, f"no such key {key}.{did_you_mean(key, shape.keys)}")
            else:
                yield from _shape_faults(setting, f"{where}: {key}", shape.keys[key], value)
        for key in shape.keys.keys() - item.value.keys() - shape.optional:
            yield setting.at(item, where, f"{key} is missing.")
        if name in seen:
            yield setting.at(item, where, f"{label} is given twice.")
        if not shape.may_repeat:
            seen.add(name)


def _fits(shape: object, located: Located) -> bool:
    value = located.plain()
    if isinstance(shape, Number):
        kinds = (int,) if shape.whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and shape.least <= value <= shape.most
    if isinstance(shape, Choice):
        return value in shape.options
    if isinstance(shape, ContractTable):
        return value in data_health.contract()
    if isinstance(shape, Name):
        return _is_name(value)
    if isinstance(shape, Names):
        names = value if isinstance(value, list) else []
        return 0 < len(names) == len(set(map(str, names))) and all(_is_name(name) for name in names)
    if isinstance(shape, Words):
        return isinstance(value, str) and bool(value.strip())
    if isinstance(shape, Key):
        return isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value).strip())
    if isinstance(shape, Scores):
        return _is_list_of(value, range(1, 6)) and len(value) == 2 and value[0] <= value[1]
    if isinstance(shape, Days):
        return _is_list_of(value, range(shape.least, shape.most + 1)) and 0 < len(value) == len(set(value))
    if isinstance(shape, Importance):
        return _is_importance(value)
    if isinstance(shape, Day):
        return _is_day(value)
    if isinstance(shape, Flag):
        return isinstance(value, bool)
    if isinstance(shape, Region | Currency):
        letters = 2 if isinstance(shape, Region) else 3
        return isinstance(value, str) and bool(re.fullmatch(f"[A-Z]{{{letters}}}", value))
    if isinstance(shape, Several):
        texts = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        return texts and len(set(value)) == len(value) and (not shape.options or set(value) <= set(shape.options))
    raise TypeError(f"no check for {shape!r}")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(_NAME.fullmatch(value))


def _is_importance(value: object) -> bool:
    if isinstance(value, str) and re.fullmatch(r"1\s*/\s*[1-9]", value):
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 9


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_list_of(value: object, known: object) -> bool:
    return isinstance(value, list) and all(type(item) is int and item in known for item in value)


def _every_score_has_a_segment(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["segments"]
    boxes = [[item.value[axis].plain() for axis in "rfm"] for item in setting.located.value]
    for scores in product(range(1, 6), repeat=3):
        if not any(all(low <= score <= high for score, (low, high) in zip(scores, box, strict=True)) for box in boxes):
            shown = ", ".join(f"{axis} {score}" for axis, score in zip("rfm", scores, strict=True))
            yield setting.at(setting.located, "segments", f"no segment for {shown}. End with one that takes the rest.")
            return


def _the_first_candidate_tells_purchases(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["candidates"]
    if setting.located.plain()[0] == "machine":
        words = "machine cannot be the first: it tells money only, and purchases need a family of their own."
        yield setting.at(setting.located, "candidates", words)


_BETWEEN = {
    "rfm": (_every_score_has_a_segment,),
    "clv": (shares_rise, _the_first_candidate_tells_purchases),
    "data_health": (data_health.faults_between,),
    "identity": (review_lies_below_merging, levels_are_whole, survivors_are_columns),
    **{one.STEM: one.BETWEEN for one in MODULES},
}
