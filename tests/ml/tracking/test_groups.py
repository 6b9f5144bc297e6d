"""Figures by group have names that can be taken apart again, and a drawing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.tracking.groups import GroupMetric, group_metric, group_metrics, split_group_metric
from ml.tracking.plots import plot_groups

TABLE = pd.DataFrame(
    {
        "grouping": ["region", "region", "gender"],
        "group": ["华东", "n/a", "f"],
        "customers": [120, 30, 99],
        "auc": [0.8, np.nan, 0.7],
    }
)


def test_a_name_has_its_parts_and_only_such_names():
    assert split_group_metric(group_metric("age_band", "18-25", "auc")) == GroupMetric("age_band", "18-25", "auc")
    assert split_group_metric("by_region/north") is None
    assert split_group_metric("rival_by_region/north/auc") is None
    assert split_group_metric("auc") is None


def test_strokes_become_dashes_and_unknown_figures_are_left_out(store):
    metrics = group_metrics(TABLE)
    assert metrics == {
        "by_region/华东/customers": 120.0,
        "by_region/华东/auc": 0.8,
        "by_region/n-a/customers": 30.0,
        "by_gender/f/customers": 99.0,
        "by_gender/f/auc": 0.7,
    }
    assert len(metrics) == len({split_group_metric(name) for name in metrics})


def test_mlflow_takes_the_names(store):
    import mlflow

    client, long = mlflow.MlflowClient(), '茶 "tea" 🍵 ' * 1_000
    table = pd.concat([TABLE, TABLE[:2].assign(grouping="account_group", group=[f"{long}1", f"{long}2"])])
    metrics = {f"rival_{name}": value for name, value in group_metrics(table).items()}
    assert len(metrics) == 5 + 3, "what differs at its end only has names of its own"
    run = client.create_run(client.create_experiment("churn_90d"))
    for name, value in metrics.items():
        client.log_metric(run.info.run_id, name, value)
    assert client.get_run(run.info.run_id).data.metrics == metrics
    longest = group_metric("account_group", long, "calibration_slope")
    assert split_group_metric(longest).grouping == "account_group"


def test_the_drawing_is_the_same_bytes_twice(tmp_path):
    for name in ("first.png", "second.png"):
        plot_groups(TABLE.replace({"华东": "east"}), "auc", 0.75, tmp_path / name)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert (tmp_path / "first.png").read_bytes().startswith(b"\x89PNG")
