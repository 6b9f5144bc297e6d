"""Differences of means between arms, from exact sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class ArmSums:
    """Units, sum and sum of squares of a metric in an arm; arrays of shape (n,), one entry a comparison."""

    units: np.ndarray
    total: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, units, total, squares) -> ArmSums:
        return cls(*(np.asarray(one, dtype=float) for one in (units, total, squares)))

    @property
    def mean(self) -> np.ndarray:
        return _divided(self.total, self.units)

    @property
    def variance(self) -> np.ndarray:
        """Sample variance; nan for fewer than two units."""
        about_mean = np.maximum(self.squares - _divided(self.total**2, self.units), 0)
        return _divided(about_mean, np.where(self.units > 1, self.units - 1, 0))


@dataclass(frozen=True)
class Effects:
    """What arms changed against their control; arrays of shape (n,).

    `lift` and its bounds are in the metric's unit a customer, the relative ones in shares of the control's mean (nan
    where that mean is not positive). `p_value` is of two sides.
    """

    lift: np.ndarray
    standard_error: np.ndarray
    degrees: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    relative: np.ndarray
    relative_low: np.ndarray
    relative_high: np.ndarray


def mean_effects(arm: ArmSums, control: ArmSums, confidence: float = 0.95) -> Effects:
    """Effect of each arm on the mean, its error, interval and p-value.

    Parameters
    ----------
    arm, control : sums of each comparison, shape (n,)
    confidence : of the intervals, between 0 and 1

    Returns
    -------
    `Effects`; nan where an arm has fewer than two units. Where nobody varies in either arm error and p-value are nan.

    References
    ----------
    Welch (1947), The generalization of Student's problem when several different population variances are involved.
    Deng, Knoblich, Lu (2018), Applying the delta method in metric analytics, eq. 3 (relative change).
    """
    own, base = _divided(arm.variance, arm.units), _divided(control.variance, control.units)
    lift = arm.mean - control.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(own + base)
        error = np.where(error > 0, error, np.nan)
        degrees = (own + base) ** 2 / (own**2 / (arm.units - 1) + base**2 / (control.units - 1))
        reach = stats.t.ppf((1 + confidence) / 2, degrees)
        p_value = 2 * stats.t.sf(np.abs(lift / error), degrees)
        positive = np.where(control.mean > 0, control.mean, np.nan)
        relative = lift / positive
        relative_error = np.sqrt(own / positive**2 + arm.mean**2 * base / positive**4)
    return Effects(
        lift,
        error,
        degrees,
        lift - reach * error,
        lift + reach * error,
        p_value,
        relative,
        relative - reach * relative_error,
        relative + reach * relative_error,
    )


def _divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)
