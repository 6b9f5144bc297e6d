"""What a score says of each customer's effect: the best line through held-out scores, and the average effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ml.uplift.rows import ExperimentRows


@dataclass(frozen=True)
class EffectLine:
    """effect = average + slope x (score - mean_score), with the covariance of (average, slope)."""

    average: float
    slope: float
    covariance: tuple[tuple[float, float], tuple[float, float]]
    mean_score: float
    lowest_score: float
    highest_score: float

    def effect(self, score, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Effect of customers of these scores and its interval; no score counts beyond those that were judged."""
        away = np.clip(np.asarray(score, dtype=float), self.lowest_score, self.highest_score) - self.mean_score
        (own, both), (_, slope) = self.covariance
        error = np.sqrt(np.maximum(own + 2 * away * both + away**2 * slope, 0))
        told, reach = self.average + self.slope * away, stats.norm.isf((1 - confidence) / 2) * error
        return told, told - reach, told + reach

    def average_effect(self, confidence: float) -> tuple[float, float, float]:
        reach = float(stats.norm.isf((1 - confidence) / 2) * np.sqrt(self.covariance[0][0]))
        return self.average, self.average - reach, self.average + reach


def effect_line(score, rows: ExperimentRows) -> EffectLine:
    """Best linear predictor of the effect by a score that was made without looking at the row.

    Weighted least squares of the outcome on the experiment, the score, the treatment less its share, and their product;
    errors are clustered by customer.

    Parameters
    ----------
    score : array of shape (n,)

    References
    ----------
    Chernozhukov, Demirer, Duflo, Fernández-Val (2018), Generic machine learning inference on heterogeneous treatment
    effects in randomized experiments, eq. 3.1.
    """
    score = np.asarray(score, dtype=float)
    mean = float(score.mean())
    weight = 1 / (rows.treated_share * (1 - rows.treated_share))
    assigned = rows.treated - rows.treated_share
    outcome = _within(rows.outcome, rows.experiment, weight)
    columns = [score - mean, assigned, assigned * (score - mean)]
    regressors = np.column_stack([_within(column, rows.experiment, weight) for column in columns])
    bread = np.linalg.pinv(regressors.T @ (weight[:, None] * regressors))
    coefficients = bread @ (regressors.T @ (weight * outcome))
    moments = regressors * (weight * (outcome - regressors @ coefficients))[:, None]
    clusters = np.column_stack([np.bincount(rows.customer, column) for column in moments.T])
    covariance = bread @ (clusters.T @ clusters) @ bread
    (average, slope), spread = coefficients[1:], covariance[1:, 1:]
    return EffectLine(
        float(average), float(slope), tuple(map(tuple, spread.tolist())), mean, float(score.min()), float(score.max())
    )


def _within(column: np.ndarray, group: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The column less its weighted mean in the group."""
    return column - (np.bincount(group, weight * column) / np.bincount(group, weight))[group]
