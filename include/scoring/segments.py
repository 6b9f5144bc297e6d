"""Segments of customers: what they are found by, and writing them; the caller opens the transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from include.scoring.inputs import read_feature_model
from include.scoring.quality import quality_rows
from include.scoring.serving import version_to_score
from ml.segments.features import Feature
from ml.segments.model import SegmentModel
from ml.segments.scoring import score_segments
from ml.segments.training import SegmentSettings, rows_of
from ml.tracking.segment_runs import MODEL_NAME, found_segments, same_policy, train_segments
from ml.tracking.store import ModelStore, RegisteredVersion

FEATURES = "int_segments__features"
_SCORES = "customer_id, as_of_date, segment_no, clearness, segment_no_12m_before, score_reason"
_MODEL = "model_name, model_version, model_run_id"


@dataclass(frozen=True)
class SegmentInputs:
    """Features of the date and, where the history allows, of a year before; and the settings of the policy."""

    table: pa.Table
    settings: SegmentSettings


@dataclass(frozen=True)
class ScoredSegments:
    """Rows of `scores.customer_segments` and `scores.segment_names`, without the moment of scoring."""

    customers: pa.Table
    names: list[tuple]


def read_segment_inputs(connection: duckdb.DuckDBPyConnection, as_of: date) -> SegmentInputs:
    """
    Raises
    ------
    LookupError: the feature model has not been built.
    """
    settings = connection.execute("from policy.segment_settings").fetchone()
    features = connection.execute(
        "select metric, scale, low_en, low_zh, high_en, high_zh from policy.segment_features order by position"
    ).fetchall()
    table = read_feature_model(connection, FEATURES, as_of)
    return SegmentInputs(table, SegmentSettings(*settings, tuple(Feature(*feature) for feature in features)))


def find_segments(
    store: ModelStore, inputs: SegmentInputs, as_of: date, context: dict, quality: list, progress: Callable[[str], None]
) -> ScoredSegments:
    """The segment of everyone at the date, by the champion or the newest model trained by then.

    Without one, or when the policy is another since, segments are found first. `quality` gets the figures of the model.
    """
    version, reason = version_to_score(
        store,
        MODEL_NAME,
        as_of,
        lambda: train_segments(store, inputs.table, as_of, inputs.settings, context, progress),
        progress,
        lambda version: same_policy(version, inputs.table, as_of, inputs.settings),
    )
    quality += quality_rows(store, MODEL_NAME, version, reason)
    rows = rows_of(inputs.table, as_of)
    if version is None:
        return ScoredSegments(_without_segments(rows, reason), [])
    model = found_segments(store, version)
    return ScoredSegments(_with_former(model, inputs.table, rows, version), _names(model, as_of, version))


def write_segments(
    connection: duckdb.DuckDBPyConnection, as_of: date, scored: ScoredSegments, scored_at: datetime
) -> None:
    """Replace the segments of the date; other dates stay as they were told."""
    for table in ("customer_segments", "segment_names"):
        connection.execute(f"delete from scores.{table} where as_of_date = ?", [as_of])
    connection.register("arrived", scored.customers)
    try:
        connection.execute(
            f"insert into scores.customer_segments by name "
            f"select {_SCORES}, {_MODEL}, ?::timestamp as scored_at from arrived order by customer_id",
            [scored_at],
        )
    finally:
        connection.unregister("arrived")
    if scored.names:
        connection.executemany("insert into scores.segment_names values (?, ?, ?, ?, ?, ?, ?, ?)", scored.names)


def _without_segments(rows: pa.Table, reason: str | None) -> pa.Table:
    count = rows.num_rows
    nulls = {"segment_no": pa.int32(), "clearness": pa.float64(), "segment_no_12m_before": pa.int32()}
    columns = {name: rows[name] for name in ("customer_id", "as_of_date")}
    columns |= {name: pa.nulls(count, kind) for name, kind in nulls.items()}
    columns["score_reason"] = pa.array([reason] * count, pa.string())
    return _with_model(pa.table(columns), None)


def _with_former(model: SegmentModel, table: pa.Table, rows: pa.Table, version: RegisteredVersion) -> pa.Table:
    """Segments of `rows`, beside those that the same model gives to what was known of them at the earlier date."""
    now = score_segments(model, rows)
    earlier = table.filter(pc.not_equal(table["as_of_date"], rows["as_of_date"][0])) if rows.num_rows else table
    then = score_segments(model, earlier).select(["customer_id", "segment_no"])
    places = pc.index_in(now["customer_id"], then["customer_id"].combine_chunks())
    former = then["segment_no"].combine_chunks().take(places.combine_chunks())
    now = now.append_column("segment_no_12m_before", former)
    return _with_model(now.append_column("score_reason", pa.nulls(now.num_rows, pa.string())), version)


def _with_model(scores: pa.Table, version: RegisteredVersion | None) -> pa.Table:
    known = (MODEL_NAME, version.version, version.run_id) if version else (None, None, None)
    for column, text in zip(_MODEL.split(", "), known, strict=True):
        scores = scores.append_column(column, pa.array([text] * scores.num_rows, pa.string()))
    return scores


def _names(model: SegmentModel, as_of: date, version: RegisteredVersion) -> list[tuple]:
    named = sorted(zip(model.numbers, model.names, strict=True), key=lambda pair: pair[0])
    return [
        (as_of, number, name.en, name.zh, name.traits_en, name.traits_zh, MODEL_NAME, version.version)
        for number, name in named
    ]
