"""The policy of experiments: what is measured over which days, how surely, and what the verdicts are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from include.policies.shape import Choice, Flag, Items, Name, Number, Several, Words
from ml.experiments.words import CORRECTIONS, PEEKING, VERDICTS

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "experiments"
# What may be measured of a customer; columns of int_customer__days, but for the two of behaviour.
MEASURES = ("visited", "sessions", "ordered", "orders", "units", "gross_revenue", "net_revenue", "gross_margin")
MEASURES += ("returned_amount",)
DIMENSIONS = ("value_tier", "region", "activity", "acquisition_channel")
# Columns that int_experiments__units has beside the metrics.
_TAKEN = ("campaign_id", "customer_id", "arm", "assigned_on", "known_on", "units", *DIMENSIONS)
_NUMBERS = {
    "confidence": Number(0.5, 0.9999),
    "power": Number(0.5, 0.999),
    "worthwhile_lift": Number(0.0001, 100),
    "minimum_units": Number(2, 1_000_000_000, whole=True),
    "sample_ratio_p": Number(0, 0.5),
}
SHAPE: dict[str, object] = {
    **_NUMBERS,
    "peeking": Choice(PEEKING),
    "call_early": Flag(),
    "correction": Choice(CORRECTIONS),
    "segment_correction": Choice(CORRECTIONS),
    "control_arms": Several(),
    "metrics": Items(
        {
            "metric": Name(),
            "measure": Choice(MEASURES),
            "days": Number(1, 3650, whole=True),
            "better": Choice(("high", "low")),
        }
    ),
    "segments": Several(DIMENSIONS),
    "verdicts": Items({"verdict": Choice(VERDICTS), "en": Words(), "zh": Words()}),
}
_WORDS = ("peeking", "correction", "segment_correction")
TABLES = {
    "experiment_settings": ", ".join(f"{key} {'integer' if kind.whole else 'double'}" for key, kind in _NUMBERS.items())
    + ", "
    + ", ".join(f"{key} varchar" for key in _WORDS)
    + ", call_early boolean, sample_ratio_z double",
    "experiment_control_arms": "arm varchar",
    "experiment_metrics": "position integer, metric varchar, measure varchar, days integer, is_better_high boolean",
    "experiment_segments": "position integer, dimension varchar",
    "experiment_verdicts": "verdict varchar, verdict_en varchar, verdict_zh varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    numbers = [policy[key] if kind.whole else float(policy[key]) for key, kind in _NUMBERS.items()]
    return {
        "experiment_settings": [
            (*numbers, *(policy[key] for key in _WORDS), policy["call_early"], _quantile(policy["sample_ratio_p"]))
        ],
        "experiment_control_arms": [
            (arm,) for arm in dict.fromkeys(one.strip().lower() for one in policy["control_arms"])
        ],
        "experiment_metrics": [
            (n, one["metric"], one["measure"], one["days"], one["better"] == "high")
            for n, one in enumerate(policy["metrics"], 1)
        ],
        "experiment_segments": list(enumerate(policy["segments"], 1)),
        "experiment_verdicts": [(one["verdict"], one["en"], one["zh"]) for one in policy["verdicts"]],
    }


def _quantile(chance: float) -> float:
    """Standard deviations beyond which a count lies with that chance, both sides together; very many for none."""
    return NormalDist().inv_cdf(1 - chance / 2) if chance > 1e-15 else 1e9


def _metrics_have_names_of_their_own(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["metrics"]
    for item in setting.located.value:
        name = item.value["metric"]
        if name.value in _TAKEN:
            yield setting.at(
                name, f"rule {name.value}", "a metric needs another name: this one is a column of its own."
            )


def _every_verdict_has_words(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["verdicts"]
    named = {item.value["verdict"].value for item in setting.located.value}
    for verdict in VERDICTS:
        if verdict not in named:
            yield setting.at(setting.located, "verdicts", f"{verdict} has no words.")


BETWEEN = (_metrics_have_names_of_their_own, _every_verdict_has_words)
