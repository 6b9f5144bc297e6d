"""The policy of models: what lets a version score, how many are kept, and which drift asks for a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.policies.shape import Flag, Items, Name, Number, Words
from ml.evaluation.directions import DIRECTIONS

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "models"
# Beginnings of the names of registered models.
FAMILIES = ("churn", "clv", "segments", "propensity", "recommendations", "uplift", "voice")
_BOUNDS = ("at_least", "at_most", "worse_by_at_most")
_ANY = Number(-1_000_000_000, 1_000_000_000)
_MONITORING = {
    "monitored_customers": Number(1, 1_000_000_000, whole=True),
    "input_psi": Number(0, 100),
    "inputs_drifted": Number(1, 10_000, whole=True),
    "score_psi": Number(0, 100),
    "outcome_confidence": Number(0.5, 0.999999),
    "outcome_tolerance": Number(0, 100),
    "outcome_tenths": Number(1, 10, whole=True),
    "ask_again_after_days": Number(0, 3650, whole=True),
}

SHAPE = {
    "promotion": Items({"model": Name(), "minimum_improvement": Number(0, 1_000_000), "require_approval": Flag()}),
    "guards": Items(
        {
            "guard": Name(),
            "model": Name(),
            "metric": Words(),
            "at_least": _ANY,
            "at_most": _ANY,
            "worse_by_at_most": Number(0, 1_000_000),
            "in_each_group": Flag(),
        },
        frozenset({*_BOUNDS, "in_each_group"}),
        may_be_empty=True,
    ),
    "minimum_group": Number(1, 1_000_000_000, whole=True),
    "keep_versions": Number(1, 10_000, whole=True),
    **_MONITORING,
}

TABLES = {
    "model_promotion": "position integer, model varchar, minimum_improvement double, require_approval boolean",
    "model_guards": "guard varchar, model varchar, metric varchar, at_least double, at_most double, "
    "worse_by_at_most double, in_each_group boolean",
    "model_settings": "minimum_group integer, keep_versions integer, "
    + ", ".join(f"{key} {'integer' if shape.whole else 'double'}" for key, shape in _MONITORING.items()),
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    kept = ("minimum_group", "keep_versions", *_MONITORING)
    return {
        "model_promotion": [
            (position, one["model"], float(one["minimum_improvement"]), one["require_approval"])
            for position, one in enumerate(policy["promotion"], 1)
        ],
        "model_guards": [
            (one["guard"], one["model"], one["metric"], *map(one.get, _BOUNDS), bool(one.get("in_each_group")))
            for one in policy["guards"]
        ],
        "model_settings": [tuple(policy[key] for key in kept)],
    }


def _models_are_known(settings: dict[str, Setting]) -> Iterator[str]:
    for key, label in (("promotion", "model"), ("guards", "guard")):
        for item in settings[key].located.value:
            model = item.value["model"]
            if model.value.split("_")[0] not in FAMILIES:
                words = f"no model is called {model.value} (known: {', '.join(FAMILIES)})."
                name = f"rule {item.value[label].value}"
                yield settings[key].at(model, name, words + did_you_mean(model.value, FAMILIES))


def _guards_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["guards"]
    for item in setting.located.value:
        guard, name = item.value, f"rule {item.value['guard'].value}"
        metric = guard["metric"]
        if metric.value not in DIRECTIONS:
            words = f"unknown metric {metric.value}.{did_you_mean(metric.value, DIRECTIONS)}"
            yield setting.at(metric, name, words)
        elif "worse_by_at_most" in guard and DIRECTIONS[metric.value] == 0:
            words = f"{metric.value} is neither better high nor low: give at_least and at_most."
            yield setting.at(guard["worse_by_at_most"], name, words)
        if not any(key in guard for key in _BOUNDS):
            yield setting.at(item, name, f"a guard gives {', '.join(_BOUNDS[:-1])} or {_BOUNDS[-1]}.")
        if "at_least" in guard and "at_most" in guard and guard["at_least"].value > guard["at_most"].value:
            yield setting.at(guard["at_most"], name, f"at_most must not be under at_least ({guard['at_least'].value}).")


BETWEEN = (_models_are_known, _guards_are_sound)
