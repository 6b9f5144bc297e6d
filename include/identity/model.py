"""The weights of a model of identity, and the form in which Splink reads them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from include.identity.comparisons import COMPARISONS, Comparison
from include.workspace import Workspace

Weights = dict[str, dict[str, float]]  # by `comparison.level`: m and u


@dataclass(frozen=True)
class Model:
    """Weights of the comparisons in use. `basis` tells what they were made for: another basis makes another model.

    `duplicates_per_record` is the expected number of matching pairs a record; `records` is how many there were when
    the weights were learnt; `is_trained` is false for the shipped weights.
    """

    basis: str
    comparisons: tuple[str, ...]
    weights: Weights
    duplicates_per_record: float
    records: int
    is_trained: bool

    def prior(self, records: int) -> float:
        """Probability that two records drawn at random are one person."""
        return min(0.5, 2 * self.duplicates_per_record / max(records - 1, 1))


def comparisons_of(names: tuple[str, ...]) -> list[Comparison]:
    return [comparison for comparison in COMPARISONS if comparison.name in names]


def splink_settings(model: Model, records: int, **options) -> dict:
    """Settings of a Splink linker that deduplicates records by `model`."""
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": model.prior(records),
        "comparisons": [_splink_comparison(item, model.weights) for item in comparisons_of(model.comparisons)],
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }
    return settings | options


def _splink_comparison(comparison: Comparison, weights: Weights) -> dict:
    levels: list[dict] = [{"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}]
    for level in comparison.levels:
        weight = weights[f"{comparison.name}.{level.name}"]
        made = {"sql_condition": level.condition, "label_for_charts": level.name}
        made |= {"m_probability": weight["m"], "u_probability": weight["u"]}
        if level.rarity:
            made |= {"tf_adjustment_column": level.rarity, "tf_adjustment_weight": 1.0}
        levels.append(made)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def read_model(workspace: Workspace) -> Model | None:
    """The weights that are kept; None when there are none."""
    path = _path(workspace)
    if not path.is_file():
        return None
    content = json.loads(path.read_text())
    return Model(**(content | {"comparisons": tuple(content["comparisons"])}))


def keep_model(workspace: Workspace, model: Model) -> None:
    path = _path(workspace)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps(asdict(model), indent=2, sort_keys=True) + "\n")
    os.replace(draft, path)


def _path(workspace: Workspace) -> Path:
    return workspace.kept / "identity_model.json"
