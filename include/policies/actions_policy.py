"""The policy of actions: what may be done for whom, within which limits, and when a human is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.conditions import condition_faults, condition_rows
from include.policies.metrics import customer_metric_names
from include.policies.shape import Choice, Flag, Items, Name, Names, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "actions"
SHIPPED = f"include/policies/{STEM}.yml"
# What a condition may name beside customer_metrics; columns of int_actions__customers.
BESIDE = ("churn_probability", "clv_12m", "probability_alive", "expected_spend", "value_index", "tier_level")
# Lists by which an action says whom it is for, and the column of int_actions__customers that each looks at.
MEANT_FOR = {"tiers": "tier", "stages": "stage", "risks": "risk_tier", "values": "value_tier", "prefers": "preference"}
# Lists by which a budget says what it is for, and the property of an action that each looks at.
SPENT_ON = {"kinds": "kind", "teams": "team", "channels": "channel", "objectives": "objective"}
_NUMBERS = {
    "per_customer": Number(1, 10, whole=True),
    "contact_days": Number(1, 3650, whole=True),
    "contacts_at_most": Number(0, 1000, whole=True),
    "control_share": Number(0, 0.9),
    "control_months": Number(1, 12, whole=True),
    "open_days": Number(0, 3650, whole=True),
    "outcome_days": Number(1, 3650, whole=True),
    "interval_level": Number(0.5, 0.999),
    "approve_over_cost": Number(0, 1_000_000_000),
    "approve_over_actions": Number(0, 1_000_000_000, whole=True),
    "approve_over_demoted": Number(0, 1),
}
_NAMES = {"en": Words(), "zh": Words()}
_OPTIONAL = ("team", "for_manager", "when", "points", "benefit", *MEANT_FOR)
SHAPE: dict[str, object] = {
    **_NUMBERS,
    "consent": Names(),
    "consent_when_unknown": Flag(),
    "control_salt": Words(),
    "team": Name(),
    "actions": Items(
        {
            "action": Name(),
            **_NAMES,
            **{key: Name() for key in ("kind", "channel", "team", "objective", "benefit")},
            "at_stake": Choice(("leaving", "order", "return")),
            "for_manager": Flag(),
            "cost": Number(0, 1_000_000_000),
            "effect": Number(0, 10),
            "source": Words(),
            "due_days": Number(0, 365, whole=True),
            "again_days": Number(0, 3650, whole=True),
            "points": Number(1, 1_000_000_000),
            "when": Words(),
            **{key: Names() for key in MEANT_FOR},
        },
        frozenset(_OPTIONAL),
    ),
    "budgets": Items(
        {
            "budget": Name(),
            **_NAMES,
            "unit": Choice(("cost", "actions")),
            "per": Choice(("month", "date")),
            "limit": Number(0, 1_000_000_000_000),
            **{key: Names() for key in SPENT_ON},
        },
        frozenset(SPENT_ON),
        may_be_empty=True,
    ),
}
_TYPES = {"control_share": "decimal(9, 6)", "approve_over_cost": "decimal(18, 4)"}
TABLES = {
    "action_settings": ", ".join(
        f"{key} {_TYPES.get(key, 'integer' if kind.whole else 'double')}" for key, kind in _NUMBERS.items()
    )
    + ", consent_when_unknown boolean, control_salt varchar, team varchar, interval_z double",
    "action_consent": "channel varchar",
    "actions": "position integer, action varchar, action_en varchar, action_zh varchar, kind varchar, channel varchar, "
    "team varchar, for_manager boolean, objective varchar, at_stake varchar, cost decimal(18, 4), effect double, "
    "effect_source varchar, due_days integer, again_days integer, points decimal(18, 4), benefit varchar",
    "action_conditions": "position integer, action varchar, condition_no integer, metric varchar, operator varchar, "
    "value double",
    "action_targets": "position integer, action varchar, dimension varchar, name varchar",
    "action_budgets": "position integer, budget varchar, budget_en varchar, budget_zh varchar, unit varchar, "
    "per varchar, budget_limit decimal(18, 4)",
    "action_budget_uses": "budget varchar, action varchar, units decimal(18, 4)",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; of uses one a budget and action that takes of it."""
    actions = [(n, {"team": policy["team"], **one}) for n, one in enumerate(policy["actions"], 1)]
    words = (policy["consent_when_unknown"], policy["control_salt"], policy["team"])
    z = NormalDist().inv_cdf((1 + policy["interval_level"]) / 2)
    return {
        "action_settings": [(*(policy[key] for key in _NUMBERS), *words, z)],
        "action_consent": [(channel,) for channel in policy["consent"]],
        "actions": [
            (
                n,
                *(one[key] for key in ("action", "en", "zh", "kind", "channel", "team")),
                one.get("for_manager", False),
                *(one[key] for key in ("objective", "at_stake", "cost", "effect", "source", "due_days", "again_days")),
                one.get("points"),
                one.get("benefit"),
            )
            for n, one in actions
        ],
        "action_conditions": [
            (n, one["action"], *row)
            for n, one in actions
            if "when" in one
            for row in condition_rows(one["when"], _all())
        ],
        "action_targets": [
            (n, one["action"], dimension, name)
            for n, one in actions
            for key, dimension in MEANT_FOR.items()
            for name in one.get(key, ())
        ],
        "action_budgets": [
            (n, *(one[key] for key in ("budget", "en", "zh", "unit", "per", "limit")))
            for n, one in enumerate(policy["budgets"], 1)
        ],
        "action_budget_uses": [
            (budget["budget"], one["action"], one["cost"] if budget["unit"] == "cost" else 1)
            for budget in policy["budgets"]
            for _, one in actions
            if all(one[SPENT_ON[key]] in budget[key] for key in SPENT_ON if key in budget)
        ],
    }


