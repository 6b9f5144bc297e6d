"""Segmentations in a real MLflow store: whole, reused, and replaced only when there is something to gain."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import mlflow
import pytest

from ml.errors import NotEnoughHistory
from ml.tracking.run_tags import note_of
from ml.tracking.segment_runs import MODEL_NAME, found_segments, same_policy, train_segments
from ml.tracking.store import CHAMPION
from tests.ml.segments.planted import AS_OF, SETTINGS, planted

LATER, EARLIER = date(2024, 7, 31), date(2024, 5, 31)
CONTEXT = {"policy_version": "abc", "code_version": "def"}


@pytest.fixture(scope="module")
def once_trained(empty_database, open_copy):
    """The database of a store with one version, and what training it returned."""
    store, database = open_copy(empty_database)
    return database, train(store)


@pytest.fixture
def trained_store(once_trained, open_copy):
    return open_copy(once_trained[0])[0]


def train(store, as_of=AS_OF, settings=SETTINGS, seed=1, customers=1200):
    table, _ = planted(customers, seed, as_of)
    return train_segments(store, table, as_of, settings, CONTEXT, progress=lambda line: None)


def test_reading_a_model_leaves_no_copy_on_the_machine(trained_store, once_trained, monkeypatch, tmp_path):
    version = once_trained[1][0]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert found_segments(trained_store, version)
    assert list(tmp_path.iterdir()) == []


def test_a_run_records_all_that_a_reader_needs(trained_store, once_trained):
    version, standing = once_trained[1]
    client = mlflow.MlflowClient()
    run = client.get_run(version.run_id)
    assert (version.name, version.version, standing) == (MODEL_NAME, "1", "champion")
    assert run.info.run_name == "2024-06-30 · segments"
    assert {"segments", "silhouette", "stability", "silhouette_k2", "stability_k7"} <= run.data.metrics.keys()
    assert {"data_hash", "ml_code_hash", "policy_version", "code_version", "trained_as_of"} <= run.data.tags.keys()
    assert {"model_card.md", "sizes.png", "centres.png", "segments.json"} <= {
        file.path for file in client.list_artifacts(run.info.run_id)
    }
    card = trained_store.read(version, "model_card.md", Path.read_text)
    assert "Discount minded" in card and "偏好折扣" in card
    assert run.data.tags["mlflow.note.content"] == note_of(card)


def test_the_registered_model_is_served_by_its_signature(trained_store):
    version = trained_store.with_alias(MODEL_NAME, CHAMPION)
    model = mlflow.pyfunc.load_model(version.uri)
    rows = planted(50)[0].to_pandas()
    features = [column.name for column in model.metadata.signature.inputs]
    assert features == [feature.metric for feature in found_segments(trained_store, version).scaling.features]
    found = model.predict(rows[features].astype(float))
    assert list(found.columns) == [column.name for column in model.metadata.signature.outputs]
    assert found["segment_no"].isin(found_segments(trained_store, version).numbers).all()


def test_an_unchanged_training_reuses_its_version(trained_store):
    version, standing = train(trained_store)
    assert (version.version, standing) == ("1", "champion")
    assert len(trained_store.versions(MODEL_NAME)) == 1


def test_another_month_replaces_nothing_unless_there_is_something_to_gain(trained_store):
    version, standing = train(trained_store, LATER, seed=2)
    assert (version.version, standing) == ("2", "challenger")
    assert trained_store.with_alias(MODEL_NAME, CHAMPION).version == "1"
    assert float(version.tags["judged_metric"]) < float(version.tags["rival_metric"]) + SETTINGS.replace_gain


def test_another_policy_replaces_the_segments(trained_store):
    other = replace(SETTINGS, clusters_from=3, clusters_to=3)
    first = trained_store.with_alias(MODEL_NAME, CHAMPION)
    version, standing = train(trained_store, settings=other)
    assert (version.version, standing) == ("2", "champion")
    table, _ = planted(10)
    assert same_policy(version, table, AS_OF, other) and not same_policy(first, table, AS_OF, other)
    kept = set(found_segments(trained_store, version).numbers) & set(found_segments(trained_store, first).numbers)
    assert kept, "two of three centres lie where they were"


def test_a_model_for_an_earlier_date_serves_that_past_only(trained_store):
    version, standing = train(trained_store, EARLIER, seed=3)
    assert standing == "historical"
    assert trained_store.with_alias(MODEL_NAME, CHAMPION).version == "1"
    numbers = found_segments(trained_store, version).numbers
    assert numbers == tuple(range(1, len(numbers) + 1)), "it has not seen the segments of what came after it"


def test_too_few_customers_leave_no_version(store):
    with pytest.raises(NotEnoughHistory):
        train(store, customers=20)
    assert store.versions(MODEL_NAME) == []
