"""Figures of predicted probabilities by group of customers, so that a model that fails some of them is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.evaluation.probabilities import area_under_roc, calibration_line

FIGURES = ("customers", "base_rate", "mean_prediction", "accuracy", "auc", "calibration_slope")
OTHERS, UNKNOWN = "others", "unknown"
# A line through fewer of either outcome says nothing.
_FEWEST_OF_EACH = 10


@dataclass(frozen=True)
class GroupSizes:
    """Customers that a group needs to be told by itself, and how many groups of a grouping are."""

    smallest: int = 30
    most: int = 12


SIZES = GroupSizes()


def group_metrics(outcome, probability, groups: dict[str, list], sizes: GroupSizes = SIZES) -> pd.DataFrame:
    """One row a grouping and group with the figures `FIGURES`; the AUC is nan where all have one outcome, the slope of
    the calibration where fewer than ten have either.

    Parameters
    ----------
    outcome, probability : arrays of shape (n,)
    groups : for each grouping the group of every customer; None is told as `unknown`

    Groups that are too small, and those beyond the largest, are told together as `others`, and not at all when these
    are too few too: their figures would say little, and of few.
    """
    outcome, probability = np.asarray(outcome, dtype=bool), np.asarray(probability, dtype=float)
    rows = []
    for grouping, names in groups.items():
        names = pd.Series(names, dtype=object).fillna(UNKNOWN).astype(str)
        told = names.value_counts().rename_axis("name").reset_index(name="customers")
        told = told[told.customers >= sizes.smallest].sort_values(["customers", "name"], ascending=[False, True])
        names = names.where(names.isin(told.name.head(sizes.most)), OTHERS).to_numpy()
        for group in sorted(set(names)):
            inside = names == group
            if inside.sum() < sizes.smallest:
                continue
            left, score = outcome[inside], probability[inside]
            both = left.any() and not left.all()
            enough = min(left.sum(), (~left).sum()) >= _FEWEST_OF_EACH
            rows.append(
                {
                    "grouping": grouping,
                    "group": group,
                    "customers": int(inside.sum()),
                    "base_rate": float(left.mean()),
                    "mean_prediction": float(score.mean()),
                    "accuracy": float(((score >= 0.5) == left).mean()),
                    "auc": area_under_roc(left, score)[0] if both else float("nan"),
                    "calibration_slope": calibration_line(left, score)[0] if enough else float("nan"),
                }
            )
    return pd.DataFrame(rows, columns=["grouping", "group", *FIGURES])
