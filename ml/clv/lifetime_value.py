"""What future purchases are worth today."""

from __future__ import annotations

import numpy as np


def discounted_lifetime_value(
    model, frequency, recency, T, spend, *, margin_rate, annual_discount_rate, horizon, months=12
):
    """Margin of the purchases expected within the horizon, discounted at the end of each month.

    Parameters
    ----------
    model : fitted, with `expected_purchases(t, frequency, recency, T)`
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
    value = np.zeros(len(np.atleast_1d(np.asarray(frequency))))
    before = 0.0
    for month in range(1, months + 1):
        purchases = model.expected_purchases(horizon * month / months, frequency, recency, T)
        value += (purchases - before) / (1 + annual_discount_rate) ** (month / 12)
        before = purchases
    return value * np.asarray(spend, dtype=float) * margin_rate
