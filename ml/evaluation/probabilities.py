"""Figures for predicted probabilities of a yes-or-no outcome."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm, rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

_CLIP = 1e-6


def area_under_roc(outcome, score, confidence: float = 0.95) -> tuple[float, float, float]:
    """Probability that a positive scores above a negative (ties count half), with its interval.

    Parameters
    ----------
    outcome : bool array of shape (n,), with both values present
    score : array of shape (n,), higher for likelier positives

    Returns
    -------
    area, lower, upper; the interval is nan where all positives score above all negatives (or below)

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3); midranks after Sun, Xu (2014), IEEE Signal Processing
    Letters 21(11). The interval is formed on the logit scale, which keeps it within 0 and 1.
    """
    outcome, score = np.asarray(outcome, dtype=bool), np.asarray(score, dtype=float)
    positives, negatives = int(outcome.sum()), int((~outcome).sum())
    ranks = rankdata(score)
    above = (ranks[outcome] - rankdata(score[outcome])) / negatives
    below = 1 - (ranks[~outcome] - rankdata(score[~outcome])) / positives
    area = float(above.mean())
    if positives < 2 or negatives < 2 or not 0 < area < 1:
        return area, float("nan"), float("nan")
    error = np.sqrt(above.var(ddof=1) / positives + below.var(ddof=1) / negatives)
    half = norm.ppf((1 + confidence) / 2) * error / (area * (1 - area))
    return area, float(expit(logit(area) - half)), float(expit(logit(area) + half))


def calibration_line(outcome, probability) -> tuple[float, float]:
    """Slope and intercept of the outcome's log odds on the predicted ones; 1 and 0 when calibrated (Cox 1958)."""
    odds = logit(np.clip(np.asarray(probability), _CLIP, 1 - _CLIP)).reshape(-1, 1)
    if np.ptp(odds) == 0:
        return float("nan"), float("nan")
    line = LogisticRegression(C=np.inf, max_iter=200).fit(odds, np.asarray(outcome, dtype=bool))
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def lift_at(outcome, score, share: float) -> float:
    """Positives among the `share` highest scores over positives among all; ties at the bar count by their share."""
    outcome, score = np.asarray(outcome, dtype=float), np.asarray(score, dtype=float)
    wanted = share * len(score)
    bar = np.sort(score)[::-1][max(int(np.ceil(wanted)) - 1, 0)]
    above, at = score > bar, score == bar
    caught = outcome[above].sum() + outcome[at].mean() * (wanted - above.sum())
    return float(caught / wanted / outcome.mean())


def log_loss_of(outcome, probability) -> float:
    """Mean log loss a row; probabilities are kept a millionth away from 0 and 1."""
    return float(
        log_loss(np.asarray(outcome, dtype=bool), np.clip(probability, _CLIP, 1 - _CLIP), labels=[False, True])
    )


def calibration_bins(outcome, probability, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean prediction, observed share and customers of groups of equal size, in order of prediction."""
    order = np.argsort(probability, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    outcome, probability = np.asarray(outcome, dtype=float), np.asarray(probability, dtype=float)
    return [(float(probability[g].mean()), float(outcome[g].mean()), len(g)) for g in groups]


def probability_metrics(outcome, probability) -> dict[str, float]:
    """All figures of this file by their stable names; both outcomes must be present."""
    outcome = np.asarray(outcome, dtype=bool)
    area, lower, upper = area_under_roc(outcome, probability)
    slope, intercept = calibration_line(outcome, probability)
    base_rate = float(outcome.mean())
    return {
        "auc": area,
        "auc_lower": lower,
        "auc_upper": upper,
        "log_loss": log_loss_of(outcome, probability),
        "base_rate_log_loss": log_loss_of(outcome, np.full(len(outcome), base_rate)),
        "brier": float(brier_score_loss(outcome, probability)),
        "accuracy": float(((np.asarray(probability) >= 0.5) == outcome).mean()),
        "majority_accuracy": max(base_rate, 1 - base_rate),
        "base_rate": base_rate,
        "mean_prediction": float(np.mean(probability)),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "lift_top_decile": lift_at(outcome, probability, 0.1),
    }
