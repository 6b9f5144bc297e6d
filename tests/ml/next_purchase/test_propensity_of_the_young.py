"""A company so young that nobody has bought a category twice: some features are known of no pair."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ml.next_purchase.categories import FEATURES, learn_probabilities, probabilities


def test_a_feature_that_is_known_of_no_pair_is_not_learnt_from():
    random = np.random.default_rng(4)
    often = random.integers(1, 9, 1000).astype(float)
    told = {name: random.uniform(1, 90, 1000) for name in FEATURES}
    told |= {"days_bought": often, "own_gap_days": np.full(1000, np.nan)}
    pairs = pa.table({name: pa.array(values, pa.float64(), from_pandas=True) for name, values in told.items()})
    pairs = pairs.append_column("has_bought_after", pa.array(random.random(1000) < often / 10))
    model = learn_probabilities(pairs, 1000)
    found = probabilities(model, pairs)
    assert found[often >= 8].mean() > found[often <= 1].mean() + 0.2
    known = pairs.set_column(pairs.column_names.index("own_gap_days"), "own_gap_days", pa.array(told["tenure_days"]))
    assert (probabilities(model, known) == found).all()
