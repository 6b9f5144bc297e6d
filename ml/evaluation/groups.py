"""Figures of predicted probabilities by group of customers, so that a model that fails some of them is seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.evaluation.probabilities import area_under_roc

SMALLEST = 30
FIGURES = ("customers", "base_rate", "mean_prediction", "accuracy", "auc")


def group_metrics(outcome, probability, groups: dict[str, list]) -> pd.DataFrame:
    """One row a grouping and group with the figures `FIGURES`; the AUC is nan where all have one outcome.

    Parameters
    ----------
    outcome, probability : arrays of shape (n,)
    groups : for each grouping the group of every customer; None is told as `unknown`

    Groups of fewer than thirty customers are told together as `others`, and not at all when these are fewer too: their
    figures would say little, and of few.
    """
    outcome, probability = np.asarray(outcome, dtype=bool), np.asarray(probability, dtype=float)
    rows = []
    for grouping, names in groups.items():
        names = pd.Series(names, dtype=object).fillna("unknown").astype(str)
        counts = names.value_counts()
        names = names.where(names.map(counts) >= SMALLEST, "others").to_numpy()
        for group in sorted(set(names)):
            inside = names == group
            if inside.sum() < SMALLEST:
                continue
            left, score = outcome[inside], probability[inside]
            both = left.any() and not left.all()
            rows.append(
                {
                    "grouping": grouping,
                    "group": group,
                    "customers": int(inside.sum()),
                    "base_rate": float(left.mean()),
                    "mean_prediction": float(score.mean()),
                    "accuracy": float(((score >= 0.5) == left).mean()),
                    "auc": area_under_roc(left, score)[0] if both else float("nan"),
                }
            )
    return pd.DataFrame(rows, columns=["grouping", "group", *FIGURES])
