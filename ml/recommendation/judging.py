"""What the lists would have hit: the blend is chosen on an earlier hold-out, and judged on the last one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import sparse

from ml.errors import NotEnoughHistory
from ml.recommendation.history import History
from ml.recommendation.lists import Blend, Knowledge, learn, recommend

# From likeness alone to one's own products with likeness for the rest of the list, as grocers need it.
BLENDS = tuple(Blend(again, popular) for again, popular in product((0.0, 0.3, 1.0, 3.0, 10.0, 100.0), (0.0, 0.01, 0.1)))
RECOMMENDED, POPULARITY, OWN_REPEATS, RIVAL = "recommendations", "popularity", "own_repeats", "rival"
_FEWEST = 30


@dataclass(frozen=True)
class Range:
    """When a product is out of the range: unsold for so many days, or retired (a day for each product)."""

    unsold_days: int
    retired: np.ndarray


@dataclass(frozen=True)
class Judgement:
    """The blend; by method the share of customers with a hit, and of recommended products that were bought."""

    blend: Blend
    hit_rate: dict[str, float]
    precision: dict[str, float]
    customers: int
    first_day: int
    last_day: int

    def figures(self) -> dict[tuple[str, str], float]:
        """By method and metric: hit_rate, precision, and of the lists the customers judged and the blend."""
        told = {(method, "hit_rate"): value for method, value in self.hit_rate.items()}
        told |= {(method, "precision"): value for method, value in self.precision.items()}
        told |= {(RECOMMENDED, "customers"): float(self.customers)}
        return told | {(RECOMMENDED, "again"): self.blend.again, (RECOMMENDED, "popular"): self.blend.popular}


@dataclass(frozen=True)
class _Past:
    """What was known of customers who bought in the days after, what was offered then, and what they bought."""

    known: Knowledge
    offered: np.ndarray
    bought: sparse.csr_matrix

    def figures(self, known: Knowledge, length: int, blend: Blend) -> tuple[float, float]:
        """Hit rate and precision of the lists that follow from `known`."""
        hits, right, told = 0, 0, 0
        for lists in recommend(known, self.offered, length, blend):
            rows = np.repeat(lists.customer, lists.product.shape[1])
            found = np.asarray(self.bought[rows, np.maximum(lists.product, 0).ravel()]).reshape(lists.product.shape)
            found = (found > 0) & (lists.product >= 0)
            hits += int(found.any(axis=1).sum())
            right, told = right + int(found.sum()), told + int((lists.product >= 0).sum())
        return hits / len(known.buyers), right / max(told, 1)


def choose_blend(history: History, now: int, range_of: Range, length: int, neighbours: int, days: int) -> Blend:
    """The blend that hits most on the `days` before the last `days`: the last ones, which judge it, have no say in it.

    Raises
    ------
    NotEnoughHistory: fewer than 30 customers bought before and within them.
    """
    earlier = _past(history, now - 2 * days, range_of, neighbours, days)
    return max(BLENDS, key=lambda one: earlier.figures(earlier.known, length, one)[0])


def judge_recommendations(
    history: History,
    now: int,
    range_of: Range,
    length: int,
    neighbours: int,
    days: int,
    blend: Blend,
    rival: Blend | None = None,
) -> Judgement:
    """Hit rate of the lists on the last `days`, beside those of the most popular and of one's own frequent products.

    The customers are those who had bought before and bought within the hold-out. `rival` is another blend, for the same
    customers.

    Raises
    ------
    NotEnoughHistory: fewer than 30 customers bought before and within the hold-out.
    """
    past = _past(history, now - days, range_of, neighbours, days)
    known = past.known
    nothing_alike = replace(known, likeness=sparse.csr_matrix(known.likeness.shape))
    figures = {
        RECOMMENDED: past.figures(known, length, blend),
        OWN_REPEATS: past.figures(nothing_alike, length, Blend(1.0, 0.0)),
        POPULARITY: past.figures(replace(nothing_alike, taste=sparse.csr_matrix(known.taste.shape)), length, blend),
    }
    if rival:
        figures[RIVAL] = past.figures(known, length, rival)
    return Judgement(
        blend,
        {name: hit for name, (hit, _) in figures.items()},
        {name: precision for name, (_, precision) in figures.items()},
        len(known.buyers),
        now - days + 1,
        now,
    )


def _past(history: History, now: int, range_of: Range, neighbours: int, days: int) -> _Past:
    known = learn(history, now, neighbours)
    bought = history.since(now + 1).until(now + days).bought()
    known = replace(known, buyers=np.intersect1d(known.buyers, np.flatnonzero(np.diff(bought.indptr))))
    if len(known.buyers) < _FEWEST:
        raise NotEnoughHistory(
            f"{len(known.buyers)} customers bought before and within {days} days; {_FEWEST} are needed to judge lists"
        )
    return _Past(known, history.offered(now, range_of.unsold_days, range_of.retired), bought)
