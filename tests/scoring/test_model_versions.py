"""People over versions: a rollback that the next scoring picks up, an approval that is awaited, versions that go."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlparse

import mlflow
import pytest

from include.cli.main import main
from include.scoring.scores import score_customers
from include.scoring.training import open_store, train_models
from include.scoring.versions import list_versions, retire_versions
from include.warehouse.connection import open_warehouse
from include.workspace import PROJECT_ROOT, Workspace
from ml.tracking.promotion import approve
from ml.tracking.store import CHAMPION, PENDING
from tests.scoring.conftest import AS_OF, fill
from tests.two_recipes import two_recipes

EARLIER = date(2020, 10, 31)
CONTEXT = {"code_version": "abc", "reason": "by hand"}


@pytest.fixture(scope="module", autouse=True)
def short_trainings():
    with two_recipes():
        yield


def score(workspace, as_of=AS_OF):
    score_customers(workspace, as_of, CONTEXT, progress=lambda line: None)


def train(workspace, as_of=AS_OF):
    return {one.model_name: one for one in train_models(workspace, as_of, CONTEXT, progress=lambda line: None)}


def query(workspace, sql, *values):
    with open_warehouse(workspace, read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def scored_by(workspace, table, as_of=AS_OF):
    name = {"churn_scores": "churn_90d", "clv_scores": "clv"}[table]
    sql = f"select distinct model_version from scores.{table} where as_of_date = ? and model_name = ?"
    return [version for (version,) in query(workspace, sql, as_of, name)]


@pytest.fixture(scope="module")
def twice_trained(shared_home):
    """A workspace with a version of each model for EARLIER, and one for AS_OF that is the champion."""
    workspace = fill(Workspace("twice", ()))
    workspace.register()
    train(workspace, EARLIER)
    train(workspace, AS_OF)
    score(workspace)
    return workspace


def test_the_next_scoring_run_picks_a_rollback_up_and_the_next_training_leaves_it(twice_trained, capsys):
    workspace = twice_trained
    assert (scored_by(workspace, "churn_scores"), scored_by(workspace, "clv_scores")) == (["2"], ["2"])
    store = open_store(workspace)
    before = query(workspace, "select sum(clv_12m) from scores.clv_scores where as_of_date = ?", AS_OF)
    client = mlflow.MlflowClient()
    for name in ("churn_90d", "clv"):
        client.set_registered_model_alias(name, CHAMPION, "1")
    score(workspace)
    assert (scored_by(workspace, "churn_scores"), scored_by(workspace, "clv_scores")) == (["1"], ["1"])
    assert query(workspace, "select sum(clv_12m) from scores.clv_scores where as_of_date = ?", AS_OF) != before
    again = train(workspace)
    assert (again["churn_90d"].version, again["churn_90d"].standing) == ("2", "withdrawn")
    assert (again["clv"].version, again["clv"].standing) == ("2", "withdrawn")
    assert store.with_alias("churn_90d", CHAMPION).version == "1"
    assert main(["models", "--workspace", "twice", "promote", "churn_90d", "2", "--by", "Ada"]) == 0
    assert main(["models", "--workspace", "twice", "promote", "clv", "2", "--by", "Ada"]) == 0
    assert "the next run scores with it" in capsys.readouterr().out
    score(workspace)
    assert (scored_by(workspace, "churn_scores"), scored_by(workspace, "clv_scores")) == (["2"], ["2"])
    assert query(workspace, "select sum(clv_12m) from scores.clv_scores where as_of_date = ?", AS_OF) == before


def test_a_registered_version_scores_the_same_bytes_in_a_fresh_process(twice_trained):
    program = (
        "from datetime import date\n"
        "from include.scoring.inputs import read_inputs\n"
        "from include.warehouse.connection import open_warehouse\n"
        "from include.workspace import Workspace\n"
        "from include.scoring.training import open_store\n"
        "from ml.churn.scoring import score_churn\n"
        "from ml.tracking.churn_runs import trained_features\n"
        "from ml.tracking.promotion import version_for\n"
        "import pyarrow.compute as pc\n"
        "import sys\n"
        "workspace, day = Workspace('twice', ()), date.fromisoformat(sys.argv[1])\n"
        "with open_warehouse(workspace, read_only=True) as connection:\n"
        "    features, _ = read_inputs(connection, day)\n"
        "rows = features.filter(pc.equal(features['as_of_date'], day))\n"
        "store = open_store(workspace)\n"
        "version = version_for(store, 'churn_90d', day)\n"
        "scores = score_churn(store.load_classifier(version), trained_features(version), rows)\n"
        "for one in scores['churn_probability'].to_pylist(): print(repr(one))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    command = [sys.executable, "-c", program, AS_OF.isoformat()]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sql = (
        "select churn_probability from scores.churn_scores where as_of_date = ? and lead_days = 90 order by customer_id"
    )
    assert done.stdout.split() == [repr(one) for (one,) in query(twice_trained, sql, AS_OF)]


def test_a_run_says_what_why_and_where_from(twice_trained):
    store = open_store(twice_trained)
    version = store.with_alias("churn_90d", CHAMPION)
    run = mlflow.MlflowClient().get_run(version.run_id)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT_ROOT, capture_output=True, text=True).stdout
    assert run.info.run_name == f"{AS_OF} · by hand · churn_90d"
    assert run.data.tags["mlflow.source.git.commit"] == run.data.tags["git_commit"] == commit.strip()
    assert (run.data.tags["workspace"], run.data.tags["standing"]) == ("twice", CHAMPION)
    assert [one.dataset.digest for one in run.inputs.dataset_inputs] == [version.tags["data_hash"]]


def test_a_version_that_waits_scores_nothing_until_a_steward_approves(shared_home, capsys):
    workspace = fill(Workspace("careful", ()))
    with open_warehouse(workspace) as connection:
        connection.execute("update policy.model_promotion set require_approval = true where model = 'churn'")
    score(workspace)
    rows = query(workspace, "select distinct model_version, score_reason from scores.churn_scores where lead_days = 90")
    assert rows == [(None, "version 1 waits for a steward's approval: tierworks models promote churn_90d 1")]
    assert scored_by(workspace, "clv_scores") == ["1"]
    assert open_store(workspace).with_alias("churn_90d", PENDING).version == "1"
    approve(open_store(workspace), "churn_90d", "1", "Ada")
    score(workspace)
    assert scored_by(workspace, "churn_scores") == ["1"]


def test_old_versions_retire_and_those_that_are_needed_stay(shared_home, capsys):
    workspace = fill(Workspace("many", ()))
    days = [day for (day,) in query(workspace, "select as_of_date from ops.as_of_dates order by 1")][-3:]
    with open_warehouse(workspace) as connection:
        connection.execute("update policy.churn_settings set leads = []")
    for day in days:
        train(workspace, day)
    store, client = open_store(workspace), mlflow.MlflowClient()
    files = {
        version.version: Path(urlparse(client.get_logged_model(_model_id(client, version)).artifact_location).path)
        for version in store.versions("clv")
    }
    assert all(place.is_dir() for place in files.values())
    with open_warehouse(workspace) as connection:
        connection.execute("update policy.model_settings set keep_versions = 1")
        connection.execute("delete from ops.as_of_dates where as_of_date not in (?, ?)", [days[0], days[-1]])
    gone = retire_versions(workspace, progress=lambda line: None)
    assert gone == ["clv 2"]
    kept = [one.version for one in list_versions(workspace, "clv")]
    assert kept == ["3", "1"]  # the champion, and the one that scores the earliest date
    assert {number for number, place in files.items() if place.exists()} == {"1", "3"}
    workspace.register()
    assert main(["models", "--workspace", "many", "retire"]) == 0
    assert "0 versions retired; the newest 1 of each model stay" in capsys.readouterr().out
    run = client.get_run(_run_of(client, "2"))
    assert (run.info.lifecycle_stage, run.data.tags["standing"]) == ("active", "retired")
    assert "customers" in run.data.metrics


def test_listing_shows_standing_figures_and_the_reason(twice_trained, capsys):
    twice_trained.register()
    assert main(["models", "--workspace", "twice", "--model", "churn_90d"]) == 0
    told = capsys.readouterr().out
    assert f"2  {AS_OF}  champion" in told
    assert "auc 0." in told
    assert main(["models", "--workspace", "twice", "--model", "chrun"]) == 1
    assert "has no model called chrun" in capsys.readouterr().err
    assert main(["models", "--workspace", "twice", "rollback", "churn_90d", "2", "--by", "Ada"]) == 1
    assert "version 2 is no earlier one. Use promote." in capsys.readouterr().err


def _model_id(client, version) -> str:
    return client.get_model_version(version.name, version.version).source.removeprefix("models:/")


def _run_of(client, order: str) -> str:
    """The run that made the version of that number: of as many runs, that of the earliest date and so on."""
    runs = client.search_runs([client.get_experiment_by_name("clv").experiment_id])
    runs = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]  # those below are of its candidates
    return sorted(runs, key=lambda run: run.data.tags["trained_as_of"])[int(order) - 1].info.run_id
