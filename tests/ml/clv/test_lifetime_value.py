"""Discounted lifetime value: against the independent implementation, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.clv import BetaGeoModel, GammaGammaModel, discounted_lifetime_value


def test_value_of_every_customer_is_that_of_the_independent_implementation(cdnow, predictions):
    purchases = BetaGeoModel().fit(*cdnow.columns())
    repeating = predictions[predictions.x > 0]
    spend = GammaGammaModel().fit(repeating.x, repeating.m_x).expected_spend(predictions.x, predictions.m_x)
    value = discounted_lifetime_value(
        purchases,
        *cdnow.columns(),
        spend,
        margin_rate=1.0,
        annual_discount_rate=1.01**12 - 1,  # 1 % a month
        horizon=12 * 4.345,  # weeks of a month in lifetimes
    )
    np.testing.assert_allclose(value, predictions.clv_12m_d1pct_bgnbd_gg, rtol=1e-6, atol=1e-6)


class OnePurchaseAWeek:
    def expected_purchases(self, t, frequency, recency, T):
        return np.full(len(frequency), float(t))


def test_months_are_discounted_at_their_ends():
    value = discounted_lifetime_value(
        OnePurchaseAWeek(), [0], [0], [1], [10.0], margin_rate=0.5, annual_discount_rate=3.0, horizon=24, months=2
    )
    by_hand = 12 * 10 * 0.5 * (4 ** (-1 / 12) + 4 ** (-2 / 12))
    assert value == pytest.approx([by_hand])


def test_a_missing_spend_gives_a_missing_value():
    arguments = {"margin_rate": 0.5, "annual_discount_rate": 0.0, "horizon": 12}
    value = discounted_lifetime_value(OnePurchaseAWeek(), [0, 0], [0, 0], [1, 1], [np.nan, 2.0], **arguments)
    assert np.isnan(value[0])
    assert value[1] == pytest.approx(12.0)
