"""Tables of the schema `scores` about experiments and uplift."""

from __future__ import annotations

import pyarrow as pa

from ml.experiments.results import RESULTS

_TYPES = {pa.string(): "varchar", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean"}
EXPERIMENT_TABLES = {
    "experiment_effects": "as_of_date date not null, "
    + ", ".join(f"{field.name} {_TYPES[field.type]}" for field in RESULTS),
    "uplift_scores": "customer_id varchar not null, as_of_date date not null, objective varchar not null, "
    "expected_uplift double, uplift_low double, uplift_high double, average_uplift double, is_usable boolean, "
    "score_reason varchar, learner varchar, model_name varchar, model_version varchar, model_run_id varchar, "
    "scored_at timestamp",
}
