"""Tracking, fit and hold-out of the CDNOW sample equal the published curves, for every purchase model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.clv import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel

MODELS = {"bgnbd": BetaGeoModel, "mbgnbd": ModifiedBetaGeoModel, "pnbd": ParetoNBDModel}


@pytest.fixture(scope="module")
def fitted(cdnow):
    return {name: model().fit(*cdnow.columns()) for name, model in MODELS.items()}


def cumulative_purchases(model, cdnow, weeks):
    first_day = 272 - (cdnow.T * 7).round()  # the calibration ends on day 272
    return [model.expected_purchases_of_new_customer(np.maximum(week - first_day / 7, 0)).sum() for week in weeks]


def test_cumulative_purchases_follow_the_published_tracking(fitted, cdnow, published, shared_reference):
    expected = published["track.cum"]  # BTYD walkthrough, figures 5, 6, 12
    for name, curve in (("bgnbd", "bg_nbd"), ("pnbd", "pareto_nbd")):
        found = cumulative_purchases(fitted[name], cdnow, range(20, 26))
        np.testing.assert_allclose(found, expected[curve], rtol=0, atol=0.1)
    weekly = pd.read_csv(shared_reference / "cdnow_sample_weekly_tracking.csv")
    found = cumulative_purchases(fitted["bgnbd"], cdnow, weekly.week)
    np.testing.assert_allclose(found, weekly.bgnbd_expected_cum_repeat, rtol=0, atol=5e-4)


def test_actual_cumulative_purchases_are_the_published_ones(purchases, published, shared_reference):
    repeats = purchases[purchases.duplicated("customer_id")]
    day = (repeats.day - pd.Timestamp("1997-01-01")).dt.days
    weekly = pd.read_csv(shared_reference / "cdnow_sample_weekly_tracking.csv")
    found = [int((day < week * 7).sum()) for week in weekly.week]
    assert found == weekly.actual_cum_repeat.tolist()
    assert found[19:25] == published["track.cum"]["actual"]


def test_frequencies_fit_as_published(fitted, cdnow, shared_reference):
    table = pd.read_csv(shared_reference / "cdnow_sample_frequency_fit.csv")
    ages, customers = np.unique(cdnow.T, return_counts=True)
    chances = [fitted["bgnbd"].probability_of_purchases(np.full(len(ages), n), ages) for n in range(7)]
    expected = [float(customers @ chance) for chance in chances]
    found = [*expected, customers.sum() - sum(expected)]
    np.testing.assert_allclose(found, table.bgnbd_expected, rtol=0, atol=1e-3)
    groups = np.minimum(cdnow.frequency, 7)
    assert [int((groups == n).sum()) for n in range(8)] == table.actual.tolist()


def test_conditional_expectations_by_frequency_are_the_published_ones(fitted, cdnow, predictions, shared_reference):
    table = pd.read_csv(shared_reference / "cdnow_sample_conditional_expectation_by_x.csv")
    groups = np.minimum(predictions.x, 7)
    for name, model in fitted.items():
        expected = pd.Series(model.expected_purchases(39, *cdnow.columns())).groupby(groups).mean()
        # Of Pareto/NBD the table was computed at parameters 7e-8 of log-likelihood below the maximum.
        np.testing.assert_allclose(expected, table[name], rtol=0, atol=5e-5 if name == "pnbd" else 1e-6)
    np.testing.assert_allclose(predictions.x_star.groupby(groups).mean(), table.actual, rtol=0, atol=1e-6)


def test_purchases_on_the_day_of_the_split_are_not_held_out(purchases, published):
    # CLVTools, helper_testthat_correctness_transactions.R
    later = purchases[purchases.day > pd.Timestamp("1998-01-01")]
    sample_ids = purchases.customer_id.unique()
    found = {str(row): int((later.customer_id == sample_ids[row - 1]).sum()) for row in map(int, published["actual.x"])}
    assert found == published["actual.x"]


def test_mean_repeat_spend_is_the_published_one(predictions, published):
    spend = predictions.m_x[predictions.x > 0]  # Fader, Hardie, Lee (2005), RFM and CLV, Table 1
    found = {name: round(float(getattr(spend, name)())) for name in published["rfm.money"]}
    assert found == published["rfm.money"]
