"""The policy of churn: who is judged, how far ahead, the risk tiers, and what indicators of the model are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean, read_positioned
from include.policies.conditions import parse_conditions
from include.policies.shape import Choice, Days, Items, Name, Names, Number, Several, Words
from include.workspace import PROJECT_ROOT

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "churn"
DEFINITIONS = ("non_contractual", "contractual")
CHAMPION_METRICS = ("log_loss", "brier", "auc")
# Columns of int_churn__belonging.
GROUPINGS = ("product", "category", "brand", "account_group")
SHOWN_AS = ("whole", "decimal", "percent")
FEATURES = PROJECT_ROOT / "dbt_project" / "models" / "intermediate" / "churn" / "int_churn__features.yml"

SHAPE = {
    "definition": Choice(DEFINITIONS),
    "leads": Days(7, 730),
    "eligible_within_days": Number(1, 3650, whole=True),
    "minimum_purchase_days": Number(1, 1000, whole=True),
    "minimum_positives": Number(1, 1_000_000, whole=True),
    "champion_metric": Choice(CHAMPION_METRICS),
    "told_by": Several(GROUPINGS),
    "smallest_group": Number(2, 1_000_000, whole=True),
    "most_groups": Number(1, 100, whole=True),
    "late_answer_hours": Number(0, 8760),
    "late_solution_hours": Number(0, 8760),
    "risk_tiers": Items({"name": Name(), "zh": Words(), "at_least": Number(0, 1)}, frozenset({"zh"})),
    "reasons": Items(
        {
            "reason": Name(),
            "name": Words(),
            "name_zh": Words(),
            "cause": Name(),
            "team": Name(),
            "en": Words(),
            "zh": Words(),
            "shows": Name(),
            "shown_as": Choice(SHOWN_AS),
            "indicators": Names(),
            "when": Words(),
            "told": Several(),
        },
        frozenset({"shown_as", "indicators", "when", "told"}),
    ),
}

TABLES = {
    "churn_settings": "definition varchar, leads integer[], eligible_within_days integer, "
    "minimum_purchase_days integer, minimum_positives integer, champion_metric varchar, late_answer_hours double, "
    "late_answer_days integer, late_solution_hours double, late_solution_days integer, "
    "smallest_group integer, most_groups integer",
    "churn_groupings": "grouping varchar",
    "churn_leads": "lead_days integer",
    "churn_risk_tiers": "position integer, risk_tier varchar, risk_tier_zh varchar, at_least double",
    "churn_reasons": "position integer, reason varchar, name_en varchar, name_zh varchar, cause varchar, team varchar, "
    "words_en varchar, words_zh varchar, shows varchar, shown_as varchar",
    "churn_reason_conditions": "reason varchar, condition_no integer, metric varchar, operator varchar, value double",
    "churn_reason_indicators": "reason varchar, indicator varchar",
    "churn_told_reasons": "word varchar, reason varchar",
}


@cache
def indicator_names() -> tuple[str, ...]:
    """What the churn model may know of a customer: the numbers that `int_churn__features` describes."""
    (model,) = read_positioned(FEATURES).plain()["models"]
    return tuple(column["name"] for column in model["columns"] if column.get("data_type") == "double")


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; words of sources are kept in lower case."""
    reasons = policy["reasons"]
    return {
        "churn_settings": [
            (
                policy["definition"],
                policy["leads"],
                policy["eligible_within_days"],
                policy["minimum_purchase_days"],
                policy["minimum_positives"],
                policy["champion_metric"],
                *_hours_and_days(policy["late_answer_hours"]),
                *_hours_and_days(policy["late_solution_hours"]),
                policy["smallest_group"],
                policy["most_groups"],
            )
        ],
        "churn_groupings": [(grouping,) for grouping in policy["told_by"]],
        "churn_leads": [(lead,) for lead in policy["leads"]],
        "churn_risk_tiers": [
            (position, tier["name"], tier.get("zh"), tier["at_least"])
            for position, tier in enumerate(policy["risk_tiers"], 1)
        ],
        "churn_reasons": [
            (position, one["reason"], one["name"], one["name_zh"], one["cause"], one["team"], one["en"], one["zh"],
             one["shows"], one.get("shown_as", SHOWN_AS[0]))
            for position, one in enumerate(reasons, 1)
        ],
        "churn_reason_conditions": [
            (one["reason"], number, part.metric, part.operator, float(part.value))
            for one in reasons
            if "when" in one
            for number, part in enumerate(parse_conditions(one["when"], indicator_names()), 1)
        ],
        "churn_reason_indicators": [(one["reason"], name) for one in reasons for name in one.get("indicators", ())],
        "churn_told_reasons": [(word.lower(), one["reason"]) for one in reasons for word in one.get("told", ())],
    }  # fmt: skip


def _hours_and_days(hours: float) -> tuple[float, int]:
    """The hours, and the days after which their end is known whenever in a day they began."""
    return float(hours), ceil(hours / 24)


def _risk_tiers_fall_to_zero(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["risk_tiers"]
    tiers = setting.located.value
    for above, below in pairwise(tiers):
        if below.value["at_least"].value >= above.value["at_least"].value:
            words = f"at_least must be under that of {above.value['name'].value}, the tier above."
            yield setting.at(below, f"risk tier {below.value['name'].value}", words)
    if tiers[-1].value["at_least"].value != 0:
        yield setting.at(tiers[-1], f"risk tier {tiers[-1].value['name'].value}", "the last tier must begin at 0.")


def _reasons_know_their_indicators(settings: dict[str, Setting]) -> Iterator[str]:
    setting, known = settings["reasons"], indicator_names()
    for item in setting.located.value:
        rule = f"rule {item.value['reason'].value}"
        named = [item.value["shows"], *(item.value["indicators"].value if "indicators" in item.value else ())]
        for name in named:
            if name.value not in known:
                words = f"unknown indicator {name.value}.{did_you_mean(name.value, known)}"
                yield setting.at(name, rule, words)
        if "when" in item.value:
            try:
                parse_conditions(item.value["when"].value, known)
            except ValueError as error:
                yield setting.at(item.value["when"], rule, str(error))
        if "told" not in item.value and not {"when", "indicators"} <= item.value.keys():
            yield setting.at(item, rule, "a reason that nobody tells needs indicators and when.")
        for language in ("en", "zh"):
            if item.value[language].value.count("{value}") != 1:
                yield setting.at(item.value[language], rule, f"{language} must hold {{value}} once.")


def _indicators_have_one_reason(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["reasons"]
    given = [
        name.value for item in setting.located.value if "indicators" in item.value
        for name in item.value["indicators"].value
    ]  # fmt: skip
    for name in (name for name in indicator_names() if name not in given):
        yield setting.at(setting.located, "reasons", f"indicator {name} belongs to no reason.")
    for name in (name for name, times in Counter(given).items() if times > 1):
        yield setting.at(setting.located, "reasons", f"indicator {name} belongs to two reasons.")


def _words_tell_one_reason(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["reasons"]
    seen: dict[str, str] = {}
    for item in setting.located.value:
        reason = item.value["reason"].value
        for word in item.value["told"].value if "told" in item.value else ():
            if seen.setdefault(str(word.value).lower(), reason) != reason:
                yield setting.at(
                    word, f"rule {reason}", f"{word.value!r} already tells {seen[str(word.value).lower()]}."
                )


BETWEEN = (
    _risk_tiers_fall_to_zero,
    _reasons_know_their_indicators,
    _indicators_have_one_reason,
    _words_tell_one_reason,
)
