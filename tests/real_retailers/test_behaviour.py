"""Preferences, activity, loyalty and segments of two real retailers, by the shipped policies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import preferences_by_hand
from tests.dbt_project.test_behaviour import LOYALTY

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]


@pytest.mark.parametrize("place", [0, 6, -1])
def test_preferences_are_those_of_the_files(retailer, place):
    as_of = retailer.books.dates[-13:][place]
    found = retailer.mart("customer_preferences")
    assert sorted(found["as_of_date"].unique()) == retailer.books.dates[-13:]
    channel = "online" if retailer.name == "online_retail" else None
    orders = retailer.books.sales.assign(channel=channel, coupon=None)
    lines = retailer.books.lines[retailer.books.lines["kind"] == "sale"]
    expected = preferences_by_hand.preferences_at(orders, lines, as_of)
    preferences_by_hand.assert_equal(found[found["as_of_date"] == as_of], expected)
    told = set(expected.dropna(subset="preferred")["dimension"])
    assert told == ({"channel", "price_band"} if channel else {"category", "price_band", "discount"})


@pytest.mark.parametrize("place", [3, -1])
def test_activity_and_loyalty_follow_the_metrics(retailer, place):
    as_of = retailer.books.dates[place]
    told = retailer.metrics(as_of)
    orders = retailer.books.orders
    came = [orders[orders["kind"].isin(["sale", "return"])][["customer", "day"]]]
    touches = retailer.books.touches
    came.append(touches[touches["kind"] == "redeemed"][["customer", "day"]])
    days = pd.concat(came).dropna()
    last = days[days["day"] <= as_of].groupby("customer")["day"].max()
    silent = (as_of - last).dt.days.reindex(told.index).fillna(told["tenure_days"])
    rhythm = told["mean_gap_days"].where(told["purchase_days_lifetime"] >= 4)
    limits = [
        np.floor((times * rhythm).clip(least, most)).fillna(days)
        for times, least, most, days in ((1.5, 14, 90, 30), (3, 30, 180, 90))
    ]
    state = pd.Series("dormant", index=told.index).mask(silent <= limits[1], "nearly_silent")
    state = state.mask(silent <= limits[0], "active").where(silent.notna())
    found = retailer.mart("activity_state")
    found = found[found["as_of_date"] == as_of].set_index("customer").reindex(told.index)
    wrong = found[found["state"].fillna("") != state.fillna("")]
    assert wrong.empty, wrong[["state", "rule", "days_silent"]].head()
    assert found["days_silent"].astype(float).equals(silent.astype(float))
    assert found["stickiness"].isna().all(), "neither file tells of visits"

    buyers = told[told["orders_lifetime"] > 0]
    parts = {
        part: ((buyers[metric].astype(float) - worst) / (best - worst)).clip(0, 1)
        for part, (metric, _, worst, best) in LOYALTY.items()
    }
    known = sum(LOYALTY[part][1] * score.notna() for part, score in parts.items())
    total = sum(LOYALTY[part][1] * score.fillna(0) for part, score in parts.items())
    loyalty = retailer.mart("loyalty_scores")
    loyalty = loyalty[loyalty["as_of_date"] == as_of].set_index("customer")
    assert set(loyalty.index) == set(buyers.index)
    expected = (100 * total / known).where(known >= 0.5)
    same = loyalty["loyalty_score"].reindex(buyers.index).astype(float)
    assert same.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-3, nan_ok=True)


def test_every_buyer_has_a_segment_and_profiles_count_them(retailer):
    segments, profiles = retailer.mart("customer_segments"), retailer.mart("segment_profiles")
    stages = retailer.mart("lifecycle_stage").query("unit_kind == 'customer'")
    both = segments.merge(stages, on=["customer_id", "as_of_date"])
    assert len(both) == len(segments) == segments["customer_id"].nunique()
    assert segments["segment_no"].notna().all()
    assert profiles.set_index("segment_no")["customers"].to_dict() == segments["segment_no"].value_counts().to_dict()
    table = pd.crosstab(both["segment_no"], both["stage"]).to_numpy()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi_square = ((table - expected) ** 2 / expected).sum()
    separation = np.sqrt(chi_square / table.sum() / (min(table.shape) - 1))
    print(f"{retailer.name}: {len(profiles)} segments, Cramér's V with lifecycle stages {separation:.3f}")
    print(profiles[["segment_en", "segment_zh", "customers", "main_stage"]].to_string(index=False))
    assert profiles["stage_separation"].to_numpy() == pytest.approx(np.full(len(profiles), separation), abs=1e-5)
    assert separation > 0.3
    assert (profiles["customers_12m_before"] == 0).all() and profiles["upgraded_share_12m"].isna().all()
