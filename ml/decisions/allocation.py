"""Which action each customer gets, so that what is expected of all together is the most that the budgets allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.decisions.dual import find_prices

NONE = -1


@dataclass(frozen=True)
class Allocation:
    """`action` of shape (customers, most per customer): number of an action, or `NONE`.

    `value` is what they are worth together, `bound` what no allocation can exceed (the linear programme's value),
    `used` and `price` units used of each budget and the worth of one more of them.
    """

    action: np.ndarray
    value: float
    bound: float
    used: np.ndarray
    price: np.ndarray
    steps: int

    @property
    def gap(self) -> float:
        """How far the allocation is from the bound, as a share of it."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def allocate(
    values: np.ndarray, usage: np.ndarray, limits: np.ndarray, per_customer: int | np.ndarray = 1
) -> Allocation:
    """Prices for the budgets, then a whole allocation that keeps to them: the same input gives the same rows.

    Parameters
    ----------
    values : (customers, actions), expected value of each; not a number or not positive where it is not to be done
    usage : (actions, budgets), units that one action takes, >= 0
    limits : (budgets,), units that are left
    per_customer : actions a customer may get at most, each a different one: one number, or one of each, (customers,)

    Raises
    ------
    ValueError: shapes do not fit, a usage is negative, or `per_customer` is under one.

    Notes
    -----
    At the prices each customer wants the action of highest value after paying for what it takes. Those are granted in
    the order of that reduced value until one does not fit; its action is then over for everybody, and whoever wanted it
    takes what is next best. What is left of a budget goes to those whom its price kept away. A linear programme splits
    at most as many customers as there are budgets, so what is lost against the bound is of that size.
    """
    values, usage = np.asarray(values, dtype=float), np.asarray(usage, dtype=float)
    limits = np.maximum(np.asarray(limits, dtype=float), 0.0)
    if values.ndim != 2 or usage.shape != (values.shape[1], len(limits)):
        raise ValueError(f"values {values.shape}, usage {usage.shape} and limits {limits.shape} do not fit together.")
    most = np.broadcast_to(per_customer, len(values))
    if (usage < 0).any() or (most < 1).any():
        raise ValueError("usage must not be negative, and per_customer must be one or more.")
    prices = find_prices(values, usage, limits, per_customer)
    action = np.full((len(values), int(most.max(initial=1))), NONE)
    used = np.zeros(len(limits))
    for place in range(action.shape[1]):
        used = _grant(values, usage, limits, usage @ prices.price, action, place, used, most)
    rows, places = np.nonzero(action != NONE)
    value = float(values[rows, action[rows, places]].sum())
    return Allocation(action, value, max(prices.bound, value), used, prices.price, prices.steps)


def _grant(values, usage, limits, charge, action, place, used, most) -> np.ndarray:
    """Fill `action[:, place]`; returns what is used of the budgets then."""
    is_open = np.ones(values.shape[1], dtype=bool)
    waiting = np.arange(len(values))
    if place:
        waiting = waiting[(action[:, place - 1] != NONE) & (most > place)]
    while waiting.size and is_open.any():
        is_open &= (used + usage <= limits + 1e-9).all(axis=1)
        wanted, gain = _wishes(values, charge, action, place, waiting, is_open)
        waiting = waiting[wanted != NONE]
        gain, wanted = gain[wanted != NONE], wanted[wanted != NONE]
        order = np.lexsort((waiting, -values[waiting, wanted], -gain))
        taken = used + np.cumsum(usage[wanted[order]], axis=0)
        misfits = np.flatnonzero((taken > limits + 1e-9).any(axis=1))
        granted = order[: misfits[0]] if misfits.size else order
        action[waiting[granted], place] = wanted[granted]
        if granted.size:
            used = taken[granted.size - 1]
        if not misfits.size:
            break
        # Less than one of it is left, for this customer and so for all.
        is_open[wanted[order[misfits[0]]]] = False
        waiting = np.sort(np.delete(waiting, granted))
    return used


def _wishes(values, charge, action, place, waiting, is_open) -> tuple[np.ndarray, np.ndarray]:
    """The open action of highest reduced value of each who waits, and that value; `NONE` where nothing is worth it."""
    wanted, gain = np.full(len(waiting), NONE), np.zeros(len(waiting))
    step = 100_000
    for low in range(0, len(waiting), step):
        rows = waiting[low : low + step]
        part = values[rows]
        reduced = np.where((part > 0) & is_open, part - charge, -np.inf)
        for former in range(place):
            has = action[rows, former] != NONE
            reduced[np.flatnonzero(has), action[rows, former][has]] = -np.inf
        best = reduced.argmax(axis=1)
        most = reduced[np.arange(len(rows)), best]
        wanted[low : low + step] = np.where(np.isfinite(most), best, NONE)
        gain[low : low + step] = most
    return wanted, gain
