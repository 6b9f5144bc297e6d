"""The policy of campaigns: what is measured and when, stop rules, discount caps, verdicts, and what is planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.conditions import condition_faults, condition_rows
from include.policies.shape import Choice, Items, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "campaigns"
OBJECTIVES = ("acquisition", "activation", "retention", "win_back", "cross_sell", "upgrade", "loyalty", "brand")
REASONS = (
    *("randomised", "broken_ratio", "matched", "unbalanced", "region", "too_early", "too_few", "no_history"),
    *("no_regions", "only_answers", "nobody_known"),
)
_MONEY = tuple(f"incremental_{one}{end}" for one in ("revenue", "margin") for end in ("", "_lower", "_upper"))
_RETURNS = ("roi", "roi_lower", "roi_upper", "cost", *_MONEY)
# What stop rules may name (columns of int_campaigns__figures), and what verdicts may (columns of strategy_review).
STOP_METRICS = (*_RETURNS, "days_measured", "treated")
_OF_ACTIONS = tuple(
    f"actions_{one}" for one in ("treated", "orders_effect", "revenue_effect", "revenue_low", "revenue_high")
)
VERDICT_METRICS = (*_RETURNS, "campaigns", "measured_campaigns", *_OF_ACTIONS)
_SETTINGS = {
    "interval_level": Number(0.5, 0.999),
    "after_days": Number(0, 365, whole=True),
    "open_days": Number(1, 365, whole=True),
    "minimum_days": Number(1, 365, whole=True),
    "minimum_arm": Number(2, 1_000_000, whole=True),
    "retained_days": Number(1, 3650, whole=True),
    "match_days": Number(1, 3650, whole=True),
    "match_bands": Number(1, 100, whole=True),
    "balance_within": Number(0, 10),
    "region_weeks": Number(2, 520, whole=True),
    "minimum_weeks": Number(2, 520, whole=True),
    "match_regions": Number(1, 1000, whole=True),
    "shrinkage": Number(0, 1_000_000),
    "minimum_comparable": Number(4, 1_000_000, whole=True),
    "review_months": Number(1, 120, whole=True),
    "discount_cap": Number(0, 1),
}
_NAMES = {"en": Words(), "zh": Words()}
_SHARE, _AMOUNT = Number(0, 1), Number(0, 1_000_000_000_000)
SHAPE: dict[str, object] = {
    **_SETTINGS,
    "stop": Items({"rule": Name(), **_NAMES, "when": Words()}, may_be_empty=True),
    "discount_caps": Items({"objective": Choice(OBJECTIVES), "cap": _SHARE}, may_be_empty=True),
    "verdicts": Items({"verdict": Name(), **_NAMES, "when": Words()}, frozenset({"when"})),
    "reasons": Items({"reason": Choice(REASONS), **_NAMES}),
    "plans": Items(
        {
            "plan": Name(), **_NAMES, "objective": Choice(OBJECTIVES), "channel": Words(), "audience": Name(),
            "cost_per_contact": _AMOUNT, "fixed_cost": _AMOUNT, "budget": _AMOUNT, "discount_rate": _SHARE,
            "control_share": _SHARE,
        },
        frozenset({"cost_per_contact", "fixed_cost", "budget", "discount_rate", "control_share"}),
        may_be_empty=True,
    ),
}  # fmt: skip
TABLES = {
    "campaign_settings": ", ".join(f"{key} {'integer' if kind.whole else 'double'}" for key, kind in _SETTINGS.items())
    + ", interval_z double",
    "campaign_stop_rules": "rule varchar, rule_en varchar, rule_zh varchar",
    "campaign_stop_conditions": "position integer, rule varchar, condition_no integer, metric varchar, "
    "operator varchar, value double",
    "campaign_discount_caps": "objective varchar, cap double",
    "campaign_verdicts": "position integer, verdict varchar, verdict_en varchar, verdict_zh varchar",
    "campaign_verdict_conditions": "position integer, verdict varchar, condition_no integer, metric varchar, "
    "operator varchar, value double",
    "campaign_reasons": "reason varchar, reason_en varchar, reason_zh varchar",
    "campaign_plans": "plan varchar, plan_en varchar, plan_zh varchar, objective varchar, "
    "channel varchar, audience varchar, cost_per_contact decimal(18, 4), fixed_cost decimal(18, 4), "
    "budget decimal(18, 4), discount_rate double, control_share double",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table. `interval_z` is the normal quantile of the interval's upper end."""
    stop, verdicts = list(enumerate(policy["stop"], 1)), list(enumerate(policy["verdicts"], 1))
    z = NormalDist().inv_cdf(0.5 + policy["interval_level"] / 2)
    plan_keys = list(SHAPE["plans"].keys)
    return {
        "campaign_settings": [(*(policy[key] for key in _SETTINGS), z)],
        "campaign_stop_rules": [(one["rule"], one["en"], one["zh"]) for one in policy["stop"]],
        "campaign_stop_conditions": [
            (n, one["rule"], *row) for n, one in stop for row in condition_rows(one["when"], STOP_METRICS)
        ],
        "campaign_discount_caps": [(one["objective"], float(one["cap"])) for one in policy["discount_caps"]],
        "campaign_verdicts": [(n, one["verdict"], one["en"], one["zh"]) for n, one in verdicts],
        "campaign_verdict_conditions": [
            (n, one["verdict"], *row)
            for n, one in verdicts
            if "when" in one
            for row in condition_rows(one["when"], VERDICT_METRICS)
        ],
        "campaign_reasons": [(one["reason"], one["en"], one["zh"]) for one in policy["reasons"]],
        "campaign_plans": [tuple(one.get(key) for key in plan_keys) for one in policy["plans"]],
    }


def _conditions_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["stop"]
    for item in setting.located.value:
        yield from condition_faults(setting, item, f"rule {item.value['rule'].value}", STOP_METRICS)
    setting = settings["verdicts"]
    *conditional, last = setting.located.value
    for item in conditional:
        name = f"rule {item.value['verdict'].value}"
        if "when" in item.value:
            yield from condition_faults(setting, item, name, VERDICT_METRICS)
        else:
            yield setting.at(item, name, "when is missing; only the last verdict has none.")
    if "when" in last.value:
        words = "the last verdict takes the rest: leave out when."
        yield setting.at(last.value["when"], f"rule {last.value['verdict'].value}", words)


def _reasons_are_named(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["reasons"]
    given = [item.value["reason"].value for item in setting.located.value]
    for missing in (reason for reason in REASONS if reason not in given):
        yield setting.at(setting.located, "reasons", f"{missing} is missing: each reason needs its names.")


def _weeks_are_enough(settings: dict[str, Setting]) -> Iterator[str]:
    setting, weeks = settings["minimum_weeks"], settings["region_weeks"].located.value
    if setting.located.value > weeks:
        yield setting.at(setting.located, "minimum_weeks", f"must not be over region_weeks ({weeks}).")


BETWEEN = (_conditions_are_sound, _reasons_are_named, _weeks_are_enough)


def _plans_have_an_audience(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    setting = policies[STEM]["plans"]
    known = [item.value["audience"].value for item in policies["audiences"]["audiences"].located.value]
    for item in setting.located.value:
        audience = item.value["audience"]
        if audience.value not in known:
            words = f"audiences.yml has no audience {audience.value}.{did_you_mean(audience.value, known)}"
            yield setting.at(audience, f"rule {item.value['plan'].value}", words)


ACROSS = (_plans_have_an_audience,)
