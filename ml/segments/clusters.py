"""How many segments there are, and where their centres lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

SEED = 20170131
CHOOSING_ROWS, SILHOUETTE_ROWS, FITTING_ROWS = 10_000, 3_000, 100_000
RESAMPLES = 6
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Candidate:
    """A number of clusters and how it was judged.

    silhouette : mean over a sample, -1 to 1 (Rousseeuw 1987)
    stability : mean adjusted Rand index between the clusters of the sample and those found in random halves of it,
        both on the whole sample (Ben-Hur, Elisseeff, Guyon 2002)
    smallest_share : customers in the smallest cluster, a share
    """

    clusters: int
    silhouette: float
    stability: float
    smallest_share: float


def sample_of(matrix: np.ndarray, rows: int) -> np.ndarray:
    """At most so many rows, drawn at random but the same each time, in their order."""
    if len(matrix) <= rows:
        return matrix
    drawn = np.random.default_rng(SEED).choice(len(matrix), rows, replace=False)
    return matrix[np.sort(drawn)]


def judge_numbers(matrix: np.ndarray, least: int, most: int) -> list[Candidate]:
    """Each number of clusters from `least` to `most`, judged on a sample of `matrix`, shape (n, features)."""
    sample = sample_of(matrix, CHOOSING_ROWS)
    distinct = len(np.unique(sample, axis=0))
    return [_judge(sample, clusters) for clusters in range(least, min(most, distinct - 1) + 1)]


def choose_number(candidates: list[Candidate], minimum_stability: float, minimum_share: float) -> Candidate:
    """The best silhouette among those that are stable and have no tiny cluster; else the most stable one."""
    fit = [one for one in candidates if one.stability >= minimum_stability and one.smallest_share >= minimum_share]
    if fit:
        return max(fit, key=lambda one: (one.silhouette, -one.clusters))
    return max(candidates, key=lambda one: (one.stability, -one.clusters))


def find_centres(matrix: np.ndarray, clusters: int) -> np.ndarray:
    """Centres of shape (clusters, features), the largest cluster first; of a sample when there are many rows."""
    sample = sample_of(matrix, FITTING_ROWS)
    fitted = _fit(sample, clusters, starts=10)
    sizes = np.bincount(fitted.labels_, minlength=clusters)
    order = np.lexsort((*fitted.cluster_centers_.T, -sizes))
    return fitted.cluster_centers_[order]


def nearest(matrix: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the place of its centre, and how clearly it is its own: 1 - distance / distance to the next one.

    Returns
    -------
    integers and floats of shape (n,); 0 is half-way between two centres, 1 at the centre
    """
    places, clearness = np.empty(len(matrix), np.int64), np.empty(len(matrix))
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        distances = np.stack([np.sqrt(((matrix[rows] - centre) ** 2).sum(axis=1)) for centre in centres], axis=1)
        places[rows] = distances.argmin(axis=1)
        first, second = np.partition(distances, 1, axis=1)[:, :2].T
        clearness[rows] = 1 - first / np.maximum(second, 1e-300)
    return places, clearness


def silhouette(matrix: np.ndarray, places: np.ndarray) -> float:
    """Mean silhouette of a sample; nan when all of it is in one cluster."""
    drawn = sample_of(np.column_stack([matrix, places]), SILHOUETTE_ROWS)
    if not 1 < len(np.unique(drawn[:, -1])) < len(drawn):
        return float("nan")
    return float(silhouette_score(drawn[:, :-1], drawn[:, -1].astype(int)))


def _judge(sample: np.ndarray, clusters: int) -> Candidate:
    whole = _fit(sample, clusters).labels_
    random = np.random.default_rng(SEED + clusters)
    agreement = []
    for _ in range(RESAMPLES):
        half = random.choice(len(sample), len(sample) // 2, replace=False)
        found = _fit(sample[np.sort(half)], clusters).predict(sample)
        agreement.append(adjusted_rand_score(whole, found))
    smallest = np.bincount(whole, minlength=clusters).min() / len(sample)
    return Candidate(clusters, silhouette(sample, whole), float(np.mean(agreement)), float(smallest))


def _fit(rows: np.ndarray, clusters: int, starts: int = 3) -> KMeans:
    return KMeans(clusters, n_init=starts, random_state=SEED).fit(rows)