def _all() -> tuple[str, ...]:
    return (*customer_metric_names(), *BESIDE)


def _conditions_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["actions"]
    for item in setting.located.value:
        if "when" in item.value:
            yield from condition_faults(setting, item, f"rule {item.value['action'].value}", _all())


def _budgets_are_of_something(settings: dict[str, Setting]) -> Iterator[str]:
    """Of a company's own budgets; shipped ones beside a company's own actions may be of nothing."""
    if settings["budgets"].path == SHIPPED:
        return
    setting, default = settings["budgets"], settings["team"].located.value
    actions = settings["actions"].located.value
    for key, of in SPENT_ON.items():
        known = sorted({one.value[of].value if of in one.value else default for one in actions})
        yield from _unknown_names(setting, "budget", key, known, f"no action has the {of}")


BETWEEN = (_conditions_are_sound, _budgets_are_of_something)


def _unknown_names(setting: Setting, label: str, key: str, known: list[str], fault: str) -> Iterator[str]:
    for item in setting.located.value:
        found = item.value.get(key)
        for name in () if found is None else found.value if isinstance(found.value, list) else (found,):
            if name.value not in known:
                words = f"{fault} {name.value}.{did_you_mean(name.value, known)}"
                yield setting.at(name, f"rule {item.value[label].value}: {key}", words)


def _targets_are_known(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """Names that a company's own file uses; of the shipped file those that another policy lacks are not used."""
    setting = policies[STEM]["actions"]
    if setting.path == SHIPPED:
        return
    for key, stem, items in (
        ("tiers", "tiers", "tiers"),
        ("stages", "lifecycle", "stages"),
        ("risks", "churn", "risk_tiers"),
        ("values", "clv", "tiers"),
        ("benefit", "benefits", "gifts"),
    ):
        known = [item.value["name"].value for item in policies[stem][items].located.value]
        yield from _unknown_names(setting, "action", key, known, f"{stem}.yml has no")


ACROSS = (_targets_are_known,)
