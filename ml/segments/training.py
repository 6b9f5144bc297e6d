"""Finding segments in what is known of customers at one date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from ml.errors import NotEnoughHistory
from ml.segments.clusters import Candidate, choose_number, find_centres, judge_numbers, nearest, silhouette
from ml.segments.features import Feature, fit_scaling
from ml.segments.matching import carried_numbers
from ml.segments.model import SegmentModel
from ml.segments.naming import name_segments


@dataclass(frozen=True)
class SegmentSettings:
    """Least and most segments, customers needed, and bars: stability and silhouette gain, smallest share, words."""

    clusters_from: int
    clusters_to: int
    minimum_customers: int
    minimum_share: float
    minimum_stability: float
    replace_gain: float
    words_from: float
    features: tuple[Feature, ...]


@dataclass(frozen=True)
class SegmentTraining:
    """A segmentation and how it was judged.

    `sizes` are customers by segment, shape (k,); `rival_silhouette` is that of the former model's segments on the same
    customers, nan without one.
    """

    as_of: date
    model: SegmentModel
    candidates: list[Candidate]
    chosen: Candidate
    silhouette: float
    rival_silhouette: float
    sizes: np.ndarray


def rows_of(table: pa.Table, day: date) -> pa.Table:
    """Rows of the date, ordered by customer."""
    return table.filter(pc.equal(table["as_of_date"], pa.scalar(day, pa.date32()))).sort_by("customer_id")


def train_segment_model(
    table: pa.Table, as_of: date, settings: SegmentSettings, former: SegmentModel | None = None
) -> SegmentTraining:
    """Find segments among the customers of `as_of`.

    Parameters
    ----------
    table : customer_id, as_of_date and the metrics of `settings.features` (null where unknown)
    former : the model whose segments keep their numbers where they are found again

    Raises
    ------
    NotEnoughHistory: too few customers, or nothing in which they differ, in words.
    """
    rows = rows_of(table, as_of)
    if rows.num_rows < settings.minimum_customers:
        raise NotEnoughHistory(
            f"{rows.num_rows} customers had bought by {as_of}; at least {settings.minimum_customers} are needed."
        )
    scaling = fit_scaling(rows, settings.features)
    matrix = scaling.apply(rows)
    with threadpool_limits(1):
        candidates = judge_numbers(matrix, settings.clusters_from, settings.clusters_to)
        if not candidates:
            raise NotEnoughHistory(f"customers do not differ by {as_of} in enough of what segments are found by.")
        chosen = choose_number(candidates, settings.minimum_stability, settings.minimum_share)
        centres = find_centres(matrix, chosen.clusters)
        places, _ = nearest(matrix, centres)
        own = silhouette(matrix, places)
        rival = _rival_silhouette(matrix, rows, former)
    known = former and (former.scaling, former.centres, former.numbers, former.next_number)
    numbers, next_number = carried_numbers(scaling, centres, known)
    names = name_segments(scaling.features, centres, numbers, settings.words_from)
    model = SegmentModel(scaling, centres, numbers, tuple(names), next_number)
    sizes = np.bincount(places, minlength=len(centres))
    return SegmentTraining(as_of, model, candidates, chosen, own, rival, sizes)


def _rival_silhouette(matrix: np.ndarray, rows: pa.Table, former: SegmentModel | None) -> float:
    """How well the former segments fit, measured where the new ones are; nan when there are none to compare."""
    if former is None or any(feature.metric not in rows.column_names for feature in former.scaling.features):
        return float("nan")
    return silhouette(matrix, nearest(former.scaling.apply(rows), former.centres)[0])
