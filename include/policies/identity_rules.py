"""What must hold between the values of identity.yml."""

from __future__ import annotations

from collections.abc import Iterator

from include.contract.positioned_yaml import did_you_mean
from include.contract.reader import read_contract
from include.identity.comparisons import LEVELS


def review_lies_below_merging(settings: dict) -> Iterator[str]:
    setting = settings["review_from"]
    if setting.located.value > settings["merge_at"].located.value:
        yield setting.at(setting.located, "review_from", "must not be over merge_at.")


def levels_are_whole(settings: dict) -> Iterator[str]:
    """A list of weights replaces the shipped one whole, so it must tell every level."""
    setting = settings["weights"]
    told = {item.value["level"].value for item in setting.located.value}
    missing = [level for level in LEVELS if level not in told]
    if missing:
        yield setting.at(setting.located, "weights", f"{', '.join(missing)}: missing. Give every level its m and u.")


def survivors_are_columns(settings: dict) -> Iterator[str]:
    setting = settings["survivorship"]
    columns = read_contract()["customers"].by_name
    for item in setting.located.value:
        column = item.value["column"]
        if column.value not in columns:
            words = f"customers have no column {column.value}.{did_you_mean(column.value, columns)}"
            yield setting.at(column, f"rule {column.value}", words)
