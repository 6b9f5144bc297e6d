"""Which model of purchases suits a population: the candidates on one hold-out, and a choice by several figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from ml.clv.beta_geo import BetaGeoModel
from ml.clv.modified_beta_geo import ModifiedBetaGeoModel
from ml.clv.pareto_nbd import ParetoNBDModel
from ml.clv.purchase_model import PurchaseModel
from ml.evaluation.amounts import amount_metrics

FAMILIES: dict[str, type[PurchaseModel]] = {
    "bgnbd": BetaGeoModel,
    "mbgnbd": ModifiedBetaGeoModel,
    "pnbd": ParetoNBDModel,
}
_COST = {
    "mae": lambda value: value,
    "rmse": lambda value: value,
    "bias": abs,
    "calibration_error": lambda value: value,
    "active_auc": lambda value: 1 - value,
    "spend_gini": lambda value: 1 - value,
}
_LARGEST_GROUP = 7


def purchase_figures(frequency, actual, expected) -> dict[str, float]:
    """Figures of expected purchases beside those of the hold-out, arrays of shape (n,).

    Returns
    -------
    dict: mae, rmse, bias; calibration_error, the mean over customers of how far the mean of their frequency's group
    (0 to 6, 7 and more) is off, over the mean of all; active_auc of being active at all, where there are both kinds
    """
    frequency, actual, expected = (np.asarray(column, dtype=float) for column in (frequency, actual, expected))
    figures = amount_metrics(actual, expected)
    group = np.minimum(frequency, _LARGEST_GROUP).astype(int)
    if actual.sum() > 0:
        figures["calibration_error"] = float(np.abs(np.bincount(group, expected - actual)).sum() / actual.sum())
    if 0 < (actual > 0).sum() < len(actual):
        figures["active_auc"] = float(roc_auc_score(actual > 0, expected))
    return figures


def choose_family(figures: Mapping[str, Mapping[str, float]], incumbent: str, tolerance: float) -> tuple[str, str]:
    """The family that ranks best over all figures, and why, in words.

    Parameters
    ----------
    figures : family to name to value, of one hold-out; names are those of `purchase_figures` and spend_gini
    incumbent : family that stays unless another one does better
    tolerance : a challenger may be so much worse than the incumbent on any one figure, as a share of its distance
        from perfect

    The mean rank over the figures that every family has decides, so that no figure alone does: on CDNOW past spend
    has the best Gini of all and no idea of the number of purchases. A tie leaves the incumbent.
    """
    names = [name for name in _COST if all(np.isfinite(of.get(name, np.nan)) for of in figures.values())]
    if incumbent not in figures or not names:
        return incumbent, f"{incumbent}: no hold-out compares it with another family"
    families = [incumbent, *(family for family in figures if family != incumbent)]
    costs = np.array([[_COST[name](figures[family][name]) for name in names] for family in families])
    ranks = dict(zip(families, rankdata(costs, axis=0).mean(axis=1), strict=True))
    allowed = [
        family for family, cost in zip(families, costs, strict=True) if (cost <= costs[0] * (1 + tolerance)).all()
    ]
    best = min(allowed, key=ranks.__getitem__)
    told = ", ".join(f"{family} {rank:.2f}" for family, rank in sorted(ranks.items(), key=lambda item: item[1]))
    barred = [family for family in families if family not in allowed and ranks[family] < ranks[best]]
    words = f"{best}: mean rank over {', '.join(names)}: {told}"
    return best, words + (f"; {', '.join(barred)} too much worse on one figure" if barred else "")
