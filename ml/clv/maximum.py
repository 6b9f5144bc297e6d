"""Maximum likelihood over positive parameters: Newton steps in logarithms from several starts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.errors import DidNotConverge

Derivatives = tuple[float, np.ndarray, np.ndarray]
# Beyond e**9 the gamma functions of a likelihood lose the digits its differences live on.
_BOUND = 9.0
_GRADIENT_TOLERANCE = 1e-11
_ACCEPTED_GRADIENT = 1e-7
_LONGEST_STEP = 2.0
_MOST_STEPS = 200
_ROUNDING = 1e-11
# Within a hundredth of every known parameter Newton's steps would only end there again.
_SAME_PLACE = 1e-2


class FlatLikelihood(UserWarning):
    """The likelihood hardly changes with a parameter, or rises to the edge of its range: it has no standard error."""


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is highest.

    Attributes
    ----------
    parameters : array of shape (k,), each within exp(-9) and exp(9)
    value : float, the log-likelihood there
    information : array of shape (k, k), its negative second derivatives by the logarithms of the parameters
    """

    parameters: np.ndarray
    value: float
    information: np.ndarray


def maximise(likelihood: Callable[[np.ndarray], Derivatives], starts: Sequence[np.ndarray], mean_over: float):
    """The maximum of a log-likelihood, the best of all starts.

    Parameters
    ----------
    likelihood : takes positive parameters of shape (k,); gives value, gradient (k,) and Hessian (k, k)
    starts : positive parameters of shape (k,) each
    mean_over : total weight of the rows; tolerances apply to the mean log-likelihood

    Returns
    -------
    Maximum

    Raises
    ------
    DidNotConverge: no start ends where the gradient vanishes.
    """
    ends: list[Maximum] = []
    for start in starts:
        end = _climb(likelihood, np.log(start), mean_over, [np.log(known.parameters) for known in ends])
        ends += [end] if end else []
    if not ends:
        raise DidNotConverge(
            f"none of {len(starts)} starts reached a maximum of the likelihood. Check the histories for a wrong "
            "unit of time or money, or for customers of quite different kinds in one fit."
        )
    return max(ends, key=lambda end: end.value)


def _climb(likelihood, point: np.ndarray, mean_over: float, known: Sequence[np.ndarray]) -> Maximum | None:
    """Projected Newton steps within the box to a `Maximum`, None where none but a known one is reached."""
    point = np.clip(point, -_BOUND, _BOUND)
    value, gradient, hessian = _mean(likelihood, point, mean_over)
    for _ in range(_MOST_STEPS):
        free = ~((np.abs(point) >= _BOUND) & (np.sign(gradient) == np.sign(point)))
        if not np.isfinite(value) or np.abs(gradient[free]).max(initial=0.0) < _GRADIENT_TOLERANCE:
            break
        if any(np.abs(point - end).max() < _SAME_PLACE for end in known):
            return None
        step = np.zeros_like(point)
        step[free] = _ascent(gradient[free], hessian[np.ix_(free, free)])
        step = _to_the_edge(point, step)
        for halving in range(30):
            candidate = point + step / 2**halving
            candidate = np.where(np.abs(candidate) > _BOUND - 1e-9, np.sign(candidate) * _BOUND, candidate)
            derivatives = _mean(likelihood, candidate, mean_over)
            # Near the top values differ by rounding alone; there the gradient says which point is higher up.
            level = derivatives[0] > value - _ROUNDING * max(abs(value), 1.0)
            if derivatives[0] > value or (level and np.abs(derivatives[1][free]).max() < np.abs(gradient[free]).max()):
                break
        else:
            break
        point, (value, gradient, hessian) = candidate, derivatives
    free = ~((np.abs(point) >= _BOUND) & (np.sign(gradient) == np.sign(point)))
    reached = np.isfinite(value) and np.abs(gradient[free]).max(initial=0.0) < _ACCEPTED_GRADIENT
    return Maximum(np.exp(point), float(value * mean_over), -hessian * mean_over) if reached else None


def _to_the_edge(point: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The step, shortened as a whole to end where the first parameter reaches the edge of the box.

    Cut parameter by parameter it would leave the ridge that it follows, and creep towards the edge without arriving.
    """
    room = _BOUND - point * np.sign(step)
    step = np.where(room > 0, step, 0.0)
    reach = np.divide(room, np.abs(step), out=np.full_like(step, np.inf), where=step != 0)
    return step * min(1.0, reach.min())


def _ascent(gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Newton's step with the curvature's sign made negative everywhere, at most `_LONGEST_STEP` long."""
    curvature, axes = np.linalg.eigh(-hessian)
    step = axes @ ((axes.T @ gradient) / np.maximum(np.abs(curvature), 1e-8))
    return step * min(1.0, _LONGEST_STEP / np.abs(step).max())


def _mean(likelihood, point: np.ndarray, mean_over: float) -> Derivatives:
    with np.errstate(all="ignore"):
        return tuple(part / mean_over for part in in_logarithms(likelihood, point))


def in_logarithms(likelihood, point: np.ndarray) -> Derivatives:
    """Value, gradient and Hessian with respect to the logarithms of the parameters."""
    parameters = np.exp(point)
    value, gradient, hessian = likelihood(parameters)
    scaled = gradient * parameters
    return value, scaled, hessian * np.outer(parameters, parameters) + np.diag(scaled)


def covariance(maximum: Maximum, names: Sequence[str]) -> np.ndarray:
    """Covariance of the logarithms of the parameters, shape (k, k): the inverse of the observed information.

    A parameter the likelihood is flat in gets nan and a `FlatLikelihood` warning; the others keep theirs.
    """
    information = maximum.information
    flat = (np.diag(information) < 1e-4) | (np.abs(np.log(maximum.parameters)) >= _BOUND - 1e-9)
    found = np.full_like(information, np.nan)
    kept = np.ix_(~flat, ~flat)
    if not flat.all() and np.linalg.eigvalsh(information[kept]).min() > 0:
        found[kept] = np.linalg.inv(information[kept])
    unknown = [name for name, variance in zip(names, np.diag(found), strict=True) if np.isnan(variance)]
    if unknown:
        warnings.warn(f"the data do not determine {', '.join(unknown)}", FlatLikelihood, stacklevel=4)
    return found
