"""Expected purchases of a customer who is still active: the closed form, and a quadrature where it loses digits."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, hyp2f1

_POLE, _STEP = 1e-4, 1e-3
# The closed form is one minus a number: where little is left it has as many fewer digits.
_SMALLEST_SHARE = 1e-5
# Below it the series of the hypergeometric function alternates too long.
_LEAST_ORDER = -50.0
_THIN = 0.5
_SEARCH_POINTS, _SEARCHES, _FALL = 25, 4, 42.0
_FEWEST_NODES, _LONGEST_STEP = 128, 0.3


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
        # The formula has removable poles at a = 1 and a + b + x = 1: the limit, extrapolated from both sides.
        shift = np.array([_STEP, 0.0] if abs(a - 1) < _POLE or a > b else [0.0, _STEP])
        sides = [_closed_form(r, alpha, *(np.array([a, b]) + k * shift), t, x, age)[0] for k in (-2, -1, 1, 2)]
        return (4 * (sides[1] + sides[2]) - sides[0] - sides[3]) / 6
    expected, share = _closed_form(r, alpha, a, b, t, x, age)
    lost = ~(np.isfinite(expected) & (np.abs(share) > _SMALLEST_SHARE) & (a + b - 1 - r > _LEAST_ORDER)) & (t > 0)
    if lost.any():
        expected[lost] = _quadrature(r + x[lost], a, b + x[lost], t[lost] / (alpha + age[lost]))
    return expected


def _closed_form(r, alpha, a, b, t, x, age):
    """Expected purchases, and the difference in the formula that they are a multiple of."""
    third = a + b + x - 1
    with np.errstate(all="ignore"):
        power = np.exp((1 - a) * np.log1p(t / (alpha + age)))
        share = 1 - power * hyp2f1(a + b - 1 - r, a - 1, third, t / (alpha + age + t))
        return third / (a - 1) * share, share


def _quadrature(rate, a, stays, elapsed):
    """Mean of f(p) = (1 - (1 + p * elapsed) ** -rate) / p over the drop-out probability p, beta(a, stays).

    The trapezoidal rule in the log odds of p, where the integrand is smooth and dies out at both ends. Where a or
    stays is so small that it dies slowly, the density heaps up at 0 or 1: f there is taken out before.
    """
    most, least = rate * elapsed, -np.expm1(-rate * np.log1p(elapsed))
    near_never, near_always = np.full(len(rate), a < _THIN), stays < _THIN
    shares = stays / (a + stays), a / (a + stays)
    taken_out = np.select(
        [near_never & near_always, near_never, near_always], [shares[0] * most + shares[1] * least, most, least], 0.0
    )

    def log_density(y):
        return -a * np.logaddexp(0, -y) - stays * np.logaddexp(0, y) - betaln(a, stays)

    def purchases(p):
        return -np.expm1(-rate * np.log1p(p * elapsed)) / p

    def log_size(y):
        p = np.exp(-np.logaddexp(0, -y))
        curve = p * (rate + 1) * elapsed / 2
        size = log_density(y) + np.log(purchases(p)) + near_never * np.log(curve / (1 + curve))
        return size - near_always * np.logaddexp(0, y)

    low, high = _essential_range(log_size, np.log1p((rate + 1) * elapsed), np.log1p(stays) + np.log1p(a))
    nodes = max(_FEWEST_NODES, int(np.ceil((high - low).max() / _LONGEST_STEP)))
    step, total = (high - low) / nodes, np.zeros(len(rate))
    for node in range(nodes):
        y = low + step * (node + 0.5)
        p, q = np.exp(-np.logaddexp(0, -y)), np.exp(-np.logaddexp(0, y))
        anchor = np.select(
            [near_never & near_always, near_never, near_always], [most * q + least * p, most, least], 0.0
        )
        total += np.exp(log_density(y)) * (purchases(p) - anchor)
    return taken_out + total * step


def _essential_range(log_size, turn, spread):
    """Low and high ends outside of which a single-peaked integrand is negligible, arrays of shape (n,)."""
    low, high = -turn - spread - 2 * _FALL / _THIN, spread + 2 * _FALL / _THIN
    for _ in range(_SEARCHES):
        step = (high - low) / (_SEARCH_POINTS - 1)
        sizes = np.array([log_size(low + k * step) for k in range(_SEARCH_POINTS)])
        large = sizes > np.max(sizes, axis=0) - _FALL
        first, last = np.argmax(large, axis=0), _SEARCH_POINTS - 1 - np.argmax(large[::-1], axis=0)
        low, high = low + (first - 1) * step, low + (last + 1) * step
    return low, high
