"""Scoring customers with a trained churn model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from ml.churn.calibration import CalibratedClassifier
from ml.churn.features import feature_matrix
from ml.churn.reason_columns import reason_columns
from ml.churn.reasons import Reason, top_reasons

NOT_ELIGIBLE = "not eligible: the churn policy does not judge the customer"
_DECIMALS = 9
_BATCH = 131_072


def score_churn(estimator, features: list[str], table: pa.Table, reasons: tuple[Reason, ...] = ()) -> pa.Table:
    """Churn probability of every row and its reasons, null with a word why where the customer is not eligible.

    Parameters
    ----------
    estimator : fitted classifier with `predict_proba`; one that is no `CalibratedClassifier` gives no reasons
    features : columns it was fitted on, in their order
    table : customer_id, as_of_date, is_eligible, the features, and told_reason if it is known
    reasons : what indicators are called; none gives null reasons

    Returns
    -------
    table of customer_id, as_of_date, churn_probability (rounded to 9 places), reason_1, reason_1_value, reason_2, …,
    score_reason

    Raises
    ------
    ValueError: the table lacks a feature.
    """
    eligible = table["is_eligible"].to_numpy(zero_copy_only=False) == True  # noqa: E712
    judged = table.filter(pa.array(eligible))
    # Part by part, so that the memory does not grow with the customers.
    starts = range(0, judged.num_rows, _BATCH)
    with threadpool_limits(1):
        parts = [_score(estimator, features, judged.slice(start, _BATCH), reasons) for start in starts]
    scores = pa.concat_tables(parts) if parts else pa.table({name: pa.nulls(0, kind) for name, kind in SCORED.items()})
    # Where each row finds its score; none for those who are not judged.
    place = pa.array(np.cumsum(eligible) - 1, pa.int64(), mask=~eligible)
    return pa.table(
        {
            "customer_id": table["customer_id"],
            "as_of_date": table["as_of_date"],
            **{name: scores[name].combine_chunks().take(place) for name in SCORED},
            "score_reason": pa.array([None if known else NOT_ELIGIBLE for known in eligible], pa.string()),
        }
    )


SCORED = {
    "churn_probability": pa.float64(),
    **{name: pa.float64() if name.endswith("_value") else pa.string() for name in reason_columns()},
}


def _score(estimator, features: list[str], rows: pa.Table, reasons: tuple[Reason, ...]) -> pa.Table:
    if reasons and isinstance(estimator, CalibratedClassifier):
        return top_reasons(estimator, features, reasons, rows)
    probability = estimator.predict_proba(feature_matrix(rows, features))[:, 1].round(_DECIMALS)
    return pa.table(
        {"churn_probability": probability, **{name: pa.nulls(rows.num_rows, SCORED[name]) for name in reason_columns()}}
    )
