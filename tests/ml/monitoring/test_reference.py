"""The population stability index against other computations of it, and the reference that it stands on."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ml.monitoring.reference import make_reference, read_reference, spread_of, stability_index, write_reference


def plain_index(then: np.ndarray, now: np.ndarray) -> float:
    """The index by pandas: tenths of what was, counted in both; for values without ties and without empty parts."""
    edges = [-math.inf, *pd.Series(then).quantile(np.arange(0.1, 1.0, 0.1), interpolation="lower"), math.inf]
    shares = [pd.cut(pd.Series(one), edges).value_counts(normalize=True, sort=False) for one in (then, now)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def test_the_index_is_that_of_a_plain_computation():
    generator = np.random.default_rng(3)
    then, now = generator.normal(size=10_001), generator.normal(0.4, 1.2, size=7_000)
    assert stability_index(spread_of(then), now) == pytest.approx(plain_index(then, now), abs=1e-6)


def test_a_hand_made_shift_has_the_index_of_the_formula():
    then = np.repeat(np.arange(10.0), 10)
    now = np.repeat(np.arange(10.0), [20, 0, *[10] * 8])
    expected = (0.2 - 0.1) * math.log(0.2 / 0.1) + (1e-4 - 0.1) * math.log(1e-4 / 0.1)
    assert stability_index(spread_of(then), now) == pytest.approx(expected, abs=1e-12)


def test_the_same_customers_have_not_drifted_in_whatever_order():
    values = np.random.default_rng(5).gamma(2, 3, 1_000)
    assert stability_index(spread_of(values), values[::-1]) == 0.0


def test_becoming_unknown_is_a_drift_too():
    then = np.append(np.arange(90.0), np.full(10, np.nan))
    now = np.append(np.arange(45.0).repeat(1), np.full(45, np.nan))
    assert spread_of(then).shares[-1] == 0.1
    assert stability_index(spread_of(then), now) > 0.5


def test_what_nobody_was_known_by_and_is_known_now_has_drifted():
    spread = spread_of(np.full(50, np.nan))
    assert (spread.edges, spread.shares) == ((), (0.0, 1.0))
    assert stability_index(spread, np.full(9, np.nan)) == 0.0
    assert stability_index(spread, np.arange(9.0)) > 1


def test_a_value_of_most_customers_is_a_part_of_its_own():
    spread = spread_of(np.append(np.zeros(95), np.arange(1.0, 6.0)))
    assert spread.edges[-1] == 0.0
    assert spread.shares == (0.0, 0.95, 0.05, 0.0)


@pytest.mark.parametrize("rare", [0, 5, 9, 15], ids="{} of 100 had it not".format)
def test_losing_what_nearly_all_had_is_a_drift(rare):
    then = np.repeat([0.0, 1.0], [rare, 100 - rare])
    shares = np.maximum([rare / 100, 1 - rare / 100], 1e-4)
    now = np.array([1.0, 1e-4])
    assert stability_index(spread_of(then), np.zeros(50)) == pytest.approx(
        ((now - shares) * np.log(now / shares)).sum()
    )
    assert stability_index(spread_of(then), then[::-1]) == 0.0


def test_nobody_has_no_index():
    with pytest.raises(ValueError, match="without customers has no stability index"):
        stability_index(spread_of(np.arange(3.0)), np.array([]))


def test_a_reference_comes_back_as_it_was_written(tmp_path):
    rows = pa.table({"spend": [1.5, None, 3.0], "is_member": [True, False, None], "empty": pa.nulls(3, pa.float64())})
    reference = make_reference(rows, rows.column_names, np.array([0.1, 0.2, np.nan]), date(2024, 6, 30))
    assert set(reference.inputs) == {"spend", "is_member", "empty"}
    assert read_reference(write_reference(reference, tmp_path)) == reference
