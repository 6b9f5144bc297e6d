"""What MLflow serves: texts in, language, sentiment and topic out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from ml.voice.model import VoiceModel, read_model
from ml.voice.scoring import score_texts

OUTPUTS = ("language", "sentiment", "sentiment_method", "topic_id", "topic_share")


class VoiceReader:
    """A model of feedback behind MLflow's `predict`."""

    def __init__(self, model: VoiceModel):
        self._model = model

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """`OUTPUTS` of every row of feedback_text and, where it is known, language."""
        told = rows["language"] if "language" in rows else pd.Series([None] * len(rows), dtype=object)
        table = pa.table(
            {
                "feedback_id": pa.nulls(len(rows), pa.string()),
                "language": pa.array(told, pa.string(), from_pandas=True),
                "feedback_text": pa.array(rows["feedback_text"].fillna(""), pa.string()),
            }
        )
        return score_texts(self._model, table).select(OUTPUTS).to_pandas()


def _load_pyfunc(path: str) -> VoiceReader:
    return VoiceReader(read_model(Path(path)))
