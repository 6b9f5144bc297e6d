"""Lifetime value of every customer at one date, from the fit of that date."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ml.clv.lifetime_value import discounted_lifetime_value
from ml.clv.training import DAYS_PER_UNIT, ValueFit, histories

_DECIMALS = 9
_NO_SPEND = "the spread of spending is too wide for an expected spend of this customer"


def score_value(
    fit: ValueFit, rows: pa.Table, *, horizon_days: int, annual_discount_rate: float, margin_rate: float
) -> pa.Table:
    """Probability alive, expected purchases and spend, and discounted margin over the horizon.

    Parameters
    ----------
    fit : the models of the rows' date
    rows : summaries of one date: customer_id, as_of_date, frequency, recency_days, age_days, monetary_value
    horizon_days, annual_discount_rate, margin_rate : the policy's

    Returns
    -------
    table of customer_id, as_of_date, probability_alive, expected_purchases_12m, expected_spend (money a
    purchase), clv_12m (money), score_reason (null when the value is there); doubles rounded to 9 places
    """
    x, t_x, age, spend = histories(rows)
    empty = np.full(len(x), np.nan)
    alive = purchases = expected = value = empty
    if fit.beta_geo:
        alive = fit.beta_geo.probability_alive(x, t_x, age)
        purchases = fit.beta_geo.expected_purchases(horizon_days / DAYS_PER_UNIT, x, t_x, age)
    if fit.gamma_gamma:
        # Repeat purchases that were all free say nothing of spend: such a customer gets the population's.
        paying = np.where(np.nan_to_num(spend) > 0, x, 0.0)
        expected = fit.gamma_gamma.expected_spend(paying, np.nan_to_num(spend))
        value = discounted_lifetime_value(
            fit.beta_geo,
            x,
            t_x,
            age,
            expected,
            margin_rate=margin_rate,
            annual_discount_rate=annual_discount_rate,
            horizon=horizon_days / DAYS_PER_UNIT,
        )
    reason = np.where(np.isnan(value), fit.reason or _NO_SPEND, None)
    columns = {
        "probability_alive": alive,
        "expected_purchases_12m": purchases,
        "expected_spend": expected,
        "clv_12m": value,
    }
    # A difference of nearly equal terms may end a rounding below zero.
    rounded = {name: np.maximum(np.round(column, _DECIMALS), 0.0) for name, column in columns.items()}
    scores = {name: pa.array(column, mask=np.isnan(column)) for name, column in rounded.items()}
    keys = {name: rows[name] for name in ("customer_id", "as_of_date")}
    return pa.table({**keys, **scores, "score_reason": pa.array(reason, pa.string())})
