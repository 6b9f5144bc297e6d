"""Scoring every customer for a date, and writing the scores in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from include.scoring.inputs import ScoringPolicy, as_of_dates, read_inputs, read_policy
from include.scoring.model_policy import read_promotion_policy
from include.scoring.provenance import provenance
from include.scoring.quality import group_quality_rows, quality_rows, write_group_quality, write_model_quality
from include.scoring.segments import find_segments, read_segment_inputs, write_segments
from include.scoring.serving import version_to_score
from include.scoring.tables import create_score_tables
from include.scoring.training import open_store, train_churn_by_policy
from include.scoring.uplift import read_uplift_inputs, score_uplift, write_uplift
from include.scoring.writing import write_churn_scores, write_value_scores
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.churn.scoring import SCORED, score_churn
from ml.clv.scoring import score_value
from ml.clv.served import FITS_FILE, read_fits
from ml.clv.summaries import rows_of
from ml.clv.value_fit import ValueFit
from ml.errors import NotEnoughHistory
from ml.tracking.churn_runs import DEFINITION, churn_model_name, same_definition, trained_features
from ml.tracking.promotion import HISTORICAL, may_score, version_for
from ml.tracking.store import CHAMPION, ModelStore, RegisteredVersion
from ml.tracking.value_runs import MODEL_NAME, train_value


def score_customers(
    workspace: Workspace, as_of: date, context: dict[str, str], progress: Callable[[str], None] = print
) -> None:
    """Write churn scores, segments and uplift of the date, and lifetime value of every as-of date, with their tiers.

    Churn is scored by the champion, or by the newest version trained by the date; without one, or where churn is
    another thing since, it is trained first. Lifetime value is fitted at every date. Where no model is possible the
    rows are there, null, with the reason. The caller holds the workspace's lock; running again replaces the same rows.

    Raises
    ------
    LookupError: the feature models have not been built.
    """
    with open_warehouse(workspace, read_only=True) as connection:
        policy, promotion = read_policy(connection), read_promotion_policy(connection)
        features, summaries = read_inputs(connection, as_of)
        segment_inputs = read_segment_inputs(connection, as_of)
        uplift_inputs = read_uplift_inputs(connection, as_of)
        dates = as_of_dates(connection, as_of)
    context = provenance(workspace, policy.version, context)
    context[DEFINITION] = policy.definition
    store = open_store(workspace, promotion)
    quality: list[tuple] = []
    groups: list[tuple] = []
    churn = [
        _churn_scores(store, features, lead, as_of, policy, context, quality, groups, progress) for lead in policy.leads
    ]
    value = _value_scores(store, summaries, as_of, dates, policy, context, quality, progress)
    segments = find_segments(store, segment_inputs, as_of, context, quality, progress)
    uplift = score_uplift(store, uplift_inputs, as_of, context, quality, progress)
    scored_at = datetime.now(UTC).replace(tzinfo=None)
    with open_warehouse(workspace) as connection:
        create_score_tables(connection)
        connection.begin()
        try:
            write_churn_scores(connection, as_of, pa.concat_tables(churn), scored_at)
            write_value_scores(connection, as_of, value, scored_at)
            write_segments(connection, as_of, segments, scored_at)
            write_uplift(connection, as_of, uplift, scored_at)
            write_model_quality(connection, as_of, quality)
            write_group_quality(connection, as_of, groups)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    progress(f"Scored {churn[0].num_rows} customers for churn and {value.num_rows} customer dates for value")


def _churn_scores(
    store: ModelStore,
    features: pa.Table,
    lead: int,
    as_of: date,
    policy: ScoringPolicy,
    context,
    quality,
    groups,
    progress,
) -> pa.Table:
    rows = features.filter(pc.equal(features["as_of_date"], pa.scalar(as_of, pa.date32())))
    name = churn_model_name(lead)
    version, reason = version_to_score(
        store,
        name,
        as_of,
        lambda: train_churn_by_policy(store, features, lead, as_of, policy, context, progress),
        progress,
        lambda version: same_definition(version, policy.definition),
    )
    if version:
        scores = score_churn(store.load_classifier(version), trained_features(version), rows, policy.reasons)
    else:
        scores = _without_model(rows, SCORED, reason)
    quality += quality_rows(store, name, version, reason)
    groups += group_quality_rows(store, lead, version)
    scores = scores.append_column("lead_days", pa.array([lead] * len(rows), pa.int32()))
    return _with_model(scores, name, version)


def _value_scores(
    store: ModelStore,
    summaries: pa.Table,
    as_of: date,
    dates: list[date],
    policy: ScoringPolicy,
    context,
    quality,
    progress,
) -> pa.Table:
    version, reason = None, None
    try:
        trained, standing = train_value(store, summaries, as_of, policy.value, policy.choice, context, progress)
    except NotEnoughHistory as fault:
        reason = str(fault)
    else:
        # Where the fit of this date is no champion, the version scores on that people or the policy prefer.
        own = standing in (CHAMPION, HISTORICAL)
        version = trained if own else version_for(store, MODEL_NAME, as_of)
        if version is None:
            version, reason = may_score(trained, standing)
    if version:
        fits = _fits_of_dates(store.read(version, FITS_FILE, read_fits)[1], dates)
    else:
        progress(f"{MODEL_NAME}: no model: {reason}")
        fits = {day: ValueFit.without_model(day, reason) for day in dates}
    quality += quality_rows(store, MODEL_NAME, version, reason)
    parts = [score_value(fits[day], rows_of(summaries, day), **policy.value) for day in dates if day in fits]
    if not parts:
        empty = ValueFit.without_model(as_of, "there is no purchase history yet")
        parts = [score_value(empty, summaries.slice(0, 0), **policy.value)]
    return _with_model(pa.concat_tables(parts), MODEL_NAME, version)


def _fits_of_dates(fits: dict[date, ValueFit], dates: list[date]) -> dict[date, ValueFit]:
    """The fit of each date, or the newest before it: an older version was never fitted at a later date."""
    found = {}
    for day in dates:
        earlier = [fitted for fitted in fits if fitted <= day]
        if earlier:
            found[day] = fits[max(earlier)]
    return found


def _without_model(rows: pa.Table, columns: dict[str, pa.DataType], reason: str) -> pa.Table:
    nulls = {name: pa.nulls(rows.num_rows, kind) for name, kind in columns.items()}
    reasons = pa.array([reason] * rows.num_rows, pa.string())
    keys = {name: rows[name] for name in ("customer_id", "as_of_date")}
    return pa.table({**keys, **nulls, "score_reason": reasons})


def _with_model(scores: pa.Table, name: str, version: RegisteredVersion | None) -> pa.Table:
    known = {"model_name": name} if version else {"model_name": None}
    known |= {"model_version": version and version.version, "model_run_id": version and version.run_id}
    for column, text in known.items():
        scores = scores.append_column(column, pa.array([text] * scores.num_rows, pa.string()))
    return scores
