"""Sentiment and topics of feedback: only texts are scored that the model in use has not scored yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from include.scoring.model_policy import read_promotion_policy
from include.scoring.provenance import provenance
from include.scoring.quality import quality_rows
from include.scoring.tables import create_score_tables
from include.scoring.training import open_store
from include.scoring.voice_inputs import TEXTS, read_settings, read_voice_training
from include.scoring.voice_rises import write_rises
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.errors import NotEnoughHistory
from ml.tracking.fingerprint import code_hash
from ml.tracking.promotion import HISTORICAL, may_score, version_for
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion
from ml.tracking.voice_runs import MODEL_NAME, same_policy, train_voice, voice_model
from ml.voice.model import LEXICON_ONLY, VoiceModel
from ml.voice.scoring import score_texts

_BLOCK = 50_000
_COLUMNS = "feedback_id, language, sentiment, sentiment_method, topic_id, topic_share, score_reason"


@dataclass(frozen=True)
class _Reader:
    """The model that reads texts; `version` is None for the lexicon alone, `reason` says why."""

    model: VoiceModel
    version: RegisteredVersion | None
    reason: str | None

    @property
    def scored_by(self) -> str:
        """What scores of texts depend on besides the text: version of the model, and code."""
        return f"{self.version.version if self.version else 'lexicon'} {code_hash()}"

    @property
    def named(self) -> tuple[str | None, str | None, str | None]:
        return (MODEL_NAME, self.version.version, self.version.run_id) if self.version else (None, None, None)


def read_feedback(
    workspace: Workspace, as_of: date, context: dict[str, str], progress: Callable[[str], None] = print
) -> None:
    """Score what was written up to the date, and tell its topics and which of them rise.

    The champion reads, or the newest version trained by the date; without one, or when the policy is another since, a
    model is trained first. Too few texts are read by the lexicon and have no topics. The caller holds the workspace's
    lock and has built the layer core for the date; running again gives the same rows.
    """
    with open_warehouse(workspace, read_only=True) as connection:
        texts = connection.execute(f"select count(*) from {TEXTS}").fetchone()[0]
        policy = connection.execute("select policy_version from policy.policy_version").fetchone()[0]
        promotion = read_promotion_policy(connection)
    if texts:
        store, tags = open_store(workspace, promotion), provenance(workspace, policy, context)
        reader = _find_reader(workspace, store, as_of, tags, progress)
        quality = quality_rows(store, MODEL_NAME, reader.version, reader.reason)
    else:
        reader = _Reader(LEXICON_ONLY, None, "nobody has written anything")
        quality = [(MODEL_NAME, None, None, None, None, None, reader.reason)]
    scored_at = datetime.now(UTC).replace(tzinfo=None)
    with open_warehouse(workspace) as connection:
        create_score_tables(connection)
        connection.begin()
        try:
            new = _score_new_texts(connection, reader, scored_at)
            _write_words(connection, as_of, reader)
            write_rises(connection, as_of, reader.model)
            _write_quality(connection, as_of, quality)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    progress(f"Read {new} of {texts} texts of feedback; the others are as they were read before")


def _find_reader(workspace: Workspace, store: ModelStore, as_of: date, context: dict, progress) -> _Reader:
    version, reason = version_for(store, MODEL_NAME, as_of), None
    with open_warehouse(workspace, read_only=True) as connection:
        settings = read_settings(connection)
    if version is None or not same_policy(version, settings):
        with open_warehouse(workspace, read_only=True) as connection:
            inputs = read_voice_training(connection)
        try:
            trained, standing = train_voice(store, *inputs, as_of, settings, context, progress)
        except NotEnoughHistory as fault:
            version, reason = None, str(fault)
        else:
            # Where people keep the former model, or have not approved the new one, the former goes on reading.
            if version is None or standing in (CHAMPION, HISTORICAL):
                version, reason = may_score(trained, standing)
        if reason:
            progress(f"{MODEL_NAME}: no model: {reason}")
    return _Reader(voice_model(store, version) if version else LEXICON_ONLY, version, reason)


def _score_new_texts(connection: duckdb.DuckDBPyConnection, reader: _Reader, scored_at: datetime) -> int:
    """Forget scores of another model, and of texts that are gone or read otherwise now; score what has none."""
    connection.execute(
        "delete from scores.feedback_scores as scores where scored_by <> ? or not exists (select 1 "
        f"from {TEXTS} as texts where texts.feedback_id = scores.feedback_id and texts.text_hash = scores.text_hash)",
        [reader.scored_by],
    )
    connection.execute(
        "create or replace temp table unread as select feedback_id, language, text_hash, feedback_text "
        f"from {TEXTS} where feedback_id not in (select feedback_id from scores.feedback_scores)"
    )
    new = connection.execute("select count(*) from unread").fetchone()[0]
    for begins in range(0, new, _BLOCK):
        block = "from unread order by feedback_id limit ? offset ?"
        rows = connection.execute(block, [_BLOCK, begins]).to_arrow_table()
        scores = score_texts(reader.model, rows).append_column("text_hash", rows["text_hash"])
        connection.register("arrived", scores)
        try:
            connection.execute(
                f"insert into scores.feedback_scores by name select {_COLUMNS}, text_hash, ? as scored_by, "
                "? as model_name, ? as model_version, ? as model_run_id, ?::timestamp as scored_at from arrived",
                [reader.scored_by, *reader.named, scored_at],
            )
        finally:
            connection.unregister("arrived")
    connection.execute("drop table unread")
    return new


def _write_words(connection: duckdb.DuckDBPyConnection, as_of: date, reader: _Reader) -> None:
    """Replace the topics of the date with their most telling words."""
    connection.execute("delete from scores.feedback_topic_words where as_of_date = ?", [as_of])
    name, version, _ = reader.named
    rows = [
        (as_of, topic_id, language, topic, place, word, weight, name, version)
        for language, one in sorted(reader.model.languages.items())
        for topic_id, topic, words in zip(one.topic_ids, one.topic_names(), one.topic_words(), strict=True)
        for place, (word, weight) in enumerate(words, start=1)
    ]
    if rows:
        columns = pa.Table.from_pylist([dict(zip(_WORD_COLUMNS, row, strict=True)) for row in rows])
        connection.register("arrived", columns)
        try:
            connection.execute("insert into scores.feedback_topic_words by name from arrived")
        finally:
            connection.unregister("arrived")


_WORD_COLUMNS = (
    "as_of_date", "topic_id", "language", "topic", "place", "word", "weight", "model_name", "model_version",
)  # fmt: skip


def _write_quality(connection: duckdb.DuckDBPyConnection, as_of: date, rows: list[tuple]) -> None:
    """Replace what is said of this model at the date, beside the figures of the others."""
    connection.execute("delete from scores.model_quality where as_of_date = ? and model_name = ?", [as_of, MODEL_NAME])
    connection.executemany(
        "insert into scores.model_quality values (?, ?, ?, ?, ?, ?, ?, ?)", [(as_of, *row) for row in rows]
    )
