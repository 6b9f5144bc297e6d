"""How fast texts are learnt from and read, on public reviews and complaints written out many times over.

python -m tests.perf.voice_speed [texts]
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.voice.scoring import score_texts
from ml.voice.training import VoiceSettings, train_voice_model
from tests.conftest import SHARED

SETTINGS = VoiceSettings(2, 4, 200, 100, 5, 4, 16, 0.85, 20_000)


def texts(count: int, data: Path = SHARED / "data") -> pa.Table:
    """Half takeaway reviews with stars, half complaints in English of 400 letters without."""
    chinese = pd.read_csv(data / "voc_zh" / "waimai_10k.csv")
    english = pd.read_parquet(data / "voc_en" / "cfpb_complaint_chunks.parquet")["chunk_text"]
    half = count // 2
    of = {"zh": np.resize(chinese["review"].to_numpy(object), half), "en": np.resize(english.to_numpy(object), half)}
    stars = np.resize(np.where(chinese["label"] == 1, 5.0, 1.0), half)
    return pa.table(
        {
            "feedback_id": [f"f{n}" for n in range(2 * half)],
            "customer_id": pa.nulls(2 * half, pa.string()),
            "language": pa.nulls(2 * half, pa.string()),
            "rating": pa.array(np.concatenate([stars, np.full(half, np.nan)]), from_pandas=True),
            "feedback_text": pa.array(np.concatenate([of["zh"], of["en"]]).tolist()),
        }
    )


def measure(count: int = 100_000) -> dict[str, float]:
    table = texts(count)
    begun = time.process_time()
    training = train_voice_model(table, date(2024, 1, 1), SETTINGS)
    trained = time.process_time()
    score_texts(training.model, table)
    read = time.process_time() - trained
    return {
        "texts": table.num_rows,
        "training_seconds": trained - begun,
        "reading_seconds": read,
        "texts_a_minute": 60 * table.num_rows / read,
    }


def main(count: int = 100_000) -> None:
    for name, value in measure(count).items():
        print(f"{name}: {value:,.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
