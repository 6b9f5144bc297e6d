"""Which model of purchases suits a population: the candidates on one hold-out, and a choice by several figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from ml.clv.beta_geo import BetaGeoModel
from ml.clv.modified_beta_geo import ModifiedBetaGeoModel
from ml.clv.pareto_nbd import ParetoNBDModel
from ml.clv.purchase_model import PurchaseModel
from ml.evaluation.amounts import amount_metrics, gini

FAMILIES: dict[str, type[PurchaseModel]] = {
    "bgnbd": BetaGeoModel,
    "mbgnbd": ModifiedBetaGeoModel,
    "pnbd": ParetoNBDModel,
}
MACHINE = "machine"
CANDIDATES = (*FAMILIES, MACHINE)
_AS_IT_IS, _FROM_ONE = (lambda value: value), (lambda value: 1 - value)
_COST = {
    "mae": _AS_IT_IS,
    "rmse": _AS_IT_IS,
    "bias": abs,
    "calibration_error": _AS_IT_IS,
    "active_auc": _FROM_ONE,
    "tracking_error": _AS_IT_IS,
    "spend_mae": _AS_IT_IS,
    "spend_rmse": _AS_IT_IS,
    "spend_bias": abs,
    "spend_calibration_error": _AS_IT_IS,
    "spend_gini": _FROM_ONE,
}
FIGURES = tuple(_COST)
_BIASES = ("bias", "spend_bias")
_LARGEST_GROUP = 7


@dataclass(frozen=True)
class ChoiceRule:
    """The policy's way from figures of a hold-out to the family that scores.

    `candidates` by name, of whom the first stays unless another's mean rank is better by `better_by`; `metrics` that
    rank them; `much_worse` bars a candidate
    that is so much worse than the first on any one of them, as a share of its distance from perfect, but for a bias
    within `bias_within` of zero.
    """

    candidates: tuple[str, ...]
    metrics: tuple[str, ...]
    better_by: float
    much_worse: float
    bias_within: float

    def choose(self, figures: Mapping[str, Mapping[str, float]]) -> tuple[str | None, str]:
        """The best of the candidates that have figures, and why; None when none has."""
        known = {name: figures[name] for name in self.candidates if figures.get(name)}
        if not known:
            return None, "no hold-out compares the families"
        return choose_family(known, next(iter(known)), self.much_worse, self.metrics, self.bias_within, self.better_by)


def purchase_figures(frequency, actual, expected) -> dict[str, float]:
    """Figures of expected purchases beside those of the hold-out, arrays of shape (n,).

    Returns
    -------
    dict: mae, rmse, bias; calibration_error, the mean over customers of how far the mean of their frequency's group
    (0 to 6, 7 and more) is off, over the mean of all; active_auc of being active at all, where there are both kinds
    """
    actual, expected = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    figures = amount_metrics(actual, expected)
    if actual.sum() > 0:
        figures["calibration_error"] = _calibration_error(frequency, actual, expected)
    return figures | active_figures(actual, expected)


def spend_figures(frequency, actual, expected) -> dict[str, float]:
    """The same of expected money: spend_mae, spend_rmse, spend_bias, spend_calibration_error, and spend_gini."""
    actual, expected = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    if not np.isfinite(expected).all():
        return {}
    figures = {f"spend_{name}": value for name, value in amount_metrics(actual, expected).items()}
    if actual.sum() > 0:
        figures["spend_calibration_error"] = _calibration_error(frequency, actual, expected)
        figures["spend_gini"] = gini(actual, expected)
    return figures


def active_figures(actual, score) -> dict[str, float]:
    """active_auc: how well a score tells those who bought at all; nothing where all or none did."""
    bought = np.asarray(actual) > 0
    return {"active_auc": float(roc_auc_score(bought, score))} if 0 < bought.sum() < len(bought) else {}


def frequency_groups(frequency) -> np.ndarray:
    """Group of each customer by repeat purchases: 0 to 6, and 7 for more."""
    return np.minimum(np.asarray(frequency, dtype=float), _LARGEST_GROUP).astype(int)


def _calibration_error(frequency, actual, expected) -> float:
    return float(np.abs(np.bincount(frequency_groups(frequency), expected - actual)).sum() / actual.sum())


def choose_family(
    figures: Mapping[str, Mapping[str, float]],
    incumbent: str,
    tolerance: float,
    metrics: Sequence[str] = FIGURES,
    bias_within: float = 0.0,
    better_by: float = 0.0,
) -> tuple[str, str]:
    """The family that ranks best over all figures, and why, in words.

    Parameters
    ----------
    figures : family to name to value, of one hold-out; names are those of `FIGURES`
    incumbent : family that stays unless another one does better
    tolerance : a challenger may be so much worse than the incumbent on any one figure, as a share of its distance
        from perfect
    metrics : the figures that count
    better_by : ranks by which another must be better on the mean
    bias_within : a bias so near to zero bars nobody, however much nearer the incumbent's is

    The mean rank over the figures that every family has decides, so that no figure alone does: on CDNOW past spend
    has the best Gini of all and no idea of the number of purchases. A tie leaves the incumbent.
    """
    names = [name for name in metrics if all(np.isfinite(of.get(name, np.nan)) for of in figures.values())]
    if incumbent not in figures or not names:
        return incumbent, f"{incumbent}: no hold-out compares it with another family"
    families = [incumbent, *(family for family in figures if family != incumbent)]
    costs = np.array([[_COST[name](figures[family][name]) for name in names] for family in families])
    ranks = dict(zip(families, rankdata(costs, axis=0).mean(axis=1), strict=True))
    bars = costs[0] * (1 + tolerance)
    bars = np.where([name in _BIASES for name in names], np.maximum(bars, bias_within), bars)
    allowed = [
        family for family, cost in zip(families, costs, strict=True) if family == incumbent or (cost <= bars).all()
    ]
    best = min(allowed, key=ranks.__getitem__)
    if ranks[incumbent] - ranks[best] < better_by:
        best = incumbent
    told = ", ".join(f"{family} {rank:.2f}" for family, rank in sorted(ranks.items(), key=lambda item: item[1]))
    barred = [
        f"{family} too much worse on {', '.join(np.array(names)[cost > bars])}"
        for family, cost in zip(families, costs, strict=True)
        if family not in allowed and ranks[family] < ranks[best]
    ]
    return best, "; ".join([f"{best}: mean rank over {', '.join(names)}: {told}", *barred])
