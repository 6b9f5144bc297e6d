"""Putting customers into the segments of a trained model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from ml.segments.clusters import nearest
from ml.segments.model import SegmentModel

_DECIMALS = 6


def score_segments(model: SegmentModel, table: pa.Table) -> pa.Table:
    """The segment of every row.

    Parameters
    ----------
    table : customer_id, as_of_date and the features of the model

    Returns
    -------
    table of customer_id, as_of_date, segment_no and clearness (0 half-way to another segment, 1 at the centre)

    Raises
    ------
    ValueError: the table lacks a feature.
    """
    with threadpool_limits(1):
        places, clearness = nearest(model.scaling.apply(table), model.centres)
    return pa.table(
        {
            "customer_id": table["customer_id"],
            "as_of_date": table["as_of_date"],
            "segment_no": np.array(model.numbers, np.int32)[places],
            "clearness": clearness.round(_DECIMALS),
        }
    )
