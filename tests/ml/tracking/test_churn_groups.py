"""A candidate is set beside the champion's recipe in every group, and one group may speak against it."""

from __future__ import annotations

from datetime import date

import mlflow
import pyarrow as pa
import pytest

from ml.churn.features import GROUP
from ml.churn.recipes import RECIPES
from ml.tracking.churn_runs import train_churn
from ml.tracking.rules import Guard, PromotionPolicy
from ml.tracking.store import CHALLENGER, CHAMPION
from tests.ml.churn.simulated_shop import simulated_features

EARLIER, END = date(2022, 3, 31), date(2022, 6, 30)


@pytest.fixture(scope="module")
def shop_of_two_regions():
    shop = simulated_features(customers=300, months=30, seed=2)
    regions = ["north" if int(customer[1:]) % 2 else "south" for customer in shop["customer_id"].to_pylist()]
    return shop.append_column(f"{GROUP}region", pa.array(regions))


def test_one_group_speaks_against_a_candidate_that_is_as_good_over_all(store, shop_of_two_regions, monkeypatch):
    for name in set(RECIPES) - {"logistic_firm"}:
        monkeypatch.delitem(RECIPES, name)
    store.policy = PromotionPolicy(guards=(Guard("groups", "churn", "auc", at_least=0.99, in_each_group=True),))
    for day in (EARLIER, END):
        version, standing = train_churn(store, shop_of_two_regions, 90, day, 10, "log_loss", {}, lambda line: None)
        assert standing == CHAMPION  # as far outside as the champion, which is no objection
    metrics = mlflow.MlflowClient().get_run(version.run_id).data.metrics
    for region in ("north", "south"):
        assert metrics[f"by_region/{region}/auc"] == metrics[f"rival_by_region/{region}/auc"] < 0.99
        assert metrics[f"by_region/{region}/customers"] >= 30
    assert {file.path for file in mlflow.MlflowClient().list_artifacts(version.run_id)} >= {"auc_by_group.png"}
    store.policy = PromotionPolicy(
        guards=(Guard("groups", "churn", "auc", worse_by_at_most=-0.001, in_each_group=True),)
    )
    version, standing = train_churn(store, shop_of_two_regions, 90, END, 11, "log_loss", {}, lambda line: None)
    assert standing == CHALLENGER
    assert "region north: auc" in store.versions("churn_90d")[-1].tags["decision"]
