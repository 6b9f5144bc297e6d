"""Models of purchases in a real MLflow store: whole, served by their signature, and replaced by what is better."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ml.errors import NotEnoughHistory
from ml.next_purchase import probabilities
from ml.next_purchase.categories import FEATURES
from ml.recommendation import Range
from ml.tracking.propensity_runs import figures_of, train_propensity
from ml.tracking.recommendation_runs import list_settings, train_recommendations
from ml.tracking.store import CHALLENGER, CHAMPION
from tests.ml.recommendation.test_lists import NEVER, history

AS_OF = date(2024, 6, 30)
CONTEXT = {"policy_version": "abc", "code_version": "def"}
PROPENSITY = {"probability_days": 30, "training_rows": 100_000}
LISTS = {"list_length": 5, "neighbours": 20, "hold_out_days": 60, "unsold_days": 400}
DAYS = (AS_OF - date(1970, 1, 1)).days - 1000  # the planted history ends on its day 1000


def quiet(line):
    pass


def planted_pairs(seed: int, pairs: int = 6000, is_noise: bool = False) -> pa.Table:
    """Pairs that are bought again the likelier the more days they have and the later the last one was, or by chance."""
    random = np.random.default_rng(seed)
    told = pd.DataFrame({name: random.gamma(2, 40, pairs).round() for name in FEATURES})
    told["category_days"], told["days_bought"] = random.poisson(3, pairs), 3 + random.poisson(5, pairs)
    told["category_share"], told["tenure_days"] = random.random(pairs), 400 + told["tenure_days"]
    chance = 1 / (1 + np.exp(1 + 0.02 * told["category_recency_days"] - 0.7 * told["category_days"]))
    told.loc[random.random(pairs) < 0.2, "own_gap_days"] = np.nan
    bought = random.random(pairs) < (0.3 if is_noise else chance)
    told["customer_id"], told["category"] = (
        [f"c{n // 3:05d}" for n in range(pairs)],
        [f"k{n % 3}" for n in range(pairs)],
    )
    told["has_bought_after"], told["is_next"] = bought, bought
    told["next_purchase_on"] = np.where(told.groupby("customer_id").has_bought_after.transform("any"), AS_OF, None)
    return pa.Table.from_pandas(told, preserve_index=False)


def propensity(store, as_of=AS_OF, seed=1, settings=PROPENSITY, **planted):
    training, judged = planted_pairs(seed, **planted), planted_pairs(seed + 50)
    return train_propensity(store, training, judged, as_of, settings, CONTEXT, quiet)


def lists(store, as_of=AS_OF, settings=LISTS, customers=400):
    bought = history(customers=customers)
    moved = replace(bought, day=bought.day + DAYS)
    return train_recommendations(store, moved, Range(400, np.full(60, NEVER)), as_of, settings, CONTEXT, quiet)


@pytest.mark.parametrize(("train", "name", "figures", "files"), [
    (propensity, "propensity", {"auc", "log_loss", "rule_auc", "calibration_slope"}, {"calibration.png", "lift.png"}),
    (lists, "recommendations", {"hit_rate", "popularity_hit_rate", "own_repeats_hit_rate"},
     {"hit_rate.png", "recommendations.json"}),
])  # fmt: skip
def test_a_run_records_all_that_a_reader_needs(store, train, name, figures, files):
    version, standing = train(store)
    assert (version.name, version.version, standing) == (name, "1", CHAMPION)
    client = mlflow.MlflowClient()
    run = client.get_run(version.run_id)
    assert run.info.run_name == f"2024-06-30 · {name}"
    assert figures <= run.data.metrics.keys()
    assert {"data_hash", "ml_code_hash", "policy_version", "judged_from", "trained_as_of"} <= run.data.tags.keys()
    kept = {file.path: file.file_size for file in client.list_artifacts(run.info.run_id)}
    assert kept.keys() == {"model_card.md"} | files
    assert sum(kept.values()) < 200_000
    assert run.inputs.dataset_inputs[0].dataset.digest == run.data.tags["data_hash"]
    again, standing = train(store)
    assert (again.version, standing) == ("1", CHAMPION), "an unchanged training reuses its version"


def test_probabilities_are_served_by_their_signature(store):
    version, _ = propensity(store)
    model, pairs = mlflow.pyfunc.load_model(version.uri), planted_pairs(7)
    names = [column.name for column in model.metadata.signature.inputs]
    served = np.asarray(model.predict(pairs.select(names).to_pandas().astype(float)))[:, 1]
    np.testing.assert_allclose(served, probabilities(store.load_classifier(version), pairs), atol=1e-9)
    figures, span = figures_of(store, version)
    assert span == (date(2024, 6, 1), AS_OF)
    assert figures["auc"] > figures["rule_auc"] > 0.5


def test_a_champion_is_judged_on_what_it_had_not_seen(store):
    first, _ = propensity(store, AS_OF - timedelta(days=40))
    soon, standing = propensity(store, AS_OF - timedelta(days=20), seed=2)
    assert standing == CHALLENGER and "rival_log_loss" not in store.metrics(soon)
    worse, standing = propensity(store, AS_OF, seed=3, is_noise=True)
    metrics = store.metrics(worse)
    assert metrics["rival_log_loss"] < metrics["log_loss"] and standing == CHALLENGER
    assert f"of version {first.version}: not better" in store.versions("propensity")[-1].tags["decision"]
    better, standing = propensity(store, AS_OF, seed=3, pairs=30_000)
    metrics = store.metrics(better)
    assert (standing == CHAMPION) == (metrics["log_loss"] <= metrics["rival_log_loss"])
    other = PROPENSITY | {"training_rows": 5000}
    assert propensity(store, AS_OF + timedelta(days=1), settings=other)[1] == CHAMPION, "the policy is another"
    later, another = AS_OF + timedelta(days=60), PROPENSITY | {"training_rows": 6000}
    worse, standing = propensity(store, later, seed=3, settings=another, is_noise=True)
    assert standing == CHAMPION and "rival_log_loss" not in store.metrics(worse), "the policy is another, however good"


def test_lists_are_served_and_a_blend_is_set_beside_the_champions(store):
    version, _ = lists(store)
    rows = pd.DataFrame(
        {"customer_id": ["a", "a", "b", "b", "c"], "product_id": ["p", "q", "p", "q", "p"], "day": [1, 2, 3, 4, 5]}
    ).assign(is_return=False)
    model = mlflow.pyfunc.load_model(version.uri)
    told = model.predict(rows.astype({"day": "int64"}))
    assert list(told.columns) == [column.name for column in model.metadata.signature.outputs]
    assert set(told[told.customer_id == "c"].product_id) == {"p", "q"}
    assert list_settings(store, version).list_length == 5
    later, standing = lists(store, AS_OF + timedelta(days=1))
    metrics = store.metrics(later)
    assert (standing == CHAMPION) == (metrics["hit_rate"] >= metrics["rival_hit_rate"])
    wider, standing = lists(store, AS_OF + timedelta(days=2), LISTS | {"list_length": 8})
    assert standing == CHAMPION and "rival_hit_rate" not in store.metrics(wider), "the policy is another"


def test_too_little_makes_no_version(store):
    with pytest.raises(NotEnoughHistory, match="30 are needed"):
        lists(store, customers=20)
    with pytest.raises(NotEnoughHistory, match="50 must be"):
        propensity(store, pairs=20)
    training, silent = planted_pairs(1), planted_pairs(51)
    nobody = pa.array([False] * silent.num_rows)
    silent = silent.set_column(silent.column_names.index("has_bought_after"), "has_bought_after", nobody)
    with pytest.raises(NotEnoughHistory, match="0 were bought"):
        train_propensity(store, training, silent, AS_OF, PROPENSITY, CONTEXT, quiet)
    assert store.names() == []
