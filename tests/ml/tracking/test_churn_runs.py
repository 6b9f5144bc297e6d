"""Churn runs in a real MLflow store: whole, comparable, reused, and replaced only by something no worse."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from ml.churn import training
from ml.churn.recipes import RECIPES
from ml.tracking import churn_runs
from ml.tracking.churn_runs import train_churn, trained_features
from ml.tracking.promotion import promote, version_for
from ml.tracking.run_tags import note_of
from ml.tracking.store import CHALLENGER, CHAMPION
from tests.ml.churn.simulated_shop import simulated_features
from tests.two_recipes import two_recipes

END, EARLIER = date(2022, 6, 30), date(2022, 3, 31)
CONTEXT = {"policy_version": "abc", "code_version": "def"}


@pytest.fixture(scope="module")
def small_shop():
    return simulated_features(customers=300, months=30, seed=2)


@pytest.fixture(scope="module", autouse=True)
def short_trainings():
    with two_recipes():
        yield


@pytest.fixture(scope="module")
def once_trained(empty_database, open_copy, small_shop, short_trainings):
    """The database of a store with one version, trained for END, and what training it returned."""
    store, database = open_copy(empty_database)
    return database, train(store, small_shop)


@pytest.fixture
def trained_store(once_trained, open_copy):
    return open_copy(once_trained[0])[0]


def train(store, shop, as_of=END, metric="log_loss"):
    return train_churn(store, shop, 90, as_of, 10, metric, CONTEXT, progress=lambda line: None)


def test_a_run_records_all_that_a_reader_needs(trained_store, once_trained):
    version, standing = once_trained[1]
    client = mlflow.MlflowClient()
    run = client.get_run(version.run_id)
    assert (version.name, version.version, standing) == ("churn_90d", "1", "champion")
    assert run.info.status == "FINISHED"
    assert {"auc", "auc_lower", "auc_upper", "log_loss", "brier", "accuracy", "base_rate"} <= run.data.metrics.keys()
    assert {"rule_auc", "train_positives", "judged_positives", "lift_top_decile"} <= run.data.metrics.keys()
    assert {"data_hash", "ml_code_hash", "policy_version", "code_version", "trained_as_of"} <= run.data.tags.keys()
    assert {"model_card.md", "calibration.png", "lift.png", "survival.png", "auc_by_date.png", "competitors.csv"} <= {
        file.path for file in client.list_artifacts(run.info.run_id)
    }
    card = trained_store.read(version, "model_card.md", Path.read_text)
    tried = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    assert {one.data.params["recipe"] for one in tried} == {"logistic_firm", "boosting_slow"}
    assert all("fold_log_loss" in one.data.metrics for one in tried)
    assert {"constant_log_loss", "rule_brier"} <= run.data.metrics.keys()
    assert "## Beside what it must beat" in card
    assert "refitted on all" in card
    assert "2021-12-31" in card
    assert run.data.tags["mlflow.note.content"] == note_of(card)
    assert client.get_model_version(version.name, version.version).description == card[:5000]


def test_the_registered_model_is_served_as_it_was_trained(trained_store, small_shop):
    version = trained_store.with_alias("churn_90d", CHAMPION)
    model = mlflow.pyfunc.load_model(version.uri)
    rows = small_shop.select(trained_features(version)).slice(0, 50).to_pandas()
    assert [column.name for column in model.metadata.signature.inputs] == trained_features(version)
    own = trained_store.load_classifier(version).predict_proba(rows.to_numpy())
    assert (model.predict(rows) == own).all()


@pytest.mark.verify
def test_a_fresh_process_scores_the_same(once_trained, trained_store, small_shop, tmp_path):
    """The registered model brings its code along: it is loaded in an empty folder, isolated from this project."""
    version = trained_store.with_alias("churn_90d", CHAMPION)
    rows = small_shop.select(trained_features(version)).slice(0, 200).to_pandas()
    rows.to_parquet(tmp_path / "rows.parquet")
    script = (
        "import mlflow, pandas as pd\n"
        f"mlflow.set_tracking_uri({mlflow.get_tracking_uri()!r})\n"
        f"model = mlflow.pyfunc.load_model({version.uri!r})\n"
        "pd.DataFrame(model.predict(pd.read_parquet('rows.parquet'))).to_csv('scores.csv', index=False)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, check=True)
    found = pd.read_csv(tmp_path / "scores.csv").to_numpy()
    own = trained_store.load_classifier(version).predict_proba(rows.to_numpy())
    assert found == pytest.approx(own, abs=1e-15)


def test_an_unchanged_training_reuses_its_version(trained_store, small_shop):
    again, standing = train(trained_store, small_shop.take(list(range(small_shop.num_rows))[::-1]))
    assert (again.version, standing) == ("1", "champion")
    assert len(trained_store.versions("churn_90d")) == 1
    changed, _ = train(trained_store, small_shop, metric="brier")
    assert changed.version == "2"


def test_a_worse_candidate_stays_challenger_and_one_no_worse_replaces(store, small_shop, monkeypatch):
    def hardly_fitted(features):
        return RECIPES["logistic_firm"](features).set_params(logisticregression__C=1e-9)

    monkeypatch.delitem(RECIPES, "boosting_slow")
    first, _ = train(store, small_shop, EARLIER)
    with monkeypatch.context() as forced:
        forced.setitem(RECIPES, "hardly_fitted", hardly_fitted)
        forced.setattr(training, "_best", lambda folds: "hardly_fitted")
        candidate, standing = train(store, small_shop, END)
    assert standing == CHALLENGER
    assert float(candidate.tags["judged_metric"]) > float(candidate.tags["rival_metric"])
    assert store.with_alias("churn_90d", CHAMPION) == first
    newer, standing = train(store, small_shop, END, metric="brier")
    assert standing == CHAMPION
    assert store.with_alias("churn_90d", CHAMPION) == newer


def test_a_past_date_is_scored_by_what_was_trained_by_then(trained_store, small_shop):
    store, late = trained_store, trained_store.with_alias("churn_90d", CHAMPION)
    assert version_for(store, "churn_90d", END) == late
    assert version_for(store, "churn_90d", EARLIER) is None
    early, standing = train(store, small_shop, EARLIER)
    assert standing == "historical"
    assert version_for(store, "churn_90d", EARLIER) == early
    assert version_for(store, "churn_90d", END) == late


def test_a_kill_before_the_alias_is_mended_by_the_next_run(store, small_shop, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(churn_runs, "promote", _kill)
        with pytest.raises(KeyboardInterrupt):
            train(store, small_shop)
    assert store.with_alias("churn_90d", CHAMPION) is None
    version, standing = train(store, small_shop)
    assert (version.version, standing) == ("1", "champion")


def test_a_kill_within_the_run_leaves_no_version(store, small_shop, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(mlflow.sklearn, "log_model", _kill)
        with pytest.raises(KeyboardInterrupt):
            train(store, small_shop)
    assert store.versions("churn_90d") == []
    version, standing = train(store, small_shop)
    assert (version.version, standing) == ("1", "champion")


def test_runs_of_killed_processes_are_closed(store):
    client = mlflow.MlflowClient()
    run = client.create_run(client.create_experiment("churn_90d"))
    assert store.close_abandoned_runs() == 1
    assert client.get_run(run.info.run_id).info.status == "KILLED"
    assert store.close_abandoned_runs() == 0


def test_promoting_twice_changes_nothing(trained_store):
    version = trained_store.with_alias("churn_90d", CHAMPION)
    assert promote(trained_store, version, better=False) == CHAMPION
    assert trained_store.with_alias("churn_90d", CHALLENGER) is None


def _kill(*arguments, **named):
    raise KeyboardInterrupt
