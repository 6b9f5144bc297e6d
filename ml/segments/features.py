"""What customers are compared by: their metrics on a scale on which a unit means the same for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# A metric that fewer know would tell segments apart by who is asked, not by what they do.
KNOWN_SHARE = 0.2
# Nobody lies further off than this many standard deviations: a segment of three odd customers helps no one.
FURTHEST = 3.0


@dataclass(frozen=True)
class Feature:
    """A metric, its scale ('linear', or 'log' of one more than it), and the words for those low and high in it."""

    metric: str
    scale: str
    low_en: str
    low_zh: str
    high_en: str
    high_zh: str


@dataclass(frozen=True)
class Scaling:
    """Median, mean and standard deviation of each feature on its scale; arrays of shape (features,)."""

    features: tuple[Feature, ...]
    medians: np.ndarray
    means: np.ndarray
    deviations: np.ndarray

    def apply(self, table: pa.Table) -> np.ndarray:
        """Features of shape (n, features) in standard deviations from the mean; the unknown are at the median.

        Raises
        ------
        ValueError: the table lacks a feature; the message names it.
        """
        missing = [feature.metric for feature in self.features if feature.metric not in table.column_names]
        if missing:
            raise ValueError(
                f"the feature table lacks {', '.join(missing)}, by which the segments were found. "
                "Train again on this table."
            )
        scaled = np.empty((table.num_rows, len(self.features)))
        for place, feature in enumerate(self.features):
            values = on_scale(table, feature)
            values[np.isnan(values)] = self.medians[place]
            scaled[:, place] = np.clip((values - self.means[place]) / self.deviations[place], -FURTHEST, FURTHEST)
        return scaled


def on_scale(table: pa.Table, feature: Feature) -> np.ndarray:
    """Values of shape (n,), nan where null; the logarithm keeps the sign, since revenue may be negative."""
    values = pc.cast(table[feature.metric], pa.float64()).to_numpy(zero_copy_only=False).copy()
    if feature.scale == "log":
        values = np.sign(values) * np.log1p(np.abs(values))
    return values


def fit_scaling(table: pa.Table, features: tuple[Feature, ...]) -> Scaling:
    """Scaling of the features that enough customers know and in which they differ; there may be none."""
    kept, figures = [], []
    for feature in features:
        values = on_scale(table, feature)
        known = values[~np.isnan(values)]
        if len(known) < max(KNOWN_SHARE * len(values), 1):
            continue
        median = np.median(known)
        filled = np.where(np.isnan(values), median, values)
        if filled.std() > 1e-9:
            kept.append(feature)
            figures.append((median, filled.mean(), filled.std()))
    medians, means, deviations = np.array(figures).reshape(-1, 3).T
    return Scaling(tuple(kept), medians, means, deviations)
