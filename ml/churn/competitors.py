"""What a churn model must beat: the base rate, a shopkeeper's rule, and BG/NBD, judged on the same customers."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

from ml.clv import BetaGeoModel, FlatLikelihood
from ml.errors import DidNotConverge
from ml.evaluation.probabilities import area_under_roc, probability_metrics

_RULES = ("rhythm_ratio", "recency_days")
_HISTORY = ("purchase_days_lifetime", "purchase_span_days", "recency_days")
_DAYS_PER_UNIT = 7
_TOLD = ("auc", "auc_lower", "auc_upper", "log_loss", "brier", "accuracy", "calibration_slope", "calibration_intercept")


def rule_metrics(features: list[str], learnt, learnt_outcome, judged, outcome) -> dict[str, float]:
    """Figures `rule_…` of silence measured against the customer's own rhythm, else of silence alone.

    Parameters
    ----------
    learnt, judged : matrices of shape (n, len(features))
        The rule ranks as it is; its probability is a line on its logarithm, fitted on the learnt rows.
    learnt_outcome, outcome : bool arrays

    Returns
    -------
    figures; empty where the features hold no such silence
    """
    rule = next((name for name in _RULES if name in features), None)
    if rule is None or np.isnan(learnt[:, features.index(rule)]).all():
        return {}
    silence = learnt[:, features.index(rule)]
    usual = np.nanmedian(silence)
    silence, judged_silence = (
        np.log1p(np.where(np.isnan(column), usual, column)).reshape(-1, 1)
        for column in (silence, judged[:, features.index(rule)])
    )
    line = LogisticRegression(C=np.inf, max_iter=200).fit(silence, learnt_outcome)
    figures = _named("rule", outcome, line.predict_proba(judged_silence)[:, 1])
    area, lower, upper = area_under_roc(outcome, judged_silence[:, 0])
    return figures | {"rule_auc": area, "rule_auc_lower": lower, "rule_auc_upper": upper}


def purchase_model_metrics(features: list[str], known, judged, outcome, lead_days: int) -> dict[str, float]:
    """Figures `bgnbd_…` of BG/NBD, fitted on all histories known at the judged date.

    Customers are ranked by expected purchases within the lead. The probability alive does not rank them: it is 1 for
    every one-time buyer, however long ago that was. The probability of no purchase is that of having left, or of
    staying and not buying: 1 - P(alive) (1 - ((alpha + T) / (alpha + T + t)) ** (r + x)).

    Parameters
    ----------
    known : matrix of all buyers at the judged date, `judged` of those who are judged; shape (n, len(features))

    Returns
    -------
    figures; empty where the features hold no histories or no model fits them

    References
    ----------
    Fader, Hardie, Lee (2005), "Counting your customers" the easy way: a customer who is alive has a rate that is Gamma
    with shape r + x and rate alpha + T.
    """
    if not set(_HISTORY) <= set(features):
        return {}
    buyers = known[~np.isnan(known[:, _places(features)]).any(axis=1)]
    try:
        with warnings.catch_warnings():
            # Predictions do not suffer where a and b have no scale of their own, and their errors are not asked for.
            warnings.simplefilter("ignore", FlatLikelihood)
            model = BetaGeoModel().fit(*_histories(features, buyers))
    except (DidNotConverge, ValueError):
        return {}
    frequency, recency, age = _histories(features, judged)
    if np.isnan(frequency).any():
        return {}
    ahead = lead_days / _DAYS_PER_UNIT
    expected = model.expected_purchases(ahead, frequency, recency, age)
    shape, rate = model.params_["r"], model.params_["alpha"]
    none = ((rate + age) / (rate + age + ahead)) ** (shape + frequency)
    churns = 1 - model.probability_alive(frequency, recency, age) * (1 - none)
    figures = _named("bgnbd", outcome, churns)
    area, lower, upper = area_under_roc(outcome, -expected)
    return figures | {"bgnbd_auc": area, "bgnbd_auc_lower": lower, "bgnbd_auc_upper": upper}


def base_rate_metrics(learnt_outcome, outcome) -> dict[str, float]:
    """Figures `constant_…` of the share that left among the rows learnt from, said of everybody."""
    figures = _named("constant", outcome, np.full(len(outcome), np.mean(learnt_outcome)))
    # One number said of everybody has no interval and no line.
    return {name: figure for name, figure in figures.items() if figure == figure}


def _named(prefix: str, outcome, probability) -> dict[str, float]:
    figures = probability_metrics(outcome, probability)
    return {f"{prefix}_{name}": figures[name] for name in _TOLD}


def _places(features: list[str]) -> list[int]:
    return [features.index(name) for name in _HISTORY]


def _histories(features: list[str], matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and age of BG/NBD in weeks; purchases are purchase days."""
    purchase_days, span, silence = (matrix[:, place] for place in _places(features))
    return purchase_days - 1, span / _DAYS_PER_UNIT, (span + silence) / _DAYS_PER_UNIT
