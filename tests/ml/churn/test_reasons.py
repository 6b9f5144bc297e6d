"""Reasons: what is told first, then what adds most and holds; the same every time, whatever the batch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from ml.churn import scoring
from ml.churn.reasons import Reason, reason_weights, top_reasons
from ml.churn.scoring import score_churn
from ml.churn.training import train_churn_model
from tests.ml.churn.test_training import END, POSITIVES, rows_at

REASONS = (
    Reason("says_price", "recency_days"),
    Reason("silent", "recency_days", "no_need", ("recency_days", "rhythm_ratio"), (("rhythm_ratio", ">", 1.0),)),
    Reason("few_orders", "orders_3m", "competitor", ("orders_3m", "orders_lifetime"), (("orders_3m", "<=", 5.0),)),
    Reason("unlucky", "luck", "no_need", ("luck",), (("luck", "<", 0.0), ("never_told", ">", 0.0))),
)


@pytest.fixture(scope="module")
def trained(shop):
    return train_churn_model(shop, 90, END, POSITIVES)


@pytest.fixture(scope="module")
def rows(shop):
    rows = rows_at(shop, END)
    rows = rows.filter(rows["is_eligible"])
    told = [None, "says_price", "a word of no reason"] + [None] * (rows.num_rows - 3)
    return rows.append_column("told_reason", pa.array(told, pa.string()))


@pytest.fixture(scope="module")
def named(trained, rows):
    return top_reasons(trained.estimator, trained.features, REASONS, rows).to_pandas()


def test_what_is_told_comes_first_and_only_where_it_is_told(named):
    assert list(named.index[named.reason_1 == "says_price"]) == [1]
    assert not (named[["reason_2", "reason_3"]] == "says_price").any(axis=None)


def test_a_reason_is_named_where_its_conditions_hold_and_shows_its_value(named, rows):
    frame = rows.to_pandas()
    silent = named.reason_1 == "silent"
    assert silent.any()
    assert (frame.rhythm_ratio[silent] > 1).all()
    assert (named.reason_1_value[silent] == frame.recency_days[silent]).all()
    few = named.reason_1 == "few_orders"
    assert (named.reason_1_value[few] == frame.orders_3m[few]).all()
    assert not (named[["reason_1", "reason_2", "reason_3"]] == "unlucky").any(axis=None)  # never_told is not known


def test_reasons_fall_in_weight_and_only_what_raises_the_risk_is_one(named, trained, rows):
    weights, _ = reason_weights(trained.estimator, trained.features, REASONS, rows)
    place = {reason.code: number for number, reason in enumerate(REASONS)}
    for row, names in enumerate(named[["reason_1", "reason_2", "reason_3"]].itertuples(index=False)):
        found = [weights[row, place[name]] for name in names if isinstance(name, str) and name != "says_price"]
        assert found == sorted(found, reverse=True)
        assert all(weight >= 0.05 for weight in found)


def test_longer_silence_weighs_more(trained, rows):
    weights = reason_weights(trained.estimator, trained.features, REASONS, rows)[0][:, 1]
    silence = rows["rhythm_ratio"].to_numpy()
    assert np.nanmean(weights[silence > 4]) > np.nanmean(weights[silence < 1])


def test_batches_change_nothing(trained, shop, monkeypatch):
    rows = rows_at(shop, END)
    whole = score_churn(trained.estimator, trained.features, rows, REASONS)
    monkeypatch.setattr(scoring, "_BATCH", 37)
    assert score_churn(trained.estimator, trained.features, rows, REASONS).equals(whole)
    assert whole["reason_1"].null_count < whole.num_rows
    not_judged = whole.filter(pa.compute.is_null(whole["churn_probability"]))
    assert not_judged["reason_1"].null_count == not_judged.num_rows > 0


def test_the_probability_beside_reasons_is_that_of_the_model(named, trained, rows):
    plain = score_churn(trained.estimator, trained.features, rows)
    assert named.churn_probability.to_numpy() == pytest.approx(plain["churn_probability"].to_numpy(), abs=2e-9)
