"""Weights of an analytic hierarchy process: from pairwise judgements, by the principal eigenvector.

References
----------
Saaty (1980), The Analytic Hierarchy Process, McGraw-Hill: the scale of 1 to 9, the eigenvector, and the random
indices (p. 21) by which an inconsistency is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log

# Mean consistency index of matrices filled at random, by their order.
RANDOM_INDEX = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
LARGEST = max(RANDOM_INDEX)


@dataclass(frozen=True)
class Judgement:
    """`more` matters `by` times as much as `less`; a reciprocal says the opposite."""

    more: str
    less: str
    by: Fraction


@dataclass(frozen=True)
class Weights:
    """Weights by name, summing to one, and how far the judgements contradict each other (0 is not at all)."""

    by_name: dict[str, float]
    consistency_ratio: float

    def implied(self, judgement: Judgement) -> float:
        """What the judgement would say if it agreed with the weights."""
        return self.by_name[judgement.more] / self.by_name[judgement.less]

    def worst_first(self, judgements: Sequence[Judgement]) -> list[Judgement]:
        """Judgements by how many times they are off from what they imply together; three are all off alike."""
        return sorted(judgements, key=lambda one: -round(abs(log(float(one.by) / self.implied(one))), 9))


def weigh(names: Sequence[str], judgements: Sequence[Judgement]) -> Weights:
    """Weights of `names`, where each pair of them is judged once.

    Raises
    ------
    ValueError: a pair is judged never or more than once, or there are more names than random indices.
    """
    import numpy as np  # not at the top: every command reads policies, few weigh anything

    size = len(names)
    if size not in RANDOM_INDEX:
        raise ValueError(f"{size} things cannot be compared in pairs; at most {LARGEST} can.")
    if len({frozenset((one.more, one.less)) for one in judgements}) != len(judgements) or (
        len(judgements) != size * (size - 1) // 2
    ):
        raise ValueError("each pair must be judged once.")
    position = {name: number for number, name in enumerate(names)}
    matrix = np.ones((size, size))
    for one in judgements:
        row, column = position[one.more], position[one.less]
        matrix[row, column], matrix[column, row] = float(one.by), float(1 / one.by)
    values, vectors = np.linalg.eig(matrix)
    # By Perron and Frobenius the largest eigenvalue of a positive matrix is real, and its vector has one sign.
    principal = int(np.argmax(values.real))
    weights = np.abs(vectors[:, principal].real)
    weights /= weights.sum()
    index = (values[principal].real - size) / (size - 1) if size > 1 else 0.0
    # Two things cannot contradict each other; nor is an index under zero more than rounding.
    ratio = max(index, 0.0) / RANDOM_INDEX[size] if RANDOM_INDEX[size] else 0.0
    return Weights(dict(zip(names, weights.tolist(), strict=True)), float(ratio))
