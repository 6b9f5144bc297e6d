"""Lifetime-value runs in a real MLflow store."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import mlflow
import pytest

from ml.clv.families import ChoiceRule
from ml.clv.served import FITS_FILE, read_fits
from ml.errors import NotEnoughHistory
from ml.tracking.value_runs import train_value

FIRST, LAST = date(2021, 3, 31), date(2021, 6, 30)
SETTINGS = {"horizon_days": 365, "annual_discount_rate": 0.1, "margin_rate": 0.25, "interval_level": 0.95}

RULE = ChoiceRule(("bgnbd", "mbgnbd", "pnbd", "machine"), ("mae", "rmse", "bias", "spend_gini"), 0.0, 0.1, 0.05)


def train(store, summaries, as_of=LAST, settings=SETTINGS):
    return train_value(store, summaries, as_of, settings, RULE, {"policy_version": "abc"}, progress=lambda line: None)


@pytest.fixture(scope="module")
def once_trained(empty_database, open_copy, summaries):
    """The database of a store with one version, trained for LAST, and what training it returned."""
    store, database = open_copy(empty_database)
    return database, train(store, summaries)


@pytest.fixture
def trained_store(once_trained, open_copy):
    return open_copy(once_trained[0])[0]


def test_a_version_holds_the_fits_of_every_date(trained_store, once_trained):
    version, standing = once_trained[1]
    settings, fits = trained_store.read(version, FITS_FILE, read_fits)
    assert standing == "champion"
    assert settings == SETTINGS
    assert list(fits) == [FIRST, LAST]
    artifacts = {file.path for file in mlflow.MlflowClient().list_artifacts(version.run_id)}
    assert {"model_card.md", "tracking.png", "frequency_fit.png", "value_distribution.png"} <= artifacts
    assert {"bgnbd_r", "bgnbd_log_likelihood", "gg_p", "holdout_mae"} <= trained_store.metrics(version).keys()


def test_every_candidate_has_a_run_below_with_its_figures_and_plots(trained_store, once_trained):
    version, _ = once_trained[1]
    client = mlflow.MlflowClient()
    run = client.get_run(version.run_id)
    family = run.data.params["model_family"]
    assert run.data.tags["choice"].startswith(family)
    below = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{version.run_id}'")
    assert {one.data.params["family"] for one in below} == {"bgnbd", "mbgnbd", "pnbd"}
    champions = [one.data.params["family"] for one in below if one.data.tags["is_champion"] == "true"]
    assert champions == [family]
    for one in below:
        name = one.data.params["family"]
        for figure in ("mae", "bias", "tracking_error", "spend_gini", "spend_calibration_error"):
            assert one.data.metrics[f"holdout_{figure}"] == run.data.metrics[f"holdout_{name}_{figure}"]
        plots = {file.path for file in client.list_artifacts(one.info.run_id)}
        assert plots == {"calibration.png", "spend_calibration.png", "holdout_tracking.png"}
    plots = {file.path for file in client.list_artifacts(version.run_id)}
    assert {"calibration.png", "spend_calibration.png", "holdout_tracking.png", "survival.png"} <= plots


def test_unchanged_trainings_reuse_and_changed_policies_do_not(trained_store, summaries):
    assert train(trained_store, summaries)[0].version == "1"
    assert train(trained_store, summaries, settings=SETTINGS | {"margin_rate": 0.3})[0].version == "2"


def test_an_earlier_date_never_replaces_the_champion(trained_store, summaries):
    assert train(trained_store, summaries, FIRST)[1] == "historical"


def test_no_repeat_purchase_at_all_is_said(store, summaries):
    once = summaries.filter([count == 0 for count in summaries["frequency"].to_pylist()])
    with pytest.raises(NotEnoughHistory, match=r"0 of .* customers bought again"):
        train(store, once)
    assert store.versions("clv") == []


def test_the_model_is_served_without_this_project_on_the_path(trained_store, once_trained, tmp_path):
    version, _ = once_trained[1]
    artifacts = mlflow.artifacts.download_artifacts(version.uri, dst_path=str(tmp_path / "model"))
    program = (
        "import mlflow.pyfunc, pandas as pd, sys\n"
        "model = mlflow.pyfunc.load_model(sys.argv[1])\n"
        "rows = pd.DataFrame({'frequency': [0, 3], 'recency_days': [0.0, 60.0], 'age_days': [100.0, 100.0],"
        " 'monetary_value': [float('nan'), 20.0]})\n"
        "print(model.predict(rows).clv_12m.gt(0).all())\n"
    )
    command = [sys.executable, "-c", program, artifacts]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
