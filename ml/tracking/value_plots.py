"""Plots of a lifetime-value run: what the candidates expected of a hold-out, and what happened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from ml.clv.families import frequency_groups
from ml.clv.holdout import Holdout
from ml.clv.summaries import DAYS_PER_UNIT, Summaries, histories
from ml.clv.value_fit import ValueFit
from ml.tracking.plots import plot_alive, plot_calibration_by_group, plot_frequency_fit, plot_tracking, plot_tracks

_BARS = 7
_TENTHS = 10
_ALIVE_FROM = (0, 0.2, 0.4, 0.6, 0.8)


def plot_fit(fit: ValueFit, summaries: Summaries, folder: Path) -> None:
    """tracking.png and frequency_fit.png: how the fit of the latest date tells the past that it was fitted to."""
    x, _, age, _ = histories(summaries.at(fit.as_of))
    days = [day for day in summaries.dates if day <= fit.as_of]
    observed = [histories(summaries.at(day))[0].sum() for day in days]
    ages = [age - (fit.as_of - day).days / DAYS_PER_UNIT for day in days]
    expected = [fit.purchases.expected_purchases_of_new_customer(np.maximum(then, 0)).sum() for then in ages]
    plot_tracking(days, observed, expected, folder / "tracking.png")
    distinct, customers = np.unique(age, return_counts=True)
    chances = [fit.purchases.probability_of_purchases(np.full_like(distinct, n), distinct) for n in range(_BARS)]
    fitted = [float(customers @ chance) for chance in chances]
    counted = [int((x == n).sum()) for n in range(_BARS)]
    labels = [*map(str, range(_BARS)), f"{_BARS}+"]
    rest = [int((x >= _BARS).sum()), len(x) - sum(fitted)]
    plot_frequency_fit(labels, [*counted, rest[0]], [*fitted, rest[1]], folder / "frequency_fit.png")


def plot_holdout(holdout: Holdout, folder: Path, candidate: str | None = None) -> None:
    """calibration.png, spend_calibration.png and holdout_tracking.png of all candidates, or of one; of all also
    survival.png, who was taken to be alive and who then bought.
    """

    def of(what: dict) -> dict:
        return what if candidate is None else {name: found for name, found in what.items() if name == candidate}

    group = frequency_groups(holdout.frequency)
    labels = [*map(str, range(_BARS)), f"{_BARS}+"]
    if of(holdout.purchases):
        plot_calibration_by_group(
            labels,
            _means(group, holdout.actual_purchases),
            {name: _means(group, expected) for name, expected in of(holdout.purchases).items()},
            "repeat purchase days before",
            "purchase days after",
            folder / "calibration.png",
        )
        plot_tracks(holdout.days, holdout.observed, of(holdout.tracked), folder / "holdout_tracking.png")
        if candidate is None:
            plot_alive(_by_chance_of_being_alive(holdout), folder / "survival.png")
    if of(holdout.spend):
        tenth = _tenths(holdout.past_spend)
        plot_calibration_by_group(
            [str(number + 1) for number in range(_TENTHS)],
            _means(tenth, holdout.actual_spend, _TENTHS),
            {name: _means(tenth, expected, _TENTHS) for name, expected in of(holdout.spend).items()},
            "tenth of customers by past repeat spend",
            "money after",
            folder / "spend_calibration.png",
        )


def _by_chance_of_being_alive(holdout: Holdout) -> pd.DataFrame:
    """Groups of customers by their probability of being alive; by some families many have a probability of 1."""
    alive, active = holdout.alive, holdout.actual_purchases > 0
    group = np.where(alive >= 1, len(_ALIVE_FROM), np.digitize(alive, _ALIVE_FROM) - 1)
    labels = [f"{low:g} – {high:g}" for low, high in zip(_ALIVE_FROM, (*_ALIVE_FROM[1:], 1), strict=True)]
    rows = []
    for number, label in enumerate([*labels, "1"]):
        here = group == number
        if here.any():
            bounds = binomtest(int(active[here].sum()), int(here.sum())).proportion_ci(method="wilson")
            rows.append([label, here.sum(), alive[here].mean(), active[here].mean(), *bounds])
    return pd.DataFrame(rows, columns=["label", "customers", "alive", "active", "lower", "upper"])


def _means(group: np.ndarray, values: np.ndarray, groups: int = _BARS + 1) -> np.ndarray:
    counts = np.bincount(group, minlength=groups)
    return np.divide(np.bincount(group, values, groups), counts, out=np.full(groups, np.nan), where=counts > 0)


def _tenths(values: np.ndarray) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    tenth = np.empty(len(values), dtype=int)
    tenth[order] = np.arange(len(values)) * _TENTHS // max(len(values), 1)
    return tenth
