"""What every candidate expected at an earlier date, beside what then happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ml.clv.families import MACHINE, active_figures, purchase_figures, spend_figures
from ml.clv.summaries import DAYS_PER_UNIT
from ml.evaluation.amounts import amount_metrics, gini


@dataclass(frozen=True)
class Holdout:
    """One hold-out; arrays of shape (n,) are by customer known at `start`, `k` dates follow it up to `end`.

    `purchases` and `spend` are what each candidate expected between `start` and `end`, `spend` where it says one.
    `observed` and `tracked` are purchases of all customers together from `start` to each of `days`, shape (k,).
    """

    start: date
    end: date
    frequency: np.ndarray
    past_spend: np.ndarray
    pace: np.ndarray
    actual_purchases: np.ndarray
    actual_spend: np.ndarray
    alive: np.ndarray
    purchases: dict[str, np.ndarray]
    spend: dict[str, np.ndarray]
    days: list[date] = field(default_factory=list)
    observed: np.ndarray = field(default_factory=lambda: np.empty(0))
    tracked: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def horizon(self) -> float:
        return (self.end - self.start).days / DAYS_PER_UNIT

    def figures(self) -> dict[str, dict[str, float]]:
        """Candidate to name of figure to value; see `ml.clv.families.FIGURES`."""
        found: dict[str, dict[str, float]] = {}
        for name, expected in self.purchases.items():
            found[name] = purchase_figures(self.frequency, self.actual_purchases, expected)
            if self.observed.size and self.observed[-1] > 0:
                off = np.abs(self.tracked[name] - self.observed).mean()
                found[name]["tracking_error"] = float(off / self.observed[-1])
        for name, expected in self.spend.items():
            found.setdefault(name, {}).update(spend_figures(self.frequency, self.actual_spend, expected))
        if MACHINE in self.spend:
            found[MACHINE] |= active_figures(self.actual_purchases, self.spend[MACHINE])
        return found

    def metrics(self, family: str | None, purchase_family: str | None) -> dict[str, float]:
        """Flat figures: `holdout_<figure>` of what scores, `holdout_<candidate>_<figure>` of all, and plain ones."""
        figures = self.figures()
        own = figures.get(purchase_family, {}) | {
            name: value for name, value in figures.get(family, {}).items() if name.startswith("spend_")
        }
        flat = {f"holdout_{name}": value for name, value in own.items()}
        for candidate, of in figures.items():
            flat |= {f"holdout_{candidate}_{name}": value for name, value in of.items()}
        flat |= {
            f"holdout_pace_{name}": value for name, value in amount_metrics(self.actual_purchases, self.pace).items()
        }
        flat |= {"holdout_days": float((self.end - self.start).days), "holdout_customers": len(self.frequency)}
        flat["holdout_actual_purchases"] = float(self.actual_purchases.sum())
        if purchase_family in self.purchases:
            flat["holdout_expected_purchases"] = float(self.purchases[purchase_family].sum())
        for name, score in (("frequency", self.frequency), ("alive", self.alive)):
            for value in active_figures(self.actual_purchases, score).values():
                flat[f"holdout_active_auc_{name}"] = value
        if self.spend:
            flat["holdout_spend_gini_past_spend"] = gini(self.actual_spend, self.past_spend)
            flat["holdout_spend_gini_best"] = gini(self.actual_spend, self.actual_spend)
        return flat
