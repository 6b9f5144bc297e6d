"""A topic keeps its number from one model to the next while its words stay the same."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.preprocessing import normalize

from ml.voice.topics import Topics

# Cosine of the weights of words from which two topics are one.
SAME_FROM = 0.5


def carried_numbers(topics: Topics, former: Topics | None, numbers: tuple[int, ...], next_number: int):
    """Number of each topic, and the next that was never used.

    Parameters
    ----------
    former, numbers, next_number : topics of the model before, their numbers, and the next; None, () and 1 for the first

    The pairs of new and former topics whose cosines sum to the most are one topic if they are alike (Kuhn 1955, the
    assignment problem); another topic takes the next number.
    """
    carried: dict[int, int] = {}
    if former is not None and len(numbers):
        alike = _cosines(topics, former)
        for new, old in zip(*linear_sum_assignment(-alike), strict=True):
            if alike[new, old] >= SAME_FROM:
                carried[int(new)] = numbers[old]
    for new in range(len(topics.weights)):
        if new not in carried:
            carried[new] = next_number
            next_number += 1
    return tuple(carried[place] for place in range(len(topics.weights))), next_number


def _cosines(topics: Topics, former: Topics) -> np.ndarray:
    """Shape (topics, former topics), over the words of either."""
    places = {word: place for place, word in enumerate(topics.words)}
    shared = [(places[word], place) for place, word in enumerate(former.words) if word in places]
    if not shared:
        return np.zeros((len(topics.weights), len(former.weights)))
    new, old = (list(side) for side in zip(*shared, strict=True))
    return normalize(topics.weights)[:, new] @ normalize(former.weights)[:, old].T
