"""Segments against planted ways of buying: their number, their members, their numbers and names from model to model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB

from ml.errors import NotEnoughHistory
from ml.segments import score_segments, train_segment_model
from ml.segments.clusters import Candidate, choose_number, nearest
from ml.segments.features import Feature
from ml.segments.model import read_model, write_model
from ml.segments.served import SegmentFinder
from tests.ml.segments.planted import AS_OF, FEATURES, SETTINGS, WAYS, planted

LATER = date(2024, 7, 31)


@pytest.fixture(scope="module")
def shop():
    return planted(3000)


@pytest.fixture(scope="module")
def training(shop):
    return train_segment_model(shop[0], AS_OF, SETTINGS)


def test_the_planted_ways_are_found(shop, training):
    table, ways = shop
    found = score_segments(training.model, table)["segment_no"].to_numpy()
    agreement = adjusted_rand_score(ways, found)
    print(f"adjusted Rand index with the planted ways: {agreement:.3f}")
    assert training.chosen.clusters == len(WAYS)
    assert agreement > 0.95
    assert training.chosen.stability > 0.95
    assert training.sizes.sum() == table.num_rows
    assert list(training.sizes) == sorted(training.sizes, reverse=True)


def test_ways_that_overlap_are_found_nearly_as_well_as_by_one_who_knows_them():
    """The knower is a classifier taught with the ways of nine tenths of the customers, judged on the last tenth."""
    table, ways = planted(3000, spread=1.0)
    model = train_segment_model(table, AS_OF, SETTINGS).model
    found = adjusted_rand_score(ways, score_segments(model, table)["segment_no"].to_numpy())
    knower = cross_val_predict(GaussianNB(), model.scaling.apply(table), ways, cv=10)
    known = adjusted_rand_score(ways, knower)
    print(f"adjusted Rand index with overlapping ways: {found:.3f}, of one who knows them {known:.3f}")
    assert found > 0.8 * known


def test_names_tell_what_was_planted(shop, training):
    table, ways = shop
    found = score_segments(training.model, table)["segment_no"].to_numpy()
    names = dict(zip(training.model.numbers, training.model.names, strict=True))
    of_way = {way: names[np.bincount(found[ways == way]).argmax()] for way in WAYS}
    assert "Frequent" in of_way["regular"].en and "高频" in of_way["regular"].zh
    assert of_way["big"].en.startswith("Big baskets") and of_way["big"].zh.startswith("大额")
    assert of_way["bargain"].en.startswith("Discount minded")
    assert "ong silent" in of_way["gone"].en and "久未购买" in of_way["gone"].zh
    assert len({name.en for name in names.values()}) == len({name.zh for name in names.values()}) == len(WAYS)


def test_the_same_customers_give_the_same_bytes(shop, training, tmp_path):
    again = train_segment_model(shop[0], AS_OF, SETTINGS)
    for place, model in (("one", training.model), ("two", again.model)):
        (tmp_path / place).mkdir()
        write_model(model, tmp_path / place)
    assert (tmp_path / "one/segments.json").read_bytes() == (tmp_path / "two/segments.json").read_bytes()
    kept = read_model(tmp_path / "one/segments.json")
    assert score_segments(kept, shop[0]).equals(score_segments(training.model, shop[0]))


def test_the_order_of_rows_is_of_no_matter(shop, training):
    shuffled = shop[0].take(np.random.default_rng(3).permutation(shop[0].num_rows))
    assert np.array_equal(train_segment_model(shuffled, AS_OF, SETTINGS).model.centres, training.model.centres)


def test_segments_keep_their_numbers_when_all_customers_are_others(training):
    """Other customers of the same ways in other shares: largest first would have renumbered them."""
    table, ways = planted(3000, seed=9, as_of=LATER)
    fewer = table.filter(pa.array((ways != "regular") | (np.arange(3000) % 4 == 0)))
    later = train_segment_model(fewer, LATER, SETTINGS, training.model)
    assert later.model.numbers != tuple(range(1, 5))
    both = [score_segments(model, fewer)["segment_no"].to_numpy() for model in (training.model, later.model)]
    assert (both[0] == both[1]).mean() > 0.98
    assert later.model.next_number == 5


def test_a_new_way_of_buying_takes_a_number_never_used(training):
    table, _ = planted(3000, seed=10, as_of=LATER)
    columns = {name: table[name].to_numpy(zero_copy_only=False).copy() for name in table.column_names[2:]}
    new = np.arange(3000) % 4 == 0
    for name, value in {"recency_days": 5.0, "purchase_days_12m": 3.0, "average_order_value": 5000.0}.items():
        columns[name][new] = value * np.exp(0.2 * np.random.default_rng(4).standard_normal(new.sum()))
    changed = pa.table({**{name: table[name] for name in table.column_names[:2]}, **columns})
    later = train_segment_model(changed, LATER, replace(SETTINGS, clusters_from=5, clusters_to=5), training.model)
    assert 5 in later.model.numbers
    assert len(set(later.model.numbers)) == 5


def test_the_number_is_the_best_silhouette_among_the_stable_without_tiny_ones():
    tried = [
        Candidate(3, 0.40, 0.95, 0.2),
        Candidate(4, 0.45, 0.90, 0.1),
        Candidate(5, 0.50, 0.60, 0.1),
        Candidate(6, 0.55, 0.99, 0.001),
    ]
    assert choose_number(tried, 0.8, 0.02).clusters == 4
    assert choose_number(tried, 0.8, 0.3).clusters == 6, "none fits: the most stable"


def test_what_few_know_or_all_share_is_left_out(shop):
    table, _ = shop
    few = pa.array(np.ones(3000), mask=np.arange(3000) % 10 > 0)
    table = table.append_column("few", few).append_column("all", pa.array(np.full(3000, 7.0)))
    words = ("a", "b", "c", "d")
    settings = replace(SETTINGS, features=(*FEATURES, Feature("few", "log", *words), Feature("all", "linear", *words)))
    assert train_segment_model(table, AS_OF, settings).model.scaling.features == FEATURES


@pytest.mark.parametrize("customers", [0, 1, 99])
def test_too_few_customers_have_no_segments(customers):
    table, _ = planted(customers)
    with pytest.raises(NotEnoughHistory, match=f"{customers} customers had bought by 2024-06-30; at least 100"):
        train_segment_model(table, AS_OF, SETTINGS)


def test_customers_who_are_all_alike_have_no_segments(shop):
    alike = pa.table({name: shop[0][name].take([0] * 200) for name in shop[0].column_names})
    with pytest.raises(NotEnoughHistory, match="do not differ"):
        train_segment_model(alike, AS_OF, SETTINGS)


def test_a_table_without_a_feature_names_it(shop, training):
    with pytest.raises(ValueError, match="lacks average_order_value"):
        score_segments(training.model, shop[0].drop(["average_order_value"]))


def test_what_is_served_is_what_is_scored(shop, training):
    rows = shop[0].slice(0, 200)
    served = SegmentFinder(training.model).predict(rows.to_pandas())
    scored = score_segments(training.model, rows).to_pandas()
    assert served[["segment_no", "clearness"]].equals(scored[["segment_no", "clearness"]])
    assert served["segment_en"].notna().all()


def test_clearness_is_nought_between_centres_and_one_at_a_centre(training):
    model = training.model
    between = (model.centres[0] + model.centres[1]) / 2
    _, clearness = nearest(np.vstack([model.centres[0], between]), model.centres[:2])
    assert clearness == pytest.approx([1, 0], abs=1e-9)
