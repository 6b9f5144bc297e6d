"""The policy of tags: which attributes of customers are tags, and the conditions that give the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.conditions import Condition, parse_conditions
from include.policies.metrics import customer_metric_names
from include.policies.shape import Choice, Items, Name, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "tags"
KINDS = ("value", "behaviour", "risk", "preference")
# Columns of dim_customer that are published in the clear.
ATTRIBUTES = (
    *("kind", "gender", "age_band", "income_band", "marital_status", "household_size", "region", "country_code"),
    *("branch", "language", "acquisition_channel", "accepts_marketing", "close_reason"),
)
# Numbers that a condition may name beside those of customer_metrics.
BESIDE = ("tier_level", "rfm_total", "clv_12m", "churn_probability")
# What `is` may follow, and where the names it may be are listed: policy, key.
NAMED = {
    "tier": ("tiers", "tiers"),
    "rfm_segment": ("rfm", "segments"),
    "churn_risk": ("churn", "risk_tiers"),
    "clv_tier": ("clv", "tiers"),
}
SHAPE = {
    "attributes": Items({"column": Choice(ATTRIBUTES), "en": Words(), "zh": Words()}, may_be_empty=True),
    "tags": Items({"name": Name(), "en": Words(), "zh": Words(), "kind": Choice(KINDS), "when": Words()}),
}
TABLES = {
    "tag_attributes": "position integer, column_name varchar, tag_en varchar, tag_zh varchar",
    "tags": "position integer, tag varchar, tag_en varchar, tag_zh varchar, kind varchar, rule varchar",
    "tag_conditions": "position integer, tag varchar, condition_no integer, subject varchar, operator varchar, "
    "operand varchar",
}
_IS = re.compile(r"\s*([a-z_]\w*)\s+is\s+([a-z]\w*(?:\s+or\s+[a-z]\w*)*)\s*")


@dataclass(frozen=True)
class Is:
    """`subject is name or name`: what another policy or a model calls the customer."""

    subject: str
    names: tuple[str, ...]


def parse_when(words: str) -> tuple[Condition | Is, ...]:
    """The conditions of a tag, all of which must hold.

    Raises
    ------
    ValueError: a part is no condition, or names an unknown metric or subject.
    """
    parts: list[Condition | Is] = []
    for part in re.split(r"\band\b", words):
        match = _IS.fullmatch(part)
        if not match:
            parts += parse_conditions(part, (*customer_metric_names(), *BESIDE))
            continue
        subject, names = match[1], tuple(re.split(r"\s+or\s+", match[2]))
        if subject not in NAMED:
            raise ValueError(
                f"{subject} is no name's owner (these are: {', '.join(NAMED)}).{did_you_mean(subject, NAMED)}"
            )
        parts.append(Is(subject, names))
    return tuple(parts)


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    tags = list(enumerate(policy["tags"], 1))
    return {
        "tag_attributes": [
            (position, item["column"], item["en"], item["zh"]) for position, item in enumerate(policy["attributes"], 1)
        ],
        "tags": [(n, tag["name"], tag["en"], tag["zh"], tag["kind"], tag["when"]) for n, tag in tags],
        "tag_conditions": [
            (n, tag["name"], no, *_told(part)) for n, tag in tags for no, part in enumerate(parse_when(tag["when"]), 1)
        ],
    }


def _told(part: Condition | Is) -> tuple[str, str, str]:
    if isinstance(part, Is):
        return part.subject, "is", " ".join(part.names)
    return part.metric, part.operator, f"{part.value:f}"


def _conditions_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["tags"]
    columns = [item.value["column"].value for item in settings["attributes"].located.value]
    for tag in setting.located.value:
        rule = f"tag {tag.value['name'].value}"
        try:
            parse_when(tag.value["when"].value)
        except ValueError as error:
            yield setting.at(tag.value["when"], rule, str(error))
        if tag.value["name"].value in columns:
            yield setting.at(tag.value["name"], rule, "an attribute is called so; give the tag another name.")


def _names_are_known(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    setting = policies[STEM]["tags"]
    for tag in setting.located.value:
        for part in parse_when(tag.value["when"].value):
            if not isinstance(part, Is):
                continue
            stem, key = NAMED[part.subject]
            known = [item.value["name"].value for item in policies[stem][key].located.value]
            for name in part.names:
                if name not in known:
                    nearest = did_you_mean(name, known) or f" Known in {stem}.yml: {', '.join(known)}."
                    words = f"{part.subject} is never {name}.{nearest}"
                    yield setting.at(tag.value["when"], f"tag {tag.value['name'].value}", words)


BETWEEN = (_conditions_are_sound,)
ACROSS = (_names_are_known,)
