"""The machine-learned challenger: what it learns, when it may score, and that it says the same twice."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ml.clv.families import MACHINE, ChoiceRule
from ml.clv.machine import MachineModel
from ml.clv.scoring import score_value
from ml.clv.served import ServedValue, read_fits, write_fits
from ml.clv.summaries import Summaries, rows_of, what_followed
from ml.clv.training import train_value_models
from ml.errors import NotEnoughHistory
from ml.evaluation.amounts import gini

SETTINGS = {"horizon_days": 365, "annual_discount_rate": 0.1, "margin_rate": 0.25, "interval_level": 0.95}
METRICS = ("spend_rmse", "spend_mae", "spend_bias", "spend_calibration_error", "spend_gini")
RULE = ChoiceRule(("bgnbd", "mbgnbd", "machine"), METRICS, 0.5, 0.1, 0.05)
DATES = [date(2021, 12, 31), date(2022, 12, 31), date(2023, 12, 31)]


def club(customers: int = 1500) -> pa.Table:
    """Everybody buys about so often in the first year; from the second only members do, and ever dearer things."""
    generator = np.random.default_rng(3)
    is_member = generator.random(customers) < 0.3
    each = generator.gamma(4, 10, customers)
    purchases = np.zeros(customers)
    revenue, last, parts = np.zeros(customers), np.zeros(customers), []
    first = generator.integers(5, 60, customers)
    for year, day in enumerate(DATES):
        more = generator.poisson(np.where(is_member, 6, 6 if year == 0 else 0.2))
        purchases += more
        revenue += more * each * (1 + 0.1 * year)
        age = (day - date(2020, 12, 31)).days - first
        last = np.where(more > 0, age - generator.integers(0, 60, customers), last)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": [f"c{number:04d}" for number in range(customers)],
                    "as_of_date": day,
                    "frequency": purchases.astype(int),
                    "recency_days": np.where(purchases > 0, np.maximum(last, purchases), 0).astype(int),
                    "age_days": age.astype(int),
                    "monetary_value": np.where(purchases > 0, revenue / np.maximum(purchases, 1), np.nan),
                    "is_member": is_member.astype(int),
                }
            )
        )
    return pa.Table.from_pandas(pd.concat(parts), preserve_index=False)


@pytest.fixture(scope="module")
def summaries():
    return club()


@pytest.fixture(scope="module")
def trained(summaries):
    return train_value_models(Summaries(summaries, DATES[-1]), RULE)


def test_its_total_is_that_of_the_customers_it_learnt_from(summaries):
    before, later = (rows_of(summaries, day) for day in DATES[:2])
    spent = what_followed(before, later)[1]
    model = MachineModel().fit(before, spent, 365)
    assert model.features_ == ["frequency", "recency_days", "age_days", "monetary_value", "is_member"]
    expected = model.expected_spend(before, 365)
    assert expected.sum() == pytest.approx(spent.sum(), rel=0.01)
    assert gini(spent, expected) > 0.9 * gini(spent, spent)
    np.testing.assert_allclose(model.expected_spend(before, 73), expected / 5)


def test_what_followed_is_the_difference_of_two_dates_by_customer(summaries):
    before, later = (rows_of(summaries, day).to_pandas().set_index("customer_id") for day in DATES[1:])
    shuffled = rows_of(summaries, DATES[2]).take(np.random.default_rng(0).permutation(len(later)))
    bought, spent = what_followed(rows_of(summaries, DATES[1]), shuffled)
    by_hand = later.frequency - before.frequency
    np.testing.assert_array_equal(bought, by_hand.to_numpy())
    money = later.frequency * later.monetary_value.fillna(0) - before.frequency * before.monetary_value.fillna(0)
    np.testing.assert_allclose(spent, money.to_numpy(), atol=1e-9)


def test_it_scores_where_it_wins_on_several_figures_and_purchases_stay_with_a_family(summaries, trained):
    figures = trained.holdout.figures()
    assert figures[MACHINE]["spend_gini"] > figures["bgnbd"]["spend_gini"]
    assert figures[MACHINE]["spend_mae"] < figures["bgnbd"]["spend_mae"]
    fit = trained.fits[-1]
    assert fit.family == MACHINE
    assert fit.purchase_family in ("bgnbd", "mbgnbd")
    assert fit.choice.startswith("machine: mean rank over ")
    scores = score_value(fit, rows_of(summaries, DATES[-1]), **SETTINGS).to_pandas()
    assert scores.clv_12m.notna().all()
    assert scores.clv_12m_low.isna().all()
    assert scores.interval_level.isna().all()
    assert (scores.model_family == MACHINE).all()
    assert (scores.purchase_family == fit.purchase_family).all()
    # A year of members' buying, 6 purchases at 40 a piece or more; margin 25 %, discounted by 5 % at most.
    is_member = rows_of(summaries, DATES[-1])["is_member"].to_numpy() == 1
    assert scores.clv_12m[is_member].mean() == pytest.approx(6 * 40 * 1.1 * 0.25, rel=0.2)
    assert scores.clv_12m[~is_member].mean() < 10


def test_before_it_has_seen_a_year_after_a_year_it_does_not_compete(trained):
    assert [fit.family for fit in trained.fits[:2]] == ["bgnbd", "bgnbd"]
    assert MACHINE not in trained.fits[1].choice


def test_the_same_training_says_the_same_and_so_does_what_was_written(summaries, trained, tmp_path):
    again = train_value_models(Summaries(summaries, DATES[-1]), RULE)
    rows = rows_of(summaries, DATES[-1])
    scores = score_value(trained.fits[-1], rows, **SETTINGS)
    assert score_value(again.fits[-1], rows, **SETTINGS).equals(scores)
    path = write_fits(trained, SETTINGS, tmp_path)
    assert score_value(read_fits(path)[1][DATES[-1]], rows, **SETTINGS).equals(scores)
    served = ServedValue(path).predict(rows.drop(["customer_id", "as_of_date"]).to_pandas())
    np.testing.assert_array_equal(served.clv_12m, scores["clv_12m"].to_numpy())


def test_fits_of_an_unchanged_history_are_taken_over_and_others_are_not(summaries, trained, tmp_path):
    known = read_fits(write_fits(trained, SETTINGS, tmp_path))[1]
    again = train_value_models(Summaries(summaries, DATES[-1]), RULE, known=known)
    assert all(taken is known[taken.as_of] for taken in again.fits[:-1])
    assert [json.dumps(fit.as_dict()["purchases"]) for fit in again.fits] == [
        json.dumps(fit.as_dict()["purchases"]) for fit in trained.fits
    ]
    assert again.metrics == trained.metrics
    table = summaries.to_pandas()
    table.loc[table.as_of_date == DATES[1], "monetary_value"] *= 2
    changed = train_value_models(
        Summaries(pa.Table.from_pandas(table, preserve_index=False), DATES[-1]), RULE, known=known
    )
    assert changed.fits[0] is known[DATES[0]]
    assert changed.fits[1] is not known[DATES[1]]


def test_too_few_customers_teach_nothing_and_a_lacking_column_is_named(summaries):
    few = rows_of(summaries, DATES[0]).slice(0, 100)
    with pytest.raises(NotEnoughHistory, match=r"machine: 100 customers of whom 100 spent again"):
        MachineModel().fit(few, np.ones(100), 365)
    model = MachineModel().fit(rows_of(summaries, DATES[0]), np.ones(1500), 365)
    with pytest.raises(ValueError, match="lack is_member"):
        model.expected_spend(rows_of(summaries, DATES[0]).drop(["is_member"]), 365)


def test_dates_are_cut_and_sorted(summaries):
    turned = summaries.take(np.random.default_rng(1).permutation(summaries.num_rows))
    cut = Summaries(turned, DATES[1])
    assert cut.dates == DATES[:2]
    assert cut.at(DATES[0])["customer_id"].to_pylist() == sorted(rows_of(turned, DATES[0])["customer_id"].to_pylist())
    assert cut.at(DATES[2]).num_rows == cut.at(DATES[0] - timedelta(days=1)).num_rows == 0


def test_a_column_that_nobody_fills_is_not_learnt_from(summaries):
    """A company of customers and orders alone: some of what the summaries tell of is known of nobody."""
    rows = rows_of(summaries, DATES[1])
    spend = what_followed(rows, rows_of(summaries, DATES[2]))[1]
    bare = rows.append_column("visits", pa.nulls(rows.num_rows, pa.float64()))
    plain, learnt = MachineModel().fit(rows, spend, 365), MachineModel().fit(bare, spend, 365)
    assert learnt.features_ == plain.features_
    assert (learnt.expected_spend(bare, 90) == plain.expected_spend(rows, 90)).all()
