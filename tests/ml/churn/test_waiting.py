"""Who of the judged has not bought since: counted from the feature table, and refused where churn is not silence."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from ml.churn.training import train_churn_model
from ml.churn.waiting import silence_since
from tests.ml.churn.simulated_shop import simulated_features

JUDGED, LATER, LAST = date(2024, 1, 31), date(2024, 2, 29), date(2024, 4, 30)
ROWS = [
    ("back at once", JUDGED, 10.0),
    ("back later", JUDGED, 40.0),
    ("gone", JUDGED, 70.0),
    ("bought that day", JUDGED, 0.0),
    ("not told of any more", JUDGED, 5.0),
    ("back at once", LATER, 3.0),
    ("back later", LATER, 69.0),
    ("gone", LATER, 99.0),
    ("bought that day", LATER, 29.0),
    ("back at once", LAST, 64.0),
    ("back later", LAST, 0.0),
    ("gone", LAST, 160.0),
    ("bought that day", LAST, 90.0),
]
KNOWN = pa.table(dict(zip(("customer_id", "as_of_date", "recency_days"), zip(*ROWS, strict=True), strict=True)))
GONE = np.array([False, False, True, True, True])


def test_silence_ends_with_the_first_purchase_after_the_date():
    days, waits = silence_since(KNOWN, KNOWN.slice(0, 5), JUDGED, GONE, 90)
    assert days.tolist() == [29, 90]
    assert waits.tolist() == [[False, True, True, True, True], [False, False, True, True, True]]


@pytest.mark.parametrize(
    "known", [KNOWN.slice(0, 5), KNOWN.drop(["recency_days"])], ids=["no later date", "no silence"]
)
def test_nothing_is_told_without_later_dates_or_silence(known):
    assert silence_since(known, KNOWN.slice(0, 5), JUDGED, GONE, 90) is None


def test_nothing_is_told_where_who_bought_has_churned():
    assert silence_since(KNOWN, KNOWN.slice(0, 5), JUDGED, np.ones(5, dtype=bool), 90) is None


def test_the_silence_of_the_judged_ends_in_their_outcome():
    features = simulated_features(customers=200, months=16, seed=5)
    trained = train_churn_model(features, 90, date(2021, 4, 30), 5)
    days, waits = trained.silence
    within = days <= 90
    assert within.any()
    assert (~trained.outcome[~waits[within][-1]]).all()
    assert (trained.outcome <= waits[within][-1]).all()
