"""Lifetime value of every customer at one date, from the fit of that date."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ml.clv.lifetime_value import lifetime_value_interval, mean_discount
from ml.clv.summaries import DAYS_PER_UNIT, histories
from ml.clv.value_fit import ValueFit

_DECIMALS = 9
_MOST_MONEY = 1e12
_NO_SPEND = "the spread of spending is too wide for an expected spend of this customer"


def score_value(
    fit: ValueFit,
    rows: pa.Table,
    *,
    horizon_days: int,
    annual_discount_rate: float,
    margin_rate: float,
    interval_level: float,
) -> pa.Table:
    """Probability alive, expected purchases and spend, and discounted margin over the horizon with its interval.

    Parameters
    ----------
    fit : the models of the rows' date
    rows : summaries of one date: customer_id, as_of_date, frequency, recency_days, age_days, monetary_value, and what
        else the machine learnt from
    horizon_days, annual_discount_rate, margin_rate, interval_level : the policy's

    Returns
    -------
    table of customer_id, as_of_date, probability_alive, expected_purchases_12m, expected_spend (money a
    purchase), clv_12m, clv_12m_low, clv_12m_high (money), interval_level, score_reason (null when the value is
    there), model_family (of the value), purchase_family (of what stands before it); doubles rounded to 9 places. A
    value that the machine gives has no interval. Nor does a value whose upper end is beyond 1e12: the fit hardly
    determines it. Money beyond that is missing itself.
    """
    x, t_x, age, spend = histories(rows)
    horizon = horizon_days / DAYS_PER_UNIT
    names = ("probability_alive", "expected_purchases_12m", "expected_spend", "clv_12m", "clv_12m_low", "clv_12m_high")
    columns = dict.fromkeys(names, np.full(len(x), np.nan))
    if fit.purchases:
        columns["probability_alive"] = fit.purchases.probability_alive(x, t_x, age)
        columns["expected_purchases_12m"] = fit.purchases.expected_purchases(horizon, x, t_x, age)
    if fit.gamma_gamma:
        # Repeat purchases that were all free say nothing of spend: such a customer gets the population's.
        paid, spend = np.where(np.nan_to_num(spend) > 0, x, 0.0), np.nan_to_num(spend)
        columns["expected_spend"] = fit.gamma_gamma.expected_spend(paid, spend)
    if fit.machine:
        money = fit.machine.expected_spend(rows, horizon_days)
        columns["clv_12m"] = money * margin_rate * mean_discount(annual_discount_rate)
    elif fit.gamma_gamma:
        found = lifetime_value_interval(
            fit.purchases,
            fit.gamma_gamma,
            x,
            t_x,
            age,
            spend,
            margin_rate=margin_rate,
            annual_discount_rate=annual_discount_rate,
            horizon=horizon,
            level=interval_level,
            paid_frequency=paid,
        )
        columns |= {"clv_12m": found.value, "clv_12m_low": found.low, "clv_12m_high": found.high}
    for name in ("expected_spend", "clv_12m"):
        columns[name] = np.where(columns[name] > _MOST_MONEY, np.nan, columns[name])
    has_interval = ~np.isnan(columns["clv_12m"]) & (columns["clv_12m_high"] <= _MOST_MONEY)
    for name in ("clv_12m_low", "clv_12m_high"):
        columns[name] = np.where(has_interval, columns[name], np.nan)
    # A difference of nearly equal terms may end a rounding below zero.
    rounded = {name: np.maximum(np.round(column, _DECIMALS), 0.0) for name, column in columns.items()}
    scores = {name: pa.array(column, mask=np.isnan(column)) for name, column in rounded.items()}
    keys = {name: rows[name] for name in ("customer_id", "as_of_date")}
    missing = np.isnan(columns["clv_12m"])
    level = pa.array(np.full(len(x), interval_level), mask=np.isnan(columns["clv_12m_low"]))
    reason = pa.array(np.where(missing, fit.reason or _NO_SPEND, None), pa.string())
    families = {
        name: pa.array(np.where(missing, None, told), pa.string())
        for name, told, missing in (
            ("model_family", fit.family, missing),
            ("purchase_family", fit.purchase_family, np.isnan(columns["probability_alive"])),
        )
    }
    return pa.table({**keys, **scores, "interval_level": level, "score_reason": reason, **families})
