"""Expected purchases of a customer who is still active: the closed form, and a quadrature where it overflows."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, hyp2f1, xlog1py, xlogy

_POLE = 1e-5
_NODES = np.polynomial.legendre.leggauss(200)
_TAIL = 1e-15


def purchases_while_active(parameters, t, x, age):
    """Expected purchases in the next `t` of customers known to be active at `age` after `x` repeat purchases.

    Parameters
    ----------
    parameters : r, alpha, a, b
    t, x, age : arrays of shape (n,)

    References
    ----------
    Fader, Hardie, Lee (2005), eq. 10 without its denominator, by Euler's transformation of the hypergeometric
    function, which neither overflows nor loses digits at high frequency.
    """
    r, alpha, a, b = parameters
    if abs(a - 1) < _POLE or np.any(np.abs(a + b + x - 1) < _POLE):
        # The formula has removable poles at a = 1 and a + b + x = 1: the mean of both sides is the limit.
        sides = [_closed_form(r, alpha, a + shift, b, t, x, age) for shift in (-2 * _POLE, 2 * _POLE)]
        return (sides[0] + sides[1]) / 2
    expected = _closed_form(r, alpha, a, b, t, x, age)
    lost = ~np.isfinite(expected)
    if lost.any():
        expected[lost] = _quadrature(r, alpha, a, b, t[lost], x[lost], age[lost])
    return expected


def _closed_form(r, alpha, a, b, t, x, age):
    left = (alpha + age) / (alpha + age + t)
    third = a + b + x - 1
    with np.errstate(all="ignore"):
        return third / (a - 1) * (1 - left ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, third, 1 - left))


def _quadrature(r, alpha, a, b, t, x, age):
    """Mean over the drop-out probability p of (1 - ((alpha + age) / (alpha + age + p t)) ** (r + x)) / p.

    Drop-out is beta(a, b + x). The closed form overflows only where a is large, and there it is bell-shaped.
    """
    low, high = betaincinv(a, b + x, _TAIL), betaincinv(a, b + x, 1 - _TAIL)
    mode = (a - 1) / np.maximum(a + b + x - 2, a - 1)
    top = xlogy(a - 1, mode) + xlog1py(b + x - 1, -mode)
    expected, total = np.zeros(len(x)), np.zeros(len(x))
    for node, weight in zip(*_NODES, strict=True):
        p = low + (high - low) * (node + 1) / 2
        weight = weight * np.exp(xlogy(a - 1, p) + xlog1py(b + x - 1, -p) - top)
        expected += weight * -np.expm1(-(r + x) * np.log1p(p * t / (alpha + age))) / p
        total += weight
    return expected / total
