"""Scoring customers with a trained churn model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from ml.churn.features import feature_matrix

NOT_ELIGIBLE = "not eligible: too few or too old purchases for the churn policy"
_DECIMALS = 9


def score_churn(estimator, features: list[str], table: pa.Table) -> pa.Table:
    """Churn probability of every row, null with its reason where the customer is not eligible.

    Parameters
    ----------
    estimator : fitted classifier with `predict_proba`
    features : columns it was fitted on, in their order
    table : customer_id, as_of_date, is_eligible and the features

    Returns
    -------
    table of customer_id, as_of_date, churn_probability (rounded to 9 places), score_reason

    Raises
    ------
    ValueError: the table lacks a feature.
    """
    eligible = table["is_eligible"].to_numpy(zero_copy_only=False) == True  # noqa: E712
    probability = np.full(table.num_rows, np.nan)
    if eligible.any():
        matrix = feature_matrix(table.filter(pa.array(eligible)), features)
        with threadpool_limits(1):
            probability[eligible] = estimator.predict_proba(matrix)[:, 1].round(_DECIMALS)
    return pa.table(
        {
            "customer_id": table["customer_id"],
            "as_of_date": table["as_of_date"],
            "churn_probability": pa.array(probability, mask=~eligible),
            "score_reason": pa.array([None if known else NOT_ELIGIBLE for known in eligible], pa.string()),
        }
    )
