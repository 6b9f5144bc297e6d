"""What the model of feedback learns from."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from include.policies.voice_policy import TRAINING
from ml.voice.training import VoiceSettings

TEXTS = '"int".int_voice__texts'


def read_settings(connection: duckdb.DuckDBPyConnection) -> VoiceSettings:
    """What the policy says of training."""
    return VoiceSettings(*connection.execute(f"select {', '.join(TRAINING)} from policy.voice_settings").fetchone())


def read_voice_training(connection: duckdb.DuckDBPyConnection) -> tuple[pa.Table, pa.Array]:
    """Texts known at the build's date, ordered by id, and the names of customers, of which nothing is learnt."""
    texts = connection.execute(
        f"select feedback_id, customer_id, language, rating, text_hash, feedback_text from {TEXTS} order by feedback_id"
    ).to_arrow_table()
    names = connection.execute(
        "select distinct full_name from core.dim_customer where full_name is not null order by full_name"
    ).to_arrow_table()
    return texts, names["full_name"].combine_chunks()
