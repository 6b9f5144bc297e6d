"""Prices of budgets: the Lagrangian dual of the allocation, made small by cutting planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CHUNK = 100_000  # customers at once: the values of so many stay in the processor's cache and memory stays flat
TOLERANCE = 1e-6
MOST_STEPS = 200
_SAMPLED = 20_000


@dataclass(frozen=True)
class Prices:
    """`price` of one more unit of each budget (value a unit), and `bound`: no allocation is worth more than it."""

    price: np.ndarray
    bound: float
    steps: int


def find_prices(
    values: np.ndarray, usage: np.ndarray, limits: np.ndarray, per_customer: int | np.ndarray = 1
) -> Prices:
    """Prices at which customers, each choosing for themselves, come nearest to what the budgets allow.

    With x of 0 or 1 for each customer and action, at most `per_customer` of a customer, the best allocation is worth
    max sum(v x) subject to U x <= b. For prices p >= 0 it is no more than

        g(p) = p b + sum over customers of the sum of their `per_customer` highest max(0, v - U p),

    and the least g is the value of the linear programme (0 <= x <= 1), since what is left of the constraints has whole
    corners. g is convex, and b less what is used at p is a subgradient: each evaluation gives a plane under g, and the
    lowest point of all planes is the next p (Kelley). A sample of the customers shows where to begin.

    Parameters
    ----------
    values : (customers, actions), value of each; not a number, or not positive, is none
    usage : (actions, budgets), units of a budget that an action takes, >= 0
    limits : (budgets,), units, >= 0
    per_customer : actions a customer may get at most: one number, or one of each customer, (customers,)

    References
    ----------
    Fisher (1981), The Lagrangian relaxation method for solving integer programming problems.
    Kelley (1960), The cutting-plane method for solving convex programs.
    """
    customers, budgets = len(values), len(limits)
    highest = _highest_prices(values, usage)
    start = np.zeros(budgets)
    if customers > 3 * _SAMPLED:
        step = customers // _SAMPLED
        most = per_customer[::step] if np.ndim(per_customer) else per_customer
        start = find_prices(values[::step], usage, limits / step, most).price
    planes, heights = [], []
    best, price, at = np.inf, start, start
    for steps in range(1, MOST_STEPS + 1):  # noqa: B007 - told at the end
        height, slope = evaluate(values, usage, limits, at, per_customer)
        if height < best:
            best, price = height, at
        planes.append(slope)
        heights.append(height - slope @ at)
        lowest = _lowest(np.array(planes), np.array(heights), highest)
        if lowest is None:  # numbers too far apart for the solver: the prices found so far are as good as they get
            break
        at, lower = lowest
        if best - lower <= TOLERANCE * max(abs(best), 1e-12):
            break
    return Prices(price, float(best), steps)


def evaluate(values, usage, limits, price, per_customer: int | np.ndarray = 1) -> tuple[float, np.ndarray]:
    """g at `price`, and a subgradient there."""
    charge = usage @ price
    total, chosen = 0.0, np.zeros(values.shape[1])
    for low in range(0, len(values), CHUNK):
        part = values[low : low + CHUNK]
        # What is worth nothing by itself is never done, whatever a budget costs.
        reduced = np.where(part > 0, part - charge, 0.0)
        most = np.broadcast_to(per_customer, len(values))[low : low + CHUNK]
        for place in range(min(int(most.max()), values.shape[1])):
            action = reduced.argmax(axis=1)
            rows = np.arange(len(part))
            gain = np.where(most > place, reduced[rows, action], 0.0)
            total += gain[gain > 0].sum()
            chosen += np.bincount(action[gain > 0], minlength=values.shape[1])
            reduced[rows, action] = 0.0
    return float(price @ limits + total), limits - chosen @ usage


def _highest_prices(values: np.ndarray, usage: np.ndarray) -> np.ndarray:
    """Prices above which nothing that needs the budget would be done."""
    most = np.nanmax(np.where(np.isfinite(values), values, 0.0), axis=0, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(usage > 0, most[:, None] / usage, 0.0)
    return worth.max(axis=0, initial=0.0)


def _lowest(planes: np.ndarray, heights: np.ndarray, highest: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Where the highest of the planes is lowest within the bounds, and how low that is; None without an answer."""
    from scipy.optimize import linprog  # half a second, which a night without budgets need not wait

    scale = np.where(highest > 0, highest, 1.0)
    size = max(float(np.abs(heights).max()), 1e-12)
    found = linprog(
        np.r_[np.zeros(len(highest)), 1.0],
        A_ub=np.c_[planes * scale / size, -np.ones(len(planes))],
        b_ub=-heights / size,
        bounds=[*((0.0, float(top / by)) for top, by in zip(highest, scale, strict=True)), (None, None)],
        method="highs",
    )
    if not found.success:
        return None
    return found.x[:-1] * scale, float(found.x[-1] * size)
