"""The policy of uplift: what is learnt from campaigns, when it is trusted, and what a contact may cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import did_you_mean
from include.contract.reader import read_contract
from include.policies.flat_policy import columns, only_row
from include.policies.shape import Name, Number, Several

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "uplift"
ALL = "all"
_SETTINGS = {
    "minimum_arm": Number(10, 1_000_000_000, whole=True),
    "minimum_outcomes": Number(1, 1_000_000_000, whole=True),
    "training_rows": Number(100, 1_000_000_000, whole=True),
    "confidence": Number(0.5, 0.999),
    "resamples": Number(50, 100_000, whole=True),
    "folds": Number(2, 20, whole=True),
    "splits": Number(1, 100, whole=True),
    "value_per_outcome": Number(0, 1_000_000_000),
    "cost_per_contact": Number(0, 1_000_000_000),
    "budget": Number(0, 1_000_000_000_000),
}
SHAPE: dict[str, object] = {"outcome": Name(), "objectives": Several(), **_SETTINGS}
TABLES = {
    "uplift_settings": columns(_SETTINGS) + ", outcome varchar",
    "uplift_objectives": "position integer, objective varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table."""
    (settings,) = only_row(_SETTINGS, policy)
    return {
        "uplift_settings": [(*settings, policy["outcome"])],
        "uplift_objectives": list(enumerate(policy["objectives"], 1)),
    }


def _objectives_are_known(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["objectives"]
    (column,) = (one for one in read_contract()["campaigns"].columns if one.name == "objective")
    known = (ALL, *column.codes)
    for item in setting.located.value:
        if item.value not in known:
            words = f"no objective is called {item.value}.{did_you_mean(item.value, known)}"
            yield setting.at(item, "objectives", words)


BETWEEN = (_objectives_are_known,)


def _outcome_is_measured(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    setting = policies[STEM]["outcome"]
    known = [item.value["metric"].value for item in policies["experiments"]["metrics"].located.value]
    if setting.located.value not in known:
        words = f"experiments.yml has no metric {setting.located.value}.{did_you_mean(setting.located.value, known)}"
        yield setting.at(setting.located, "outcome", words)


ACROSS = (_outcome_is_measured,)
