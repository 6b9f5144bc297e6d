"""Which way a figure is better: 1 high, -1 low, 0 where neither is (it has a value of its own to be near)."""

from __future__ import annotations

DIRECTIONS = {
    "auc": 1,
    "accuracy": 1,
    "lift_top_decile": 1,
    "log_loss": -1,
    "brier": -1,
    "calibration_slope": 0,
    "calibration_intercept": 0,
    "holdout_mae": -1,
    "holdout_rmse": -1,
    "holdout_bias": 0,
    "holdout_spend_mae": -1,
    "holdout_spend_rmse": -1,
    "holdout_spend_bias": 0,
    "holdout_spend_gini": 1,
    "holdout_calibration_error": -1,
    "holdout_active_auc": 1,
    "qini": 1,
    "qini_low": 1,
    "category_hit_rate": 1,
    "hit_rate": 1,
    "precision": 1,
    "silhouette": 1,
    "stability": 1,
}


def improvement(metric: str, candidate: float, rival: float) -> float:
    """By how much the candidate is better, in the metric's own unit; negative when it is worse.

    Raises
    ------
    ValueError: the metric is unknown, or neither better high nor low.
    """
    direction = DIRECTIONS.get(metric, 0)
    if direction == 0:
        raise ValueError(f"{metric} is not a figure that is better high or low")
    return direction * (candidate - rival)
