"""An MLflow store made once; every test works on a copy of its own."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from ml.tracking.store import ModelStore


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    ModelStore(f"sqlite:///{folder / 'mlflow.db'}", folder)
    return folder / "mlflow.db"


@pytest.fixture(scope="session")
def open_copy(tmp_path_factory):
    """Opens a copy of a store's database; artifacts of earlier runs stay where they were written."""

    def open_store(database):
        folder = tmp_path_factory.mktemp("store")
        shutil.copyfile(database, folder / "mlflow.db")
        return ModelStore(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts"), folder / "mlflow.db"

    return open_store


@pytest.fixture
def store(empty_database, open_copy):
    return open_copy(empty_database)[0]


@pytest.fixture(scope="session")
def summaries():
    """Purchase summaries of 300 customers at two dates a quarter apart."""
    generator = np.random.default_rng(12)
    parts = []
    for day, days in ((date(2021, 3, 31), 90), (date(2021, 6, 30), 181)):
        x = generator.poisson(generator.gamma(0.8, days / 60, 300))
        recency = np.where(x > 0, np.maximum(x, (days - 5) * generator.random(300)), 0).astype(int)
        spend = np.where(x > 0, generator.gamma(4, 8, 300).round(6), np.nan)
        parts.append(
            pa.table(
                {
                    "customer_id": [f"c{number:04d}" for number in range(300)],
                    "as_of_date": pa.array([day] * 300, pa.date32()),
                    "frequency": x,
                    "recency_days": recency,
                    "age_days": np.full(300, days),
                    "monetary_value": pa.array(spend, mask=np.isnan(spend)),
                }
            )
        )
    return pa.concat_tables(parts)
