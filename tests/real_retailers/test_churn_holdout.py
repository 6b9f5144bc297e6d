"""Churn models of two real retailers, judged on later dates; figures are printed (`pytest -s`) and have no target."""

from __future__ import annotations

import duckdb
import pytest

from include.scoring.churn_inputs import read_churn_features, read_reasons
from ml.churn.scoring import score_churn
from ml.churn.training import train_churn_model
from ml.errors import NotEnoughHistory
from ml.tracking.churn_artifacts import competitor_table
from tests.ml.churn.test_training import rows_at

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def inputs(retailer):
    with duckdb.connect(retailer.warehouse, read_only=True) as connection:
        return read_churn_features(connection, retailer.last.date()), read_reasons(connection)


def test_ninety_days_ahead(retailer, inputs):
    features, reasons = inputs
    trained = train_churn_model(features, 90, retailer.last.date(), 50)
    split, figures = trained.split, trained.metrics
    print(f"\n{retailer.name}: {trained.recipe}, trained through {split.trained_through}, judged on {split.judged_on}")
    print({name: round(figures[name], 3) for name in ("judged_rows", "base_rate", "auc", "auc_lower", "auc_upper")})
    print(competitor_table(trained).round(3).to_string())
    assert split.trained_through < split.judged_on
    assert figures["auc"] > 0.5
    scores = score_churn(trained.estimator, trained.features, rows_at(features, retailer.last.date()), reasons)
    judged = scores.to_pandas().dropna(subset="churn_probability")
    assert judged.reason_1.notna().mean() > 0.5


def test_a_year_is_too_short_for_half_a_year_ahead(retailer, inputs):
    """Online Retail's second file would do; one year of either tells of no date that is trained and judged."""
    with pytest.raises(NotEnoughHistory, match="lead 180 days"):
        train_churn_model(inputs[0], 180, retailer.last.date(), 50)
