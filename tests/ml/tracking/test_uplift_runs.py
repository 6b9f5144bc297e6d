"""Uplift trainings in a real MLflow store: recorded whole, reused, refused without being promoted, served."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pytest

from ml.errors import NotEnoughHistory
from ml.tracking.promotion import approve, version_for
from ml.tracking.store import CHALLENGER, CHAMPION
from ml.tracking.uplift_runs import effects_of, train_uplift, uplift_model_name
from ml.uplift.training import UpliftSettings

AS_OF, LATER = date(2024, 6, 30), date(2024, 7, 15)
SETTINGS = UpliftSettings(100, 20, 10**6, 0.95, 100, 3, 2)
NAME = uplift_model_name("all")


def campaigns(moved: float, count: int = 3000, seed: int = 1) -> pa.Table:
    """Two campaigns; contacts move those with a high `habit` by so much and nobody else. Ten customers of today."""
    random = np.random.default_rng(seed)
    habit = random.random(count)
    treated = random.random(count) < 0.5
    outcome = (random.random(count) < 0.2 + moved * treated * (habit > 0.5)).astype(float)
    now = np.arange(count) >= count - 10
    return pa.table(
        {
            "campaign_id": pa.array(np.where(now, None, np.where(np.arange(count) % 2, "a", "b")), pa.string()),
            "customer_id": [f"p{n}" for n in range(count)],
            "as_of_date": pa.array([AS_OF] * count, pa.date32()),
            "objective": ["retention"] * count,
            "is_treated": pa.array(treated, mask=now),
            "outcome": pa.array(outcome, mask=now),
            "habit": habit,
            "noise": pa.array(random.normal(size=count), mask=random.random(count) < 0.2),
        }
    )


def train(store, moved: float, as_of: date = AS_OF, objective: str = "all", seed: int = 1):
    table = campaigns(moved, seed=seed)
    context = {"policy_version": "abc", "code_version": "def"}
    return train_uplift(store, table, objective, as_of, SETTINGS, context, progress=lambda line: None)


@pytest.fixture(scope="module")
def once_trained(empty_database, open_copy):
    store, database = open_copy(empty_database)
    return database, train(store, 0.4)


def test_a_run_records_all_that_a_reader_needs(once_trained, open_copy):
    store = open_copy(once_trained[0])[0]
    version, standing = once_trained[1]
    assert (version.name, standing) == (NAME, CHAMPION)
    client = mlflow.MlflowClient()
    run = client.get_run(version.run_id)
    assert {"qini", "qini_low", "qini_high", "average_uplift", "qini_t_trees", "held_back"} <= run.data.metrics.keys()
    assert {"data_hash", "ml_code_hash", "policy_version", "learner", "trained_as_of"} <= run.data.tags.keys()
    assert {"model_card.md", "qini.png", "qini.json"} <= {file.path for file in client.list_artifacts(run.info.run_id)}
    assert "Qini" in store.read(version, "model_card.md", Path.read_text)
    nested = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{version.run_id}'")
    assert {one.info.run_name for one in nested} == {"t_linear", "t_trees", "x_trees", "transformed_linear"}


def test_what_is_served_tells_who_is_moved(once_trained, open_copy):
    store, (version, _) = open_copy(once_trained[0])[0], once_trained[1]
    table = campaigns(0.4)
    told = effects_of(store, version, table)
    habit = table["habit"].to_numpy()
    assert told[habit > 0.6, 0].mean() == pytest.approx(0.4, abs=0.12)
    assert told[habit < 0.4, 0].mean() == pytest.approx(0.0, abs=0.12)
    assert (told[:, 1] < told[:, 0]).all() and (told[:, 0] < told[:, 2]).all()
    served = mlflow.pyfunc.load_model(version.uri).predict(table.select(["habit", "noise"]).to_pandas())
    assert np.asarray(served) == pytest.approx(told)


def test_the_same_rows_are_not_learnt_again_on_a_later_day(once_trained, open_copy):
    store = open_copy(once_trained[0])[0]
    version, standing = train(store, 0.4, LATER)
    assert (version.version, standing) == ("1", CHAMPION)
    with pytest.raises(NotEnoughHistory, match="no past campaign"):
        train(store, 0.4, objective="win_back")


def test_a_ranking_of_noise_is_recorded_and_never_promoted(store):
    version, standing = train(store, 0.0)
    assert standing == CHALLENGER and store.with_alias(NAME, CHAMPION) is None
    assert version_for(store, NAME, AS_OF) is None
    assert "not distinguishable from chance" in store.versions(NAME)[0].tags["decision"]
    again, standing = train(store, 0.0, LATER)
    assert (again.version, standing) == (version.version, CHALLENGER)
    approve(store, NAME, version.version, "a steward")
    assert version_for(store, NAME, AS_OF).version == version.version, "people have the last word"
