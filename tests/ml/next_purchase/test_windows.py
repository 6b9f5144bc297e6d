"""Windows of next purchases and the weights of days, on customers whose rhythm is known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from ml.errors import NotEnoughHistory
from ml.next_purchase import DayWeights, fit_day_weights, judge_windows, tell_windows
from ml.next_purchase.waiting import learn_rhythm

FIRST, DAYS, NOW = 19_000, 900, 19_700
WEEKEND, HOLIDAY = 1.6, 0.4


def evenly(days: int = DAYS) -> DayWeights:
    return DayWeights(FIRST, np.ones(days), {})


def regular_and_random(seed: int, customers: int = 1500):
    """Half come every so many days give or take a tenth, half by chance; some never come back."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        mean = random.uniform(8, 40)
        day = random.uniform(0, 400)
        while day < DAYS:
            rows.append((customer, FIRST + int(day)))
            if random.random() < 0.03:
                break
            day += random.normal(mean, mean / 10) if customer % 2 else 1 + random.exponential(mean)
    table = np.array(sorted(set(rows)))
    return table[:, 0], table[:, 1]


@pytest.fixture(scope="module")
def told():
    customer, day = regular_and_random(3)
    segment = np.zeros(customer.max() + 1, int)
    windows = tell_windows(customer, day, segment, evenly(), NOW, 90, 0.8, 2.0)
    return windows, customer, day


def test_windows_hold_the_share_that_they_promise(told):
    windows, customer, day = told
    figures = judge_windows(windows, customer, day, NOW, 90)
    assert figures["window_coverage"] == pytest.approx(0.8, abs=0.05)
    assert figures["expected_return_rate"] == pytest.approx(figures["return_rate"], abs=0.05)
    assert figures["expected_day_error"] < figures["own_gap_error"]


def test_nothing_after_the_date_is_read(told):
    windows, customer, day = told
    known = day <= NOW
    again = tell_windows(customer[known], day[known], np.zeros(customer.max() + 1, int), evenly(), NOW, 90, 0.8, 2.0)
    for name in ("customer", "earliest", "expected", "latest", "probability", "gap"):
        assert np.array_equal(getattr(windows, name), getattr(again, name)), name


def test_the_rhythm_is_that_of_the_customer(told):
    windows, customer, day = told
    known = day <= NOW
    purchases = np.bincount(customer[known])
    first, last = (
        np.array([pick(day[known][customer[known] == one]) for one in windows.customer[:200]]) for pick in (min, max)
    )
    often = purchases[windows.customer[:200]] > 8
    own = (last - first) / np.maximum(purchases[windows.customer[:200]] - 1, 1)
    assert np.corrcoef(windows.gap[:200][often], own[often])[0, 1] > 0.98


def test_a_rhythm_known_from_one_purchase_is_the_segments():
    customer = np.repeat(np.arange(300), 6)
    step = np.where(customer < 150, 5.0, 50.0)
    at = np.tile(np.arange(6.0), 300) * step
    rhythm = learn_rhythm(customer, at, (np.arange(300) >= 150).astype(int), at.max() + 1, 2.0)
    # Twenty gaps of everyone's, 27.5 days, are mixed into 750 of the segment's own.
    assert rhythm.segment_gap == pytest.approx([(750 * 5 + 20 * 27.5) / 770, (750 * 50 + 20 * 27.5) / 770])
    assert rhythm.expected_gap(np.array([0]), np.array([0.0]), np.array([1]))[0] == rhythm.segment_gap[1]


def test_windows_need_customers_who_came_back(told):
    windows, customer, day = told
    with pytest.raises(NotEnoughHistory, match="0 customers came back within 90 days"):
        judge_windows(windows, customer, day, int(day.max()), 90)


def test_windows_need_somebody_who_had_bought():
    customer, day = np.array([0]), np.array([NOW + 1])
    with pytest.raises(NotEnoughHistory, match="nobody had bought"):
        tell_windows(customer, day, np.zeros(1, int), evenly(), NOW, 90, 0.8, 2.0)


def calendar(seed: int = 1, days: int = DAYS) -> pa.Table:
    random = np.random.default_rng(seed)
    day = FIRST + np.arange(days)
    weekday = np.arange(days) % 7 + 1
    holiday = ((np.arange(days) % 60) < 5).astype(float)
    mean = 50 * (1 + np.arange(days) / 300) * np.where(weekday >= 6, WEEKEND, 1) * np.where(holiday > 0, HOLIDAY, 1)
    buyers = pa.array(random.poisson(mean), mask=day > NOW)
    unknown = pa.nulls(days, pa.float64())
    return pa.table(
        {
            "day": day, "weekday": weekday, "month": np.arange(days) // 30 % 12 + 1, "buyers": buyers,
            "holiday_share": holiday, "event_share": np.zeros(days), "temperature": unknown, "rainfall": unknown,
        }
    )  # fmt: skip


def test_the_week_and_holidays_are_found_while_the_company_grows():
    weights = fit_day_weights(calendar(), NOW)
    assert weights.effects["holiday_share"] == pytest.approx(HOLIDAY, rel=0.06)
    week = weights.weights[5:12]
    assert week[[0, 1]].mean() / week[[2, 3, 4, 5, 6]].mean() == pytest.approx(WEEKEND, rel=0.06)
    ahead = weights.weights[NOW - FIRST + 1 :]
    assert ahead[calendar()["holiday_share"].to_numpy()[NOW - FIRST + 1 :] > 0].max() < ahead.mean()


def test_weighted_days_lead_back_to_the_calendar():
    weights = fit_day_weights(calendar(), NOW)
    days = np.arange(NOW + 1, NOW + 150)
    ahead = weights.adjusted(days) - weights.adjusted(np.array([NOW]))[0]
    assert np.array_equal(weights.days_until(NOW, ahead), days)
    assert weights.days_until(NOW, np.array([0.0]))[0] == NOW + 1


def test_a_short_history_gives_every_day_the_same_weight():
    assert set(fit_day_weights(calendar().slice(0, 40), NOW).weights) == {1.0}
