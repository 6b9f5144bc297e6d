"""What MLflow serves: metrics of customers in, segments with their names out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from ml.segments.model import SegmentModel, read_model
from ml.segments.scoring import score_segments


class SegmentFinder:
    """A segmentation behind MLflow's `predict`."""

    def __init__(self, model: SegmentModel):
        self._model = model

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """segment_no, segment_en, segment_zh and clearness of every row of metrics."""
        metrics = {feature.metric: rows[feature.metric].to_numpy(float) for feature in self._model.scaling.features}
        table = pa.table({name: pa.array(values, from_pandas=True) for name, values in metrics.items()})
        keys = pa.nulls(len(rows), pa.string())
        table = table.append_column("customer_id", keys).append_column("as_of_date", keys)
        found = score_segments(self._model, table).to_pandas()
        names = {
            number: (name.en, name.zh) for number, name in zip(self._model.numbers, self._model.names, strict=True)
        }
        found["segment_en"] = [names[number][0] for number in found["segment_no"]]
        found["segment_zh"] = [names[number][1] for number in found["segment_no"]]
        return found[["segment_no", "segment_en", "segment_zh", "clearness"]]


def _load_pyfunc(path: str) -> SegmentFinder:
    return SegmentFinder(read_model(Path(path)))
