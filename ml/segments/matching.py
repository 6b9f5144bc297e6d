"""Segments keep their number from one model to the next while they stay where they were."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from ml.segments.features import Scaling

# Root mean square over the features, in standard deviations, beyond which a centre is another segment.
SAME_WITHIN, _FAR = 0.5, 1e9


def carried_numbers(
    scaling: Scaling, centres: np.ndarray, former: tuple[Scaling, np.ndarray, tuple[int, ...], int] | None
) -> tuple[tuple[int, ...], int]:
    """Number of each segment, and the next that was never used.

    Parameters
    ----------
    scaling, centres : of the new model; centres of shape (k, features) in its standard deviations
    former : scaling, centres, numbers and next number of the model before, or None for the first model

    The pairs of old and new centres whose distances sum to the least are the same segment if they are near
    (Kuhn 1955, the assignment problem); another segment takes the next number.
    """
    if former is None:
        return tuple(range(1, len(centres) + 1)), len(centres) + 1
    former_scaling, former_centres, former_numbers, next_number = former
    distances = _distances(scaling, centres, former_scaling, former_centres)
    numbers: dict[int, int] = {}
    for new, old in zip(*linear_sum_assignment(distances), strict=True):
        if distances[new, old] <= SAME_WITHIN:
            numbers[int(new)] = former_numbers[old]
    for new in range(len(centres)):
        if new not in numbers:
            numbers[new] = next_number
            next_number += 1
    return tuple(numbers[place] for place in range(len(centres))), next_number


def _distances(
    scaling: Scaling, centres: np.ndarray, former_scaling: Scaling, former_centres: np.ndarray
) -> np.ndarray:
    """Shape (k, former k), over the features that both know; far when they share none."""
    places = {feature.metric: (place, feature.scale) for place, feature in enumerate(former_scaling.features)}
    shared = [
        (place, places[feature.metric][0])
        for place, feature in enumerate(scaling.features)
        if feature.metric in places and places[feature.metric][1] == feature.scale
    ]
    if not shared:
        return np.full((len(centres), len(former_centres)), _FAR)
    new, old = (list(side) for side in zip(*shared, strict=True))
    unscaled = former_centres[:, old] * former_scaling.deviations[old] + former_scaling.means[old]
    moved = (unscaled - scaling.means[new]) / scaling.deviations[new]
    return np.sqrt(((centres[:, None, new] - moved[None, :, :]) ** 2).mean(axis=2))
