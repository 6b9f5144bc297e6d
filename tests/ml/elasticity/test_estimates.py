"""Elasticities of segments and categories: what was planted is found, what cannot be known is null with its reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ml.elasticity import ESTIMATES, EnoughPrices, price_elasticities

ENOUGH = EnoughPrices(lines=300, price_changes=50, products=5)
TRUTH = {("keen", "tea"): -2.5, ("keen", "cups"): -1.5, ("calm", "tea"): -0.5, ("calm", "cups"): -0.8}


def sold(seed: int = 5, lines: int = 4000, has_list_price: bool = True) -> pa.Table:
    """Lines of whole pieces, some at a lowered price; December sells double, mostly at lowered prices."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"segment": random.choice(["keen", "calm"], lines * 4)})
    frame["category"] = random.choice(["tea", "cups"], len(frame))
    frame["product_id"] = frame["category"] + random.integers(0, 20, len(frame)).astype(str)
    frame["month"] = random.integers(1, 13, len(frame))
    lowered = random.random(len(frame)) < np.where(frame["month"] == 12, 0.8, 0.25)
    share = np.where(lowered, random.choice([0.7, 0.8, 0.9], len(frame)), 1.0)
    frame["list_price"] = 10.0 + frame["product_id"].str[-1].astype(float)
    frame["unit_price"] = (frame["list_price"] * share).round(4)
    slope = np.array([TRUTH[key] for key in zip(frame["segment"], frame["category"], strict=True)])
    wanted = np.where(frame["month"] == 12, 2.0, 1.0) * share**slope
    frame["quantity"] = np.floor(wanted) + (random.random(len(frame)) < wanted % 1)
    frame["log_quantity"], frame["lines"] = np.log(frame["quantity"]), 1
    keys = ["product_id", "category", "segment", "month", "unit_price", "list_price"]
    frame = frame.groupby(keys, as_index=False)[["lines", "quantity", "log_quantity"]].sum()
    if not has_list_price:
        frame["list_price"] = None
    return pa.Table.from_pandas(frame.astype({"list_price": float}), preserve_index=False)


def by_cell(table: pa.Table) -> dict[tuple[str, str], dict]:
    return {(row["segment"], row["category"]): row for row in table.to_pylist()}


@pytest.mark.parametrize("has_list_price", [True, False])
def test_what_was_planted_is_found_beside_a_season_that_would_hide_it(has_list_price):
    found = by_cell(price_elasticities(sold(has_list_price=has_list_price), ENOUGH))
    inside = [found[key]["elasticity_low"] <= truth <= found[key]["elasticity_high"] for key, truth in TRUTH.items()]
    assert sum(inside) >= 3
    assert all(abs(found[key]["elasticity"] - truth) < 0.25 for key, truth in TRUTH.items())
    assert set(found) == {(s, c) for s in ("all", "keen", "calm") for c in ("all", "tea", "cups")}


def test_logarithms_of_whole_pieces_come_out_nearer_to_zero():
    found = by_cell(price_elasticities(sold(), ENOUGH))
    assert found["keen", "tea"]["log_log_elasticity"] > found["keen", "tea"]["elasticity"] + 0.05


def test_too_little_is_null_with_its_reason():
    table = sold()
    few = by_cell(price_elasticities(table, EnoughPrices(lines=10**7, price_changes=1, products=2)))
    assert {row["elasticity"] for row in few.values()} == {None}
    assert "fewer than 10000000" in few["all", "all"]["elasticity_reason"]
    whole = by_cell(price_elasticities(table, ENOUGH))
    assert whole["all", "all"]["lines"] == 16000
    steady = table.set_column(table.schema.get_field_index("unit_price"), "unit_price", table["list_price"])
    assert "0 price changes" in by_cell(price_elasticities(steady, ENOUGH))["keen", "tea"]["elasticity_reason"]


def test_nothing_sold_gives_an_empty_table():
    empty = price_elasticities(sold().slice(0, 0), ENOUGH)
    assert empty.num_rows == 0 and empty.schema == ESTIMATES


def test_a_category_and_a_segment_that_are_called_all_have_keys_of_their_own():
    table = sold(lines=200)
    for name, value in (("segment", "calm"), ("category", "tea")):
        renamed = ["all" if one == value else one for one in table[name].to_pylist()]
        table = table.set_column(table.column_names.index(name), name, pa.array(renamed))
    rows = price_elasticities(table, EnoughPrices(lines=10**7, price_changes=1, products=2)).to_pylist()
    lines = {(row["segment"], row["category"]): row["lines"] for row in rows}
    assert len(lines) == len(rows) == 9
    assert lines["all", "all"] == 800 == lines["all", '"all"'] + lines["all", "cups"]
    assert lines['"all"', "all"] + lines["keen", "all"] == 800
