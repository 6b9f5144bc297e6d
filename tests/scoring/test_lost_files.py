"""Files of registered models that are gone or damaged: the message says so, and the next training makes them anew."""

from __future__ import annotations

import pytest

from include.scoring.scores import score_customers
from include.scoring.training import train_models
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.errors import LostFiles
from tests.scoring.conftest import AS_OF, fill
from tests.two_recipes import two_recipes

SCORES = {
    "churn_scores": "churn_probability, reason_1",
    "clv_scores": "as_of_date, clv_12m, clv_12m_high",
    "customer_segments": "segment_no, clearness",
}


def quiet(line):
    pass


def scored(workspace):
    score_customers(workspace, AS_OF, {"code_version": "abc"}, quiet)
    with open_warehouse(workspace, read_only=True) as connection:
        rows, versions = {}, {}
        for table, columns in SCORES.items():
            sql = f"select customer_id, {columns} from scores.{table} order by all"
            rows[table] = connection.execute(sql).fetchall()
            sql = f"select distinct model_version from scores.{table} where model_version is not null"
            versions[table] = connection.execute(sql).fetchall()
        return rows, versions


def damage(path, how):
    if how == "lost":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_training_makes_anew_what_scoring_cannot_read(shared_home):
    with two_recipes():
        workspace = fill(Workspace("damaged", ()))
        before, versions = scored(workspace)
        assert all(found == [("1",)] for found in versions.values())
        of_runs = {path.name: path for path in workspace.mlflow_artifacts.glob("*/*/artifacts/*.json")}
        fits, segments = of_runs["fits.json"], of_runs["segments.json"]
        (model,) = workspace.mlflow_artifacts.rglob("model.skops")
        for path, how, name in (
            (model, "cut", "churn_90d version 1: its model"),
            (segments, "cut", "segments version 1: its segments.json"),
        ):
            whole = path.read_bytes()
            damage(path, how)
            with pytest.raises(LostFiles, match=f"{name} cannot be read"):
                scored(workspace)
            path.write_bytes(whole)
        # Lifetime value is fitted at every scoring, and figures of a model are no reason to score nobody.
        for path in (fits, *workspace.mlflow_artifacts.rglob("calibration.json")):
            damage(path, "cut")
        rows, versions = scored(workspace)
        assert (rows, versions["clv_scores"]) == (before, [("2",)])
        for path in (model, segments):
            damage(path, "lost")
        standings = {one.model_name: (one.version, one.standing) for one in train_models(workspace, AS_OF, {}, quiet)}
        assert {standings[name] for name in ("churn_90d", "segments")} == {("2", "champion")}
        rows, versions = scored(workspace)
        assert rows == before
        assert all(found == [("2",)] for found in versions.values())
