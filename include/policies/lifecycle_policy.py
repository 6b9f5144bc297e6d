"""The policy of the customer lifecycle: stages, the rules that decide them, and the parts of health."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from include.policies.conditions import parse_conditions
from include.policies.metrics import customer_metric_names
from include.policies.shape import Choice, Flag, Items, Name, Number, Words

STEM = "lifecycle"
STAGES = ("prospect", "acquired", "growth", "maturity", "advocate", "decline", "lost", "won_back")
HEALTH_PARTS = ("good_stages", "net_movement", "newly_lost", "repurchase", "satisfaction")
# What a rule may name beside the metrics: months since a lost customer was seen to have bought again.
MEMORY_METRIC = "months_since_return"
MOST_CONDITIONS = 4

SHAPE: dict[str, object] = {
    "stages": Items(
        {
            "name": Choice(STAGES),
            "en": Words(),
            "zh": Words(),
            "level": Number(1, 100, whole=True),
            "good": Flag(),
        }
    ),
    "rules": Items({"rule": Name(), "stage": Choice(STAGES), "when": Words()}, frozenset({"when"})),
    "horizon_months": Number(1, 120, whole=True),
    "health": Items(
        {
            "part": Choice(HEALTH_PARTS),
            "en": Words(),
            "zh": Words(),
            "weight": Number(0, 1),
            "worst": Number(-1000, 1000),
            "best": Number(-1000, 1000),
        }
    ),
}

TABLES = {
    "lifecycle_stages": "position integer, stage varchar, stage_en varchar, stage_zh varchar, level integer, "
    "is_good boolean",
    "lifecycle_rules": "position integer, rule varchar, stage varchar, needs_memory boolean, "
    + ", ".join(f"metric_{n} varchar, operator_{n} varchar, value_{n} double" for n in range(1, MOST_CONDITIONS + 1)),
    "lifecycle_settings": "horizon_months integer",
    "lifecycle_health_parts": "position integer, part varchar, part_en varchar, part_zh varchar, weight double, "
    "worst double, best double",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    return {
        "lifecycle_stages": [
            (position, one["name"], one["en"], one["zh"], one["level"], one["good"])
            for position, one in enumerate(policy["stages"], 1)
        ],
        "lifecycle_rules": [_rule_row(position, one) for position, one in enumerate(policy["rules"], 1)],
        "lifecycle_settings": [(policy["horizon_months"],)],
        "lifecycle_health_parts": [
            (position, one["part"], one["en"], one["zh"], *(float(one[key]) for key in ("weight", "worst", "best")))
            for position, one in enumerate(policy["health"], 1)
        ],
    }


def _rule_row(position: int, rule: dict) -> tuple:
    parts = parse_conditions(rule["when"], _metrics()) if "when" in rule else ()
    slots = [value for part in parts for value in (part.metric, part.operator, float(part.value))]
    empty = [None] * (3 * MOST_CONDITIONS - len(slots))
    return position, rule["rule"], rule["stage"], _needs_memory(parts), *slots, *empty


def _needs_memory(parts: Sequence) -> bool:
    return any(part.metric == MEMORY_METRIC for part in parts)


def _metrics() -> tuple[str, ...]:
    return (*customer_metric_names(), MEMORY_METRIC)


def _every_stage_has_names(settings: dict) -> Iterator[str]:
    setting = settings["stages"]
    named = [item.value["name"].value for item in setting.located.value]
    for missing in (stage for stage in STAGES if stage not in named):
        yield setting.at(setting.located, "stages", f"{missing} is missing: a list of stages names all of them.")


def _rules_are_sound(settings: dict) -> Iterator[str]:
    setting = settings["rules"]
    *conditional, last = setting.located.value
    if "when" in last.value:
        words = "the last rule takes the rest: leave out when."
        yield setting.at(last.value["when"], f"rule {last.value['rule'].value}", words)
    for item in conditional:
        rule = f"rule {item.value['rule'].value}"
        if "when" not in item.value:
            yield setting.at(item, rule, "when is missing; only the last rule has none.")
            continue
        when = item.value["when"]
        try:
            parts = parse_conditions(when.value, _metrics())
        except ValueError as error:
            yield setting.at(when, rule, str(error))
            continue
        if len(parts) > MOST_CONDITIONS:
            yield setting.at(when, rule, f"has {len(parts)} conditions; {MOST_CONDITIONS} at most. Make it two rules.")
        if _needs_memory(parts) and item.value["stage"].value == "lost":
            words = f"{MEMORY_METRIC} counts from the return of somebody lost, so it cannot decide who is lost."
            yield setting.at(when, rule, words)


def _health_is_whole(settings: dict) -> Iterator[str]:
    setting = settings["health"]
    items = setting.located.value
    told = [item.value["part"].value for item in items]
    for missing in (part for part in HEALTH_PARTS if part not in told):
        yield setting.at(setting.located, "health", f"{missing} is missing; a weight of 0 leaves a part out.")
    total = sum(item.value["weight"].value for item in items)
    if abs(total - 1) > 1e-9:
        yield setting.at(setting.located, "health", f"weights must add up to 1, not {total:g}.")
    for item in items:
        if item.value["worst"].value == item.value["best"].value:
            words = "worst and best are the same, so nothing lies between."
            yield setting.at(item, f"part {item.value['part'].value}", words)


BETWEEN = (_every_stage_has_names, _rules_are_sound, _health_is_whole)
