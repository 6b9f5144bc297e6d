"""Curves of waiting customers are the product-limit estimate, which an independent library computes."""

from __future__ import annotations

import lifelines
import numpy as np
import pytest

from ml.evaluation.survival import waiting_curves

DAYS = np.array([31, 59, 90, 120])


@pytest.fixture(scope="module")
def waits():
    """240 customers who come back sooner or later, and their scores: the higher, the later."""
    generator = np.random.default_rng(3)
    score = generator.random(240)
    returns = generator.exponential(20 + 400 * score)
    return returns[None, :] >= DAYS[:, None], score


def test_each_curve_equals_lifelines(waits):
    still_waits, score = waits
    curves = waiting_curves(DAYS, still_waits, score, groups=4)
    order = np.argsort(-score)
    for number in range(4):
        own = curves[curves.group == number + 1]
        members = order[60 * number : 60 * (number + 1)]
        back = ~still_waits[:, members]
        first = np.where(back.any(axis=0), DAYS[back.argmax(axis=0)], DAYS[-1])
        fitter = lifelines.KaplanMeierFitter().fit(first, back.any(axis=0), timeline=[0, *DAYS])
        assert own.days.tolist() == [0, *DAYS]
        assert own.share.to_numpy() == pytest.approx(fitter.survival_function_.to_numpy()[:, 0])
        told = own.lower.notna().to_numpy()
        assert told.sum() >= 3
        assert own[["lower", "upper"]][told].to_numpy() == pytest.approx(fitter.confidence_interval_[told].to_numpy())


def test_the_highest_scores_come_first_and_wait_longest(waits):
    last = waiting_curves(DAYS, *waits).groupby("group").share.last()
    assert last.iloc[0] > last.iloc[-1] + 0.4


def test_fewer_customers_than_groups_are_one_each():
    curves = waiting_curves([30], np.array([[True, False]]), [0.9, 0.1])
    assert curves.customers.tolist() == [1] * 4
    assert curves.share.tolist() == [1, 1, 1, 0]
    assert curves[["lower", "upper"]].isna().all(axis=None)
