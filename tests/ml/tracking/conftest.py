"""An MLflow store made once; every test works on a copy of its own."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from ml.tracking.store import ModelStore
from tests.ml.clv.simulated_histories import simulated_histories


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
    """Purchase summaries of 600 customers at two dates, first seen 20 to 60 weeks before the later one."""
    generator = np.random.default_rng(12)
    x, t_x, age = simulated_histories(600, r=0.8, alpha=5.0, a=0.9, b=3.0)
    spend = generator.gamma(4, 8, len(x)).round(6)
    parts = []
    for day, earlier in ((date(2021, 3, 31), 13), (date(2021, 6, 30), 0)):
        # Histories of the earlier date keep the purchases made by then, spread evenly up to the last one.
        then = np.maximum(age - earlier, 0)
        kept = np.where(t_x > then, np.floor(x * then / age), x)
        last = np.where(kept > 0, np.maximum(np.minimum(t_x, then), 1 / 7), 0)
        parts.append(
            pa.table(
                {
                    "customer_id": [f"c{number:04d}" for number in range(len(x))],
                    "as_of_date": pa.array([day] * len(x), pa.date32()),
                    "frequency": kept.astype(int),
                    "recency_days": np.ceil(last * 7).astype(int),
                    "age_days": np.ceil(then * 7).astype(int),
                    "monetary_value": pa.array(spend, mask=kept == 0),
                }
            )
        )
    return pa.concat_tables(parts)
