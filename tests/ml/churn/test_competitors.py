"""What a model must beat is computed right, and BG/NBD's probability alive is not taken for a churn score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from ml.churn.competitors import purchase_model_metrics
from ml.churn.training import train_churn_model
from ml.clv import BetaGeoModel
from tests.ml.churn.test_training import END, POSITIVES

FEATURES = ["purchase_days_lifetime", "purchase_span_days", "recency_days"]
CALIBRATION_END, HOLDOUT_DAYS = pd.Timestamp("1997-09-30"), 273


@pytest.fixture(scope="module")
def cdnow(shared_data):
    """Histories of the CDNOW sample at 1997-09-30 as features, and who bought nothing in the 39 weeks after."""
    columns = ["master", "customer", "day", "cds", "dollars"]
    rows = pd.read_csv(shared_data / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, names=columns)
    rows["day"] = pd.to_datetime(rows["day"].astype(str))
    before, after = rows[rows.day <= CALIBRATION_END], rows[rows.day > CALIBRATION_END]
    bought = before.groupby("customer").day.agg(["nunique", "min", "max"])
    matrix = np.column_stack(
        [bought["nunique"], (bought["max"] - bought["min"]).dt.days, (CALIBRATION_END - bought["max"]).dt.days]
    ).astype(float)
    return matrix, ~bought.index.isin(after.customer.unique())


def test_probability_alive_ranks_cdnow_wrongly_and_expected_purchases_rightly(cdnow):
    """.316 and .773 for being active later: ../shared/reference/README.md, traps."""
    matrix, left = cdnow
    figures = purchase_model_metrics(FEATURES, matrix, matrix, left, HOLDOUT_DAYS)
    assert figures["bgnbd_auc"] == pytest.approx(0.773, abs=0.002)
    x, span, silence = matrix[:, 0] - 1, matrix[:, 1] / 7, matrix[:, 2] / 7
    alive = BetaGeoModel().fit(x, span, span + silence).probability_alive(x, span, span + silence)
    assert roc_auc_score(~left, alive) == pytest.approx(0.316, abs=0.002)


def test_the_probability_of_no_purchase_is_calibrated_on_cdnow(cdnow):
    matrix, left = cdnow
    figures = purchase_model_metrics(FEATURES, matrix, matrix, left, HOLDOUT_DAYS)
    assert 0.9 < figures["bgnbd_calibration_slope"] < 1.2
    assert figures["bgnbd_log_loss"] < -(left.mean() * np.log(left.mean()) + (~left).mean() * np.log((~left).mean()))


def test_without_histories_there_is_no_purchase_model():
    assert purchase_model_metrics(["luck"], np.ones((9, 1)), np.ones((9, 1)), np.arange(9) % 2 == 0, 90) == {}


def test_all_competitors_are_judged_on_the_same_rows(shop):
    figures = train_churn_model(shop, 90, END, POSITIVES).metrics
    assert figures["constant_auc"] == 0.5
    assert figures["constant_log_loss"] >= figures["base_rate_log_loss"]
    assert figures["log_loss"] < figures["rule_log_loss"] < figures["constant_log_loss"]
    assert figures["brier"] < figures["rule_brier"]
