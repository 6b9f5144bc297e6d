"""The policy of privacy: roles, the columns and rows that each may see, and of which of them copies are published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.shape import Choice, Items, Name, Several
from include.publishing.role_files import EVERYBODY

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "privacy"
CLASSES = ("direct", "quasi", "sensitive")
TREATMENTS = ("shown", "masked", "left_out")
ROWS_BY = ("manager_id", "region", "country", "city", "branch", "acquisition_channel", "kind")

SHAPE = {
    "roles": Items(
        {"role": Name(), **dict.fromkeys(CLASSES, Choice(TREATMENTS)), "rows_by": Choice(ROWS_BY)},
        frozenset({"rows_by"}),
    ),
    "copies": Several(),
    "readers": Items({"reader": Name(), "role": Name(), "rows": Several()}, may_be_empty=True),
}
TABLES: dict[str, str] = {}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """No table: the policy is read where a version is published, not by SQL."""
    return {}


def _everybody_sees_nobody(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["roles"]
    everybody = [item for item in setting.located.value if item.value["role"].value == EVERYBODY]
    if not everybody:
        words = f"{EVERYBODY} is missing: it says what the file that every reader may open holds."
        yield setting.at(setting.located, "roles", words)
    for item in everybody:
        if item.value["direct"].value == "shown":
            words = "every reader may open its file: direct must be masked or left_out. Show it to another role."
            yield setting.at(item.value["direct"], f"rule {EVERYBODY}", words)
        if "rows_by" in item.value:
            words = "every reader may open its file, so it cannot be limited to the rows of one."
            yield setting.at(item.value["rows_by"], f"rule {EVERYBODY}", words)


def _copies_are_of_roles(settings: dict[str, Setting]) -> Iterator[str]:
    setting, roles = settings["copies"], _roles(settings)
    playing = {item.value["role"].value for item in settings["readers"].located.value}
    for item in setting.located.value:
        role = item.value
        if role == EVERYBODY:
            yield setting.at(item, "copies", f"{EVERYBODY} is the version itself, and always written.")
        elif role not in roles:
            yield setting.at(item, "copies", f"no role is called {role}.{did_you_mean(str(role), roles)}")
        elif "rows_by" in roles[role] and role not in playing:
            words = (
                f"{role} is limited by {roles[role]['rows_by'].value}: say in readers who plays it, and of which rows."
            )
            yield setting.at(item, "copies", words)


def _readers_play_limited_roles(settings: dict[str, Setting]) -> Iterator[str]:
    setting, roles = settings["readers"], _roles(settings)
    for item in setting.located.value:
        role = item.value["role"].value
        rule = f"rule {item.value['reader'].value}"
        if role not in roles:
            yield setting.at(item.value["role"], rule, f"no role is called {role}.{did_you_mean(role, roles)}")
        elif "rows_by" not in roles[role]:
            words = f"the role {role} has no rows_by: all who play it read one copy, and none need be named."
            yield setting.at(item.value["role"], rule, words)
        if not item.value["rows"].value:
            yield setting.at(item.value["rows"], rule, "rows is empty: name one value or more.")


def _names_stay_apart(settings: dict[str, Setting]) -> Iterator[str]:
    """PostgreSQL's schema of a reader is called `<role>_<reader>`."""
    setting = settings["readers"]
    names = Counter([*_roles(settings), *map(_schema, setting.located.value)])
    for item in setting.located.value:
        if names[_schema(item)] > 1:
            words = f"{_schema(item)} would be the name of two schemas of PostgreSQL: choose another."
            yield setting.at(item, f"rule {item.value['reader'].value}", words)


def _schema(item) -> str:
    return f"{item.value['role'].value}_{item.value['reader'].value}"


def _roles(settings: dict[str, Setting]) -> dict[str, dict]:
    return {item.value["role"].value: item.value for item in settings["roles"].located.value}


BETWEEN = (_everybody_sees_nobody, _copies_are_of_roles, _readers_play_limited_roles, _names_stay_apart)
