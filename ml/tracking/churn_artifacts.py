"""What a churn run shows beside its figures: tables, plots and the sections of its card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ml.churn.reasons import Reason, reason_weights
from ml.churn.training import ChurnTraining
from ml.evaluation.probabilities import calibration_bins
from ml.evaluation.survival import waiting_curves
from ml.tracking.plots import plot_by_date, plot_calibration, plot_groups, plot_lift, plot_waiting, plot_weights

CALIBRATION_FILE = "calibration.json"
GROUPS_FILE = "quality_by_group.csv"
SURVIVAL_FILE = "survival.csv"
_COMPETITORS = {"model": "", "rule": "rule_", "bgnbd": "bgnbd_", "constant": "constant_"}
_COMPARED = ("auc", "log_loss", "brier", "accuracy", "calibration_slope", "calibration_intercept")


def competitor_table(training: ChurnTraining) -> pd.DataFrame:
    """Figures of the model and of what it must beat on the judged customers, one row each."""
    rows = {
        name: [training.metrics.get(f"{prefix}{figure}", np.nan) for figure in _COMPARED]
        for name, prefix in _COMPETITORS.items()
        if f"{prefix}log_loss" in training.metrics
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(_COMPARED))


def weights_of(training: ChurnTraining, reasons: tuple[Reason, ...]) -> dict[str, float]:
    """Mean size of what each reason adds to the log odds of the judged customers."""
    if not reasons:
        return {}
    weights, _ = reason_weights(training.estimator, training.features, reasons, training.judged)
    found = np.abs(weights).mean(axis=0)
    return {reason.code: float(weight) for reason, weight in zip(reasons, found, strict=True) if weight > 0}


def write_files(training: ChurnTraining, weights: dict[str, float], folder: Path) -> None:
    groups = calibration_bins(training.outcome, training.probability)
    named = [dict(zip(("predicted", "observed", "customers"), group, strict=True)) for group in groups]
    (folder / CALIBRATION_FILE).write_text(json.dumps(named))
    competitor_table(training).to_csv(folder / "competitors.csv", index_label="model")
    training.by_group.to_csv(folder / GROUPS_FILE, index=False)
    plot_groups(training.by_group, "auc", training.metrics["auc"], folder / "auc_by_group.png")
    plot_calibration(training.outcome, training.probability, folder / "calibration.png")
    plot_lift(training.outcome, training.probability, folder / "lift.png")
    if training.silence:
        curves = waiting_curves(*training.silence, training.probability)
        curves.to_csv(folder / SURVIVAL_FILE, index=False)
        in_order = np.sort(training.probability)[::-1]
        predicted = [group.mean() for group in np.array_split(in_order, curves["group"].max())]
        plot_waiting(curves, training.lead_days, predicted, folder / "survival.png")
    if weights:
        plot_weights(weights, folder / "reasons.png")
    if training.folds:
        plot_by_date(
            {name: scores.auc_by_date() for name, scores in training.folds.items()}, folder / "auc_by_date.png"
        )


def card_sections(training: ChurnTraining, weights: dict[str, float]) -> str:
    """Markdown that follows the card: competitors, calibration, groups, weight of the reasons."""
    heaviest = dict(sorted(weights.items(), key=lambda pair: -pair[1])[:10])
    reasons = pd.DataFrame({"log odds": heaviest.values()}, index=list(heaviest))
    groups = training.by_group.set_index(["grouping", "group"])
    return f"""
## Beside what it must beat

`rule` is silence against the customer's own rhythm, `bgnbd` ranks by expected purchases within the lead, `constant`
says the base rate of everybody.

{_markdown(competitor_table(training))}

## Calibration

The log odds are put on a line (slope {training.estimator.slope:.3f}, intercept {training.estimator.intercept:.3f}). The
slope is that of customers the model has not learnt from, and 1 where the history allows no fold in time; the intercept
keeps the mean probability. `uncalibrated_…` are the figures without it.

## By group

No model reads region, gender, age, product or account. Small groups, and those beyond the largest of a grouping, are
told together as others.

{_markdown(groups)}

## Weight of the reasons

Mean change of the log odds of the judged customers, without sign.

{_markdown(reasons) if weights else "No reasons were given."}
"""


def _markdown(table: pd.DataFrame) -> str:
    head = [" / ".join(name or "" for name in table.index.names), *table.columns]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for label, row in zip(table.index, table.itertuples(index=False), strict=True):
        name = " / ".join(label) if isinstance(label, tuple) else str(label)
        lines.append(f"| {name} | " + " | ".join(f"{value:.4g}" for value in row) + " |")
    return "\n".join(lines)
