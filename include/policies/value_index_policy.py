"""The policy of the value index: dimensions and indicators, and the judgements that weigh them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import Located, did_you_mean
from include.policies.hierarchy import LARGEST, Judgement, Weights, weigh
from include.policies.shape import Choice, Importance, Items, Metric, Name, Number, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "value_index"
# Columns of the mart are called after them.
DIMENSIONS = ("current", "potential", "relationship")
_JUDGEMENTS = Items({"more": Name(), "less": Name(), "by": Importance()}, may_be_empty=True, may_repeat=True)
SHAPE = {
    "consistency_limit": Number(0, 1),
    "dimensions": Items(
        {
            "name": Choice(DIMENSIONS),
            "zh": Words(),
            "indicators": Items({"metric": Metric(("clv_12m",)), "better": Choice(("higher", "lower"))}),
            "judgements": _JUDGEMENTS,
        },
        frozenset({"zh", "judgements"}),
    ),
    "judgements": _JUDGEMENTS,
}
TABLES = {
    "value_index_weights": "position integer, dimension varchar, dimension_weight double, "
    "indicator varchar, better varchar, indicator_weight double, weight double",
}
# Weights are written to so many digits, so that the last bits of an eigenvector do not depend on the machine.
_DIGITS = 9
_SHOWN = 3


def importance(written: object) -> Fraction:
    """The number that a `by` says: 1 to 9, or a reciprocal such as 1/3."""
    return Fraction(str(written).replace(" ", ""))


def faults_between(settings: dict[str, Setting]) -> Iterator[str]:
    """The hierarchy is whole: three dimensions, each metric once, every pair judged once and without contradiction."""
    listed = settings["dimensions"]
    dimensions = listed.located.value
    given = [dimension.value["name"].value for dimension in dimensions]
    for missing in (name for name in DIMENSIONS if name not in given):
        yield listed.at(listed.located, "dimensions", f"{missing} is missing. A low weight is a matter of judgements.")
    homes: dict[str, str] = {}
    for dimension in dimensions:
        name = dimension.value["name"].value
        for indicator in dimension.value["indicators"].value:
            metric = indicator.value["metric"]
            home = homes.setdefault(metric.value, name)
            if home != name:
                yield listed.at(
                    metric, f"dimensions {name}", f"{metric.value} is already in {home}; it would count twice."
                )
    limit = settings["consistency_limit"].located.value
    for dimension in dimensions:
        metrics = [indicator.value["metric"].value for indicator in dimension.value["indicators"].value]
        judged = dimension.value.get("judgements", Located([], dimension.line))
        yield from _judgement_faults(listed, f"dimensions {dimension.value['name'].value}", metrics, judged, limit)
    if len(given) == len(DIMENSIONS):
        top = settings["judgements"]
        yield from _judgement_faults(top, "judgements", given, top.located, limit)


def _judgement_faults(setting: Setting, where: str, names: list[str], judged: Located, limit: float) -> Iterator[str]:
    if len(names) > LARGEST:
        yield setting.at(judged, where, f"at most {LARGEST} things can be compared in pairs; these are {len(names)}.")
        return
    first_lines: dict[frozenset[str], int] = {}
    faulty = False
    for item in judged.value:
        pair = {key: item.value[key] for key in ("more", "less")}
        for name in pair.values():
            if name.value not in names:
                faulty = True
                words = f"{name.value} is not compared here (there are {', '.join(names)})."
                yield setting.at(name, where, words + did_you_mean(name.value, names))
        both = frozenset(name.value for name in pair.values())
        if len(both) == 1:
            faulty = True
            yield setting.at(item, where, f"{next(iter(both))} is compared with itself.")
        elif both in first_lines:
            faulty = True
            told = " and ".join(sorted(both))
            yield setting.at(item, where, f"{told} are judged twice (first in line {first_lines[both]}). Keep one.")
        else:
            first_lines[both] = item.line
    for pair in combinations(names, 2):
        if frozenset(pair) not in first_lines:
            faulty = True
            words = (
                f"no judgement of {pair[0]} and {pair[1]}. Add {{more: {pair[0]}, less: {pair[1]}, by: 1}} or another."
            )
            yield setting.at(judged, where, words)
    if not faulty:
        yield from _contradictions(setting, where, names, judged, limit)


def _contradictions(setting: Setting, where: str, names: list[str], judged: Located, limit: float) -> Iterator[str]:
    located = {_judgement(item.plain()): item for item in judged.value}
    weights = weigh(names, list(located))
    if weights.consistency_ratio <= limit:
        return
    worst = weights.worst_first(list(located))[:_SHOWN]
    told = "; ".join(_advice(weights, one, located[one].line) for one in worst)
    words = (
        f"the judgements contradict each other (consistency ratio {weights.consistency_ratio:.3f}, at most {limit:g})."
    )
    yield setting.at(located[worst[0]], where, f"{words} Revisit {told}.")


def _advice(weights: Weights, one: Judgement, line: int) -> str:
    implied = weights.implied(one)
    agreed = f"by {implied:.1f}" if implied >= 1 else f"by 1/{1 / implied:.1f}"
    agreed = agreed.removesuffix(".0")
    return f"{one.more} over {one.less} by {one.by} (line {line}; all together say {agreed})"


def _judgement(item: dict) -> Judgement:
    return Judgement(item["more"], item["less"], importance(item["by"]))


def _weights(names: Sequence[str], judged: list[dict]) -> Weights:
    return weigh(names, [_judgement(item) for item in judged])


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`: the weight of each indicator within its dimension and in the whole."""
    rows: list[Sequence] = []
    top = _weights([dimension["name"] for dimension in policy["dimensions"]], policy["judgements"])
    for dimension in policy["dimensions"]:
        share = top.by_name[dimension["name"]]
        metrics = [indicator["metric"] for indicator in dimension["indicators"]]
        within = _weights(metrics, dimension.get("judgements", []))
        for indicator in dimension["indicators"]:
            weight = within.by_name[indicator["metric"]]
            rows.append(
                (
                    len(rows) + 1,
                    dimension["name"],
                    round(share, _DIGITS),
                    indicator["metric"],
                    indicator["better"],
                    round(weight, _DIGITS),
                    round(share * weight, _DIGITS),
                )
            )
    return {"value_index_weights": rows}


BETWEEN = (faults_between,)
