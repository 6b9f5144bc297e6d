"""What each group of features adds to the log odds of a customer: exact, in batches, for lines and for small trees.

Of a line it is coefficient x distance from the mean. Of boosted trees it is the Shapley value of the group in the game
in which a split whose feature is unknown follows both branches by their training rows (path-dependent, Lundberg and
others 2020). A tree of so few splits has few patterns of left and right: the value of every pattern is worked out once,
and a row only looks its pattern up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.churn.calibration import CalibratedClassifier

_BATCH = 65_536
_MOST_SPLITS = 10


def group_contributions(model: CalibratedClassifier, groups: list[int], matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Contributions to the calibrated log odds, shape (n, max(groups) + 1), and the log odds of no knowledge.

    Their sum over the groups, added to the second, is `model.decision_function(matrix)`.

    Parameters
    ----------
    groups : for every column of `matrix` the number of its group, from 0

    Raises
    ------
    TypeError: an estimator that is neither a pipeline ending in a line nor gradient boosting.
    ValueError: a tree with more than ten splits, whose patterns would be too many.
    """
    number = max(groups, default=-1) + 1
    if isinstance(model.estimator, HistGradientBoostingClassifier):
        trees, base = _tables(model.estimator, groups)
        parts = _of_trees(trees, matrix, number)
    elif hasattr(model.estimator, "steps"):
        parts, base = _of_line(model, groups, matrix, number)
    else:
        raise TypeError(f"no contributions are known of {type(model.estimator).__name__}")
    parts *= model.slope
    return parts, model.slope * base + model.intercept


def line_inputs(estimator, matrix: np.ndarray) -> np.ndarray | None:
    """What enters the last step of a pipeline that ends in a line; None for other estimators."""
    return estimator[:-1].transform(matrix) if hasattr(estimator, "steps") else None


def _of_line(model, groups, matrix, number):
    imputer, line = model.estimator[0], model.estimator[-1]
    missing = [groups[place] for place in imputer.indicator_.features_] if imputer.indicator_ is not None else []
    weights = np.zeros((len(groups) + len(missing), number))
    weights[np.arange(len(weights)), [*groups, *missing]] = line.coef_[0]
    parts = np.empty((len(matrix), number))
    for start in range(0, len(matrix), _BATCH):
        rows = slice(start, start + _BATCH)
        parts[rows] = (line_inputs(model.estimator, matrix[rows]) - model.reference) @ weights
    return parts, float(line.intercept_[0] + line.coef_[0] @ model.reference)


@dataclass(frozen=True)
class _Tree:
    """Splits of a tree, and `values` of shape (groups, patterns): bit k of a pattern says that split k goes left."""

    places: np.ndarray
    thresholds: np.ndarray
    missing_left: np.ndarray
    groups: list[int]
    values: np.ndarray


def _of_trees(trees: list[_Tree], matrix: np.ndarray, number: int) -> np.ndarray:
    parts = np.zeros((number, len(matrix)))
    for start in range(0, len(matrix), _BATCH):
        columns = np.ascontiguousarray(matrix[start : start + _BATCH].T)
        batch = parts[:, start : start + _BATCH]
        missing = {place: np.isnan(column) for place, column in enumerate(columns) if np.isnan(column).any()}
        for tree in trees:
            pattern = np.zeros(columns.shape[1], dtype=np.int16)
            for bit, (place, threshold, left) in enumerate(
                zip(tree.places, tree.thresholds, tree.missing_left, strict=True)
            ):
                goes_left = columns[place] <= threshold
                if left and place in missing:
                    goes_left |= missing[place]
                pattern |= goes_left.astype(np.int16) << bit
            for group, values in zip(tree.groups, tree.values, strict=True):
                batch[group] += values[pattern]
    return parts.T


def _tables(estimator, groups: list[int]) -> tuple[list[_Tree], float]:
    made = [_table(stage[0].nodes, groups) for stage in estimator._predictors]
    base = float(np.ravel(estimator._baseline_prediction)[0]) + sum(mean for _, mean in made)
    return [tree for tree, _ in made if tree.groups], base


def _table(nodes, groups: list[int]) -> tuple[_Tree, float]:
    """The look-up table of a tree, and its mean over the rows that it was grown on."""
    splits = np.flatnonzero(nodes["is_leaf"] == 0)
    if len(splits) > _MOST_SPLITS:
        raise ValueError(f"a tree has {len(splits)} splits; contributions are worked out for {_MOST_SPLITS} at most")
    bit = {node: number for number, node in enumerate(splits)}
    patterns = np.arange(2 ** len(splits))
    group_of = {node: groups[nodes["feature_idx"][node]] for node in splits}
    players = sorted(set(group_of.values()))

    def expectation(node: int, known: frozenset[int]) -> np.ndarray:
        if nodes["is_leaf"][node]:
            return np.full(len(patterns), nodes["value"][node])
        left, right = nodes["left"][node], nodes["right"][node]
        if group_of[node] in known:
            goes_left = (patterns >> bit[node]) & 1 == 1
            return np.where(goes_left, expectation(left, known), expectation(right, known))
        share = nodes["count"][left] / (nodes["count"][left] + nodes["count"][right])
        return share * expectation(left, known) + (1 - share) * expectation(right, known)

    worth = {
        frozenset(known): expectation(0, frozenset(known))
        for size in range(len(players) + 1)
        for known in combinations(players, size)
    }
    values = np.zeros((len(players), len(patterns)))
    for row, player in enumerate(players):
        for known, value in worth.items():
            if player not in known:
                weight = factorial(len(known)) * factorial(len(players) - len(known) - 1) / factorial(len(players))
                values[row] += weight * (worth[known | {player}] - value)
    tree = _Tree(
        places=nodes["feature_idx"][splits],
        thresholds=nodes["num_threshold"][splits],
        missing_left=nodes["missing_go_to_left"][splits].astype(bool),
        groups=players,
        values=values,
    )
    return tree, float(worth[frozenset()][0])
