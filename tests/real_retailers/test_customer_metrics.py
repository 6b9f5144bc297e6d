"""customer_metrics of two real retailers against a count from their files, every column, at three dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

KEYS = {"customer_id", "customer", "as_of_date", "is_month_end", "is_current"}


@pytest.mark.parametrize("place", ["early", "middle", "last"])
def test_every_metric(retailer, place):
    dates = retailer.books.dates
    as_of = {"early": dates[2], "middle": dates[len(dates) // 2], "last": dates[-1]}[place]
    everything = retailer.mart("customer_metrics")
    found = everything[everything["as_of_date"] == as_of].set_index("customer").sort_index()
    expected = retailer.metrics(as_of).sort_index()
    assert found.index.equals(expected.index), "everyone known at the date, and nobody else"
    names = set(found.columns) - KEYS
    assert names == set(expected.columns) - {"months_observed"}, "every published column is counted"
    wrong = {}
    for name in sorted(names):
        theirs, ours = found[name], expected[name]
        if name.endswith("_on"):
            same = (theirs == ours) | (theirs.isna() & ours.isna())
        else:
            theirs, ours = theirs.astype(float), ours.astype(float)
            same = np.isclose(theirs, ours, rtol=1e-9, atol=2e-6, equal_nan=True)
        if not same.all():
            wrong[name] = pd.DataFrame({"found": theirs, "expected": ours})[~same].head(3).to_dict("index")
    assert not wrong


def test_as_of_dates_are_month_ends_and_the_last_day(retailer):
    found = retailer.read("select distinct as_of_date, is_month_end, is_current from customer_metrics order by 1")
    assert list(found["as_of_date"]) == retailer.books.dates
    assert list(found["is_month_end"]) == [day.is_month_end for day in retailer.books.dates]
    assert list(found["is_current"]) == [day == retailer.last for day in retailer.books.dates]
