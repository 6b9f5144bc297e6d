"""Probabilities to buy from categories, and windows of next purchases, of a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.scoring.purchase_tables import append, note_quality, settings_of, with_model
from include.scoring.serving import Telling, version_to_score
from ml.errors import NotEnoughHistory
from ml.next_purchase import fit_day_weights, judge_windows, probabilities, tell_windows
from ml.next_purchase.categories import likeliest
from ml.tracking.propensity_runs import MODEL_NAME as PROPENSITY
from ml.tracking.propensity_runs import figures_of, same_settings, train_propensity
from ml.tracking.store import RegisteredVersion

_EPOCH = date(1970, 1, 1)
_SILENT = "silent for longer than anyone who came back within the days"


@dataclass(frozen=True)
class PropensityInputs:
    """Pairs of customer and category as of the date, and one and two times `probability_days` before it."""

    current: pa.Table
    judged: pa.Table
    training: pa.Table
    settings: dict


def read_propensity_inputs(connection, as_of: date) -> PropensityInputs:
    settings = settings_of(connection, "next_purchase_settings")
    days = settings["probability_days"]
    told = (read_pairs(connection, as_of - timedelta(days=days * steps)) for steps in range(3))
    return PropensityInputs(*told, settings)


def train_propensity_by_policy(inputs: PropensityInputs, telling: Telling) -> tuple[RegisteredVersion, str]:
    """Version and standing, as `train_propensity`."""
    asked = (inputs.training, inputs.judged, telling.as_of, inputs.settings)
    return train_propensity(telling.store, *asked, telling.context, telling.progress)


def write_next_purchases(connection: duckdb.DuckDBPyConnection, telling: Telling) -> None:
    inputs = read_propensity_inputs(connection, telling.as_of)
    categories = _write_probabilities(connection, inputs, telling)
    _write_windows(connection, telling.as_of, inputs.settings, categories, telling.progress)


def _write_probabilities(connection, inputs: PropensityInputs, telling: Telling) -> pa.Table:
    """Returns the likeliest category of each customer: customer_id, next_category, category_probability."""
    store, as_of, current = telling.store, telling.as_of, inputs.current
    version, reason = version_to_score(
        store,
        PROPENSITY,
        as_of,
        lambda: train_propensity_by_policy(inputs, telling),
        telling.progress,
        lambda version: same_settings(version, inputs.settings),
    )
    if version is None:
        note_quality(connection, as_of, "product_propensity", {}, reason=reason)
        scores = pa.nulls(current.num_rows, pa.float64())
        best = likeliest(current, current["category_days"].to_numpy().astype(float))
    else:
        figures, span = figures_of(store, version)
        figures = {("model", name): value for name, value in figures.items()}
        note_quality(connection, as_of, "product_propensity", figures, span)
        found = probabilities(store.load_classifier(version), current)
        scores, best = pa.array(found), likeliest(current, found)
    told = current.select(["customer_id", "category"]).append_column("probability", scores)
    told = told.append_column("score_reason", pa.array([reason] * current.num_rows, pa.string()))
    append(connection, "propensity_scores", as_of, with_model(told, version))
    return _best(current, best, scores)


def _best(pairs: pa.Table, rows: np.ndarray, scores: pa.Array) -> pa.Table:
    rows = pa.array(rows, pa.int64())
    return pa.table(
        {
            "customer_id": pairs["customer_id"].take(rows),
            "next_category": pairs["category"].take(rows),
            "category_probability": scores.take(rows),
        }
    )


def read_pairs(connection, told_on: date) -> pa.Table:
    """Pairs of customer and category with what was known of them at the date; empty for dates that are not told."""
    return connection.execute(
        'from "int".int_propensity__features where told_on = ? order by customer_id, category', [told_on]
    ).to_arrow_table()


def _write_windows(connection, as_of: date, settings: dict, categories: pa.Table, progress) -> None:
    bought = connection.execute(
        "select customer_id, (ordered_on - date '1970-01-01')::integer as day from \"int\".int_next_purchase__days "
        "where ordered_on <= ? order by customer_id, ordered_on", [as_of],
    ).to_arrow_table()  # fmt: skip
    if not bought.num_rows:
        note_quality(connection, as_of, "next_purchase", {}, reason="nobody has bought")
        return
    calendar = connection.execute(
        "select (day_on - date '1970-01-01')::integer as day, * exclude (day_on) "
        'from "int".int_next_purchase__calendar order by day_on'
    ).to_arrow_table()
    ids, segment = _segments(connection, as_of)
    customer = pc.index_in(bought["customer_id"], ids).to_numpy()
    day, now, days = bought["day"].to_numpy(), (as_of - _EPOCH).days, settings["return_days"]
    asked = {"days": days, "share": settings["window_share"], "prior": settings["rhythm_prior"]}
    try:
        before = fit_day_weights(calendar, now - days)
        windows = tell_windows(customer, day, segment, before, now - days, **asked)
        figures = {
            ("windows", name): value for name, value in judge_windows(windows, customer, day, now - days, days).items()
        }
        figures |= {("day_weights", name): value for name, value in before.effects.items()}
        note_quality(connection, as_of, "next_purchase", figures, (as_of - timedelta(days=days - 1), as_of))
        progress(f"Windows of next purchases: {figures['windows', 'window_coverage']:.3f} held those who came back")
    except NotEnoughHistory as fault:
        note_quality(connection, as_of, "next_purchase", {}, reason=str(fault))
    told = tell_windows(customer, day, segment, fit_day_weights(calendar, now), now, **asked)
    append(connection, "next_purchase_windows", as_of, _with_categories(_rows(told, ids), categories))


def _segments(connection, as_of: date) -> tuple[pa.Array, np.ndarray]:
    """Customers by id, and the number of the category that each came for."""
    found = connection.execute(
        "select customer_id, dense_rank() over (order by coalesce(first_category, '')) - 1 as segment "
        'from "int".int_next_purchase__customers where first_on <= ? order by customer_id',
        [as_of],
    ).to_arrow_table()
    return found["customer_id"].combine_chunks(), found["segment"].to_numpy().astype(np.int64)


def _rows(windows, ids: pa.Array) -> pa.Table:
    def day(days: np.ndarray) -> pa.Array:
        return pa.array(days.astype(np.int32), mask=days < 0).cast(pa.date32())

    reasons = pa.array(np.where(windows.latest < 0, _SILENT, None).tolist(), pa.string())
    return pa.table(
        {
            "customer_id": ids.take(pa.array(windows.customer)),
            "last_purchase_on": day(windows.last),
            "expected_gap_days": pa.array(windows.gap.round(6)),
            "purchase_probability": pa.array(windows.probability.round(9)),
            "earliest_on": day(windows.earliest),
            "expected_on": day(windows.expected),
            "latest_on": day(windows.latest),
            "score_reason": reasons,
        }
    )


def _with_categories(windows: pa.Table, categories: pa.Table) -> pa.Table:
    place = pc.index_in(windows["customer_id"], categories["customer_id"].combine_chunks())
    for name in ("next_category", "category_probability"):
        windows = windows.append_column(name, categories[name].combine_chunks().take(place.combine_chunks()))
    return windows
