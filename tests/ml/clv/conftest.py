"""The CDNOW sample as published: purchases by day, calibrated to 1997-09-30, held out to 1998-06-30."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd
import pytest

CALIBRATION_END = pd.Timestamp("1997-09-30")


@dataclass(frozen=True)
class Histories:
    frequency: pd.Series
    recency: pd.Series
    T: pd.Series

    def columns(self):
        return self.frequency, self.recency, self.T


@pytest.fixture(scope="session")
def published(shared_reference):
    """Published figures by their id."""
    entries = json.loads((shared_reference / "published_reference_numbers.json").read_text())
    return {entry["id"]: entry["value"] for entry in entries}


@pytest.fixture(scope="session")
def predictions(shared_reference):
    """Per customer, by an independent implementation fitted at 1997-09-30 in weeks."""
    return pd.read_csv(shared_reference / "cdnow_sample_customer_predictions.csv.gz")


@pytest.fixture(scope="session")
def cdnow(predictions):
    """Histories in weeks, unrounded."""
    return Histories(predictions.x, predictions.tx_days / 7, predictions.T_days / 7)


@pytest.fixture(scope="session")
def rounded_cdnow(shared_data):
    """Histories in weeks rounded to two places, as in the paper's spreadsheet, with mean spend zbar."""
    return pd.read_csv(shared_data / "cdnow" / "cdnow_customers_summary_with_transactions.csv")


@pytest.fixture(scope="session")
def purchases(shared_data):
    """One row per customer and purchase day of the sample."""
    widths = pd.read_fwf(
        shared_data / "cdnow" / "CDNOW_sample.txt",
        colspecs=[(7, 11), (12, 20), (24, 32)],
        names=["customer_id", "day", "spend"],
        dtype={"customer_id": str, "day": str},
    )
    widths["day"] = pd.to_datetime(widths["day"])
    return widths.groupby(["customer_id", "day"], as_index=False)["spend"].sum()
