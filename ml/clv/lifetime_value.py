"""What future purchases are worth today, and how well the data determine it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.utils.validation import check_is_fitted

from ml.clv.distinct import grouped_rows
from ml.clv.histories import checked_histories

_STEP = 1e-4


@dataclass(frozen=True)
class LifetimeValue:
    """Value of each customer and the ends of its interval, arrays of shape (n,), money."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def discounted_lifetime_value(
    model, frequency, recency, T, spend, *, margin_rate, annual_discount_rate, horizon, months=12
):
    """Margin of the purchases expected within the horizon, discounted at the end of each month.

    Parameters
    ----------
    model : fitted, with `weighted_purchases(times, weights, frequency, recency, T)`
    frequency, recency, T : arrays of shape (n,), in the model's unit of time
    spend : array of shape (n,), expected money a purchase; nan gives nan
    margin_rate : float, share of revenue that is margin
    annual_discount_rate : float, >= 0; month m of the horizon is divided by (1 + rate) ** (m / 12)
    horizon : float, length of all months together, in the model's unit of time
    months : int, equal steps the horizon is cut into

    Returns
    -------
    array of shape (n,), money

    References
    ----------
    Fader, Hardie, Lee (2005), RFM and CLV: using iso-value curves, Journal of Marketing Research 42(4), eq. 5,
    cut at the horizon.
    """
    once, customer = grouped_rows(list(checked_histories(frequency, recency, T)))
    purchases = _discounted_purchases(model, once, annual_discount_rate, horizon, months)
    return purchases[customer] * np.asarray(spend, dtype=float) * margin_rate


def lifetime_value_interval(
    purchase_model,
    spend_model,
    frequency,
    recency,
    T,
    monetary_value,
    *,
    margin_rate,
    annual_discount_rate,
    horizon,
    months=12,
    level=0.95,
    paid_frequency=None,
) -> LifetimeValue:
    """The discounted lifetime value with an interval for what the fits do not know about it.

    The interval is of the expected value, by the delta method on its logarithm: the covariances of the two fits
    through the derivatives of the value by their parameters. It does not hold the chance of what one customer will
    do, which is far wider. A parameter that the data do not determine is held at its estimate.

    Parameters
    ----------
    purchase_model, spend_model : fitted on data of their own, so that their errors are independent
    frequency, recency, T, monetary_value : arrays of shape (n,); the mean spend is not read where frequency is 0
    level : float, share of samples whose interval holds the expected value
    paid_frequency : array of shape (n,) or None, the purchases that `monetary_value` is the mean of, where free ones
        among `frequency` say nothing of spend; None: all of them
    margin_rate, annual_discount_rate, horizon, months : see `discounted_lifetime_value`

    Returns
    -------
    LifetimeValue; nan where the expected spend does not exist
    """
    for model in (purchase_model, spend_model):
        check_is_fitted(model, "covariance_")
    once, customer = grouped_rows(list(checked_histories(frequency, recency, T)))

    def purchases(model):
        return _discounted_purchases(model, once, annual_discount_rate, horizon, months)

    def spend(model):
        return model.expected_spend(frequency if paid_frequency is None else paid_frequency, monetary_value)

    value = purchases(purchase_model)[customer] * spend(spend_model) * margin_rate
    variance = _log_variance(purchase_model, purchases)[customer] + _log_variance(spend_model, spend)
    with np.errstate(over="ignore"):  # an end that lies beyond all numbers is infinite
        factor = np.exp(norm.ppf((1 + level) / 2) * np.sqrt(variance))
        return LifetimeValue(value, value / factor, value * factor)


def mean_discount(annual_discount_rate: float, months: int = 12) -> float:
    """What money that comes evenly is worth today, as a share of it: months are discounted at their ends."""
    return float(_discounts(annual_discount_rate, months).mean())


def _discounts(annual_discount_rate: float, months: int) -> np.ndarray:
    return (1 + annual_discount_rate) ** (-np.arange(1, months + 1) / 12)


def _discounted_purchases(model, histories, annual_discount_rate, horizon, months):
    month = np.arange(1, months + 1)
    discount = _discounts(annual_discount_rate, months)
    # A month's purchases are those up to its end less those up to its start, so each end counts in two months.
    return model.weighted_purchases(horizon * month / months, discount - np.append(discount[1:], 0.0), *histories)


def _log_variance(model, predict):
    """Variance of the logarithm of a prediction, of its shape: its slopes by log parameters and their covariance."""
    parameters = np.array(list(model.params_.values()))
    slopes = []
    for place in range(len(parameters)):
        shift = np.where(np.arange(len(parameters)) == place, _STEP, 0.0)
        above, below = (predict(model.at(parameters * np.exp(sign * shift))) for sign in (1, -1))
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes.append(np.where(above > 0, np.log(above / below) / (2 * _STEP), 0.0))
    slopes = np.array(slopes)
    known = np.nan_to_num(model.covariance_ / np.outer(parameters, parameters))
    return np.maximum(np.einsum("in,ij,jn->n", slopes, known, slopes, optimize=True), 0.0)
