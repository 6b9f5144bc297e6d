"""The part of the Pareto/NBD likelihood of customers who left: an integral over when they did.

Fader and Hardie (2005, note 009, brucehardie.com) write it as a difference of two Gauss hypergeometric functions,
which overflow and cancel at high frequency. Euler's integral behind them has a positive integrand instead:

    integral over tau from t_x to T of (alpha + tau) ** -(r + x) * (beta + tau) ** -(s + 1)

With m the smaller of alpha and beta, M the larger, and m + tau = (m + t_x) * exp(z), it becomes

    integral over z from 0 to Z of exp(-B * z - A * log1p(q * expm1(z))),   q = (m + t_x) / (M + t_x) <= 1

times the integrand at t_x and m + t_x. That is smooth in a strip around the axis, so Gauss-Legendre panels reach the
last digits, and the derivatives by the parameters are moments under the same weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NODES = 16
_U, _W = (np.polynomial.legendre.leggauss(_NODES)[0] + 1) / 2, np.polynomial.legendre.leggauss(_NODES)[1] / 2
_LONGEST_PANEL = 2.0
_LARGEST_FALL = 16.0
# Where the integrand has fallen by so many powers of e it adds nothing to a double.
_NEGLIGIBLE = 38.0
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class TimeOfLeaving:
    """The integral for n rows, and means under its integrand.

    Attributes
    ----------
    log_integral : array of shape (n,), -inf where T equals t_x
    first, second : arrays of shape (4, n) and (4, 4, n), None unless asked for
        Means, and means of products, of log((alpha + tau) / (alpha + t_x)), tau's share (tau - t_x) / (alpha + tau),
        and the same two with beta.
    """

    log_integral: np.ndarray
    first: np.ndarray | None = None
    second: np.ndarray | None = None


def time_of_leaving(parameters, x, t_x, T, *, moments: bool) -> TimeOfLeaving:
    """The integral of the customers (x, t_x, T), arrays of shape (n,), at parameters r, alpha, s, beta."""
    r, alpha, s, beta = parameters
    swapped = beta < alpha
    smaller, larger = min(alpha, beta), max(alpha, beta)
    slope = np.full(len(x), s) if swapped else r + x - 1
    power = r + x if swapped else np.full(len(x), s + 1)
    ratio = (smaller + t_x) / (larger + t_x)
    reach = _reach(slope, power, ratio, np.log1p((T - t_x) / (smaller + t_x)))
    total = np.zeros(len(x))
    sums = np.zeros((14, len(x))) if moments else None
    panels = _panels(slope, power, ratio, reach)
    rows = np.argsort(panels, kind="stable")
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        for panel in range(panels[part[-1]]):
            inside = part[panels[part] > panel]
            width = reach[inside] / panels[inside]
            z = width[:, None] * (panel + _U)
            growth = np.expm1(z)
            scaled = ratio[inside, None] * growth
            other = np.log1p(scaled)
            weights = np.exp(-slope[inside, None] * z - power[inside, None] * other) * (width[:, None] * _W)
            total[inside] += weights.sum(axis=1)
            if moments:
                sums[:, inside] += _moments(weights, z, growth, other, scaled)
    at_last = np.log(smaller + t_x) - (r + x) * np.log(alpha + t_x) - (s + 1) * np.log(beta + t_x)
    with np.errstate(divide="ignore"):
        log_integral = np.log(total) + at_last
    if not moments:
        return TimeOfLeaving(log_integral)
    sums /= np.where(total > 0, total, 1.0)
    order = [2, 3, 0, 1] if swapped else [0, 1, 2, 3]
    return TimeOfLeaving(log_integral, sums[:4][order], sums[_PAIR_PLACES][order][:, order])


_PAIRS = [(i, j) for i in range(4) for j in range(i, 4)]
_PAIR_PLACES = np.array([[4 + _PAIRS.index((min(i, j), max(i, j))) for j in range(4)] for i in range(4)])


def _moments(weights, z, growth, other, scaled) -> list[np.ndarray]:
    """Weighted sums over the nodes of the four quantities, then of their products in the order of `_PAIRS`."""
    columns = [z, growth / (1 + growth), other, scaled / (1 + scaled)]
    weighted = [column * weights for column in columns]
    sums = [column.sum(axis=1) for column in weighted]
    return sums + [np.einsum("ij,ij->i", weighted[i], columns[j]) for i, j in _PAIRS]


def _reach(slope, power, ratio, end):
    """Where the integrand becomes negligible, or the end of the range if that comes first."""
    rise = np.maximum(-slope, 0) * end
    with np.errstate(over="ignore", divide="ignore"):
        by_power = np.log1p(np.expm1((_NEGLIGIBLE + rise) / power) / ratio)
        steepness = slope + power * ratio
        by_start = np.where((slope >= 0) & (steepness > 0), _NEGLIGIBLE / steepness, np.inf)
    return np.minimum(end, np.minimum(by_power, by_start))


def _panels(slope, power, ratio, reach):
    """Panels a row's range is cut into, so that in each the integrand changes by a bounded factor."""
    change = np.abs(slope) * reach + power * np.log1p(ratio * np.expm1(reach))
    return np.maximum(np.ceil(np.maximum(reach / _LONGEST_PANEL, change / _LARGEST_FALL)), 1).astype(np.int64)
