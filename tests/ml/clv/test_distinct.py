"""Equal rows are found as a sort finds them, whatever kind of number they hold and however they are cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest

from ml.clv import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel, distinct
from tests.ml.clv.simulated_histories import simulated_histories

ROWS = 3000
RANDOM = np.random.default_rng(4)
COLUMNS = {
    "whole": RANDOM.integers(0, 40, ROWS).astype(float),
    "integers": RANDOM.integers(3, 9, ROWS),
    "days in weeks": RANDOM.integers(20, 600, ROWS) / 7,
    "weeks, and days in the last rows": np.sort(RANDOM.integers(20, 60, ROWS)) + (np.arange(ROWS) > ROWS - 5) / 7,
    "nearly a day": np.where(np.arange(ROWS) == 2500, np.nextafter(3 / 7, 1), 3 / 7),
    "any": np.round(RANDOM.gamma(2, 9, ROWS), 1),
    "far apart": RANDOM.choice([0.0, 5.0, 1e12], ROWS),
    "all different": RANDOM.random(ROWS),
    "a large key in 32 bits": np.where(np.arange(ROWS) == 7, 350_000_000, 5).astype(np.int32),
}


@pytest.mark.parametrize("rows_in_cache", [64, 10_000])
@pytest.mark.parametrize("name", COLUMNS)
def test_values_are_those_of_a_sort(name, rows_in_cache, monkeypatch):
    monkeypatch.setattr(distinct, "_ROWS_IN_CACHE", rows_in_cache)
    values, code = np.unique(COLUMNS[name], return_inverse=True)
    found = distinct.Distinct.of(COLUMNS[name])
    np.testing.assert_array_equal(found.values, values)
    np.testing.assert_array_equal(found.code, code)


@pytest.mark.parametrize(
    "names",
    [
        ("whole", "days in weeks"),
        ("integers", "whole", "any"),
        ("whole", "weeks, and days in the last rows", "nearly a day"),
        ("all different", "far apart"),
        ("all different", "any", "days in weeks", "whole", "all different", "all different", "all different"),
    ],
    ids=" and ".join,
)
def test_rows_are_those_of_a_sort(names):
    columns = [COLUMNS[name] for name in names]
    rows, group = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    found, code = distinct.grouped_rows(columns)
    np.testing.assert_array_equal(np.column_stack(found), rows)
    np.testing.assert_array_equal(code, group.ravel())


def test_no_rows_have_no_groups():
    (values,), group = distinct.grouped_rows([np.empty(0)])
    assert len(values) == len(group) == 0


@pytest.mark.parametrize("kind", [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel])
def test_predictions_do_not_hang_on_the_length_of_blocks(kind, monkeypatch):
    histories = simulated_histories(2_000, r=0.8, alpha=5.0, a=0.9, b=3.0)
    model = kind().at([0.8, 5.0, 0.9, 3.0])
    whole = model.expected_purchases(52.0, *histories)
    monkeypatch.setattr(distinct, "_ROWS_IN_CACHE", 37)
    np.testing.assert_array_equal(model.expected_purchases(52.0, *histories), whole)
    part = [column[5:18] for column in histories]
    np.testing.assert_array_equal(model.expected_purchases(52.0, *part), whole[5:18])
