"""Plots of a training run, drawn without a display."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ml.evaluation.probabilities import calibration_bins, lift_at


def _axes(title: str, across: str, up: str, height: float = 4):
    figure = Figure(figsize=(6, height), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=90, metadata={"Software": None})


def plot_calibration(outcome, probability, path: Path) -> None:
    """Observed churn against predicted, in ten groups of equal size."""
    bins = calibration_bins(outcome, probability)
    predicted, observed = [group[0] for group in bins], [group[1] for group in bins]
    figure, axes = _axes("Calibration on the judged date", "predicted churn", "observed churn")
    top = max(*predicted, *observed, 0.01) * 1.05
    axes.plot([0, top], [0, top], color="0.7", linestyle="--", label="perfect")
    axes.plot(predicted, observed, marker="o", label="customers in tenths")
    axes.legend(frameon=False)
    _save(figure, path)


def plot_lift(outcome, probability, path: Path) -> None:
    """Churners found among the share of customers with the highest scores, over those found at random."""
    shares = np.linspace(0.05, 1, 20)
    figure, axes = _axes("Lift on the judged date", "share of customers, highest scores first", "lift")
    axes.plot(shares, [lift_at(outcome, probability, share) for share in shares], marker="o")
    axes.axhline(1, color="0.7", linestyle="--")
    axes.set_ylim(bottom=0)
    _save(figure, path)


def plot_waiting(curves: pd.DataFrame, lead_days: int, predicted, path: Path) -> None:
    """Share that had not bought yet by days since the judged date, with its interval, and the churn that was predicted.

    `curves` as in `ml.evaluation.survival`; `predicted` holds each group's mean, at the lead.
    """
    figure, axes = _axes("No purchase yet since the judged date", "days since the judged date", "share of customers")
    for (group, own), churn in zip(curves.groupby("group"), predicted, strict=True):
        risk = {1: ", highest risk", curves["group"].max(): ", lowest"}.get(group, "")
        label = f"{own.customers.iloc[0]:,}{risk}"
        (line,) = axes.plot(own.days, own.share, marker="o", markersize=4, label=label)
        axes.fill_between(own.days, own.lower, own.upper, color=line.get_color(), alpha=0.15, linewidth=0)
        axes.plot(lead_days, churn, marker="D", color=line.get_color(), markeredgecolor="0.2", linestyle="none")
    axes.plot([], [], marker="D", color="0.8", markeredgecolor="0.2", linestyle="none", label="predicted churn")
    axes.axvline(lead_days, color="0.7", linestyle="--")
    axes.set_ylim(0, 1.02)
    axes.legend(title="customers", frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    _save(figure, path)


def plot_by_date(series: dict[str, dict[str, float]], path: Path) -> None:
    """Area under the ROC of each recipe on every date that it was judged on, each later than what it had learnt."""
    figure, axes = _axes("AUC on later dates", "judged date", "AUC")
    for name, values in series.items():
        axes.plot(list(values), list(values.values()), marker="o", label=name)
    axes.tick_params(axis="x", rotation=45)
    axes.legend(frameon=False, fontsize="small")
    _save(figure, path)


def plot_weights(weights: dict[str, float], path: Path) -> None:
    """What each reason adds to or takes from the log odds, on average over the judged customers, heaviest first."""
    figure, axes = _axes("Weight of the reasons", "mean change of the log odds, without sign", "")
    names = sorted(weights, key=weights.get)
    axes.barh(names, [weights[name] for name in names])
    axes.tick_params(axis="y", labelsize="small")
    _save(figure, path)


def plot_tracking(days, observed, expected, path: Path) -> None:
    """Cumulative repeat purchases at every as-of date, observed and expected."""
    figure, axes = _axes("Repeat purchases, cumulated", "as-of date", "repeat purchase days")
    axes.plot(days, observed, marker="o", label="observed")
    axes.plot(days, expected, marker="s", linestyle="--", label="expected")
    axes.tick_params(axis="x", rotation=45)
    axes.legend(frameon=False)
    _save(figure, path)


def plot_frequency_fit(labels, observed, expected, path: Path) -> None:
    """Customers by repeat purchases, observed and expected."""
    figure, axes = _axes("Customers by repeat purchases", "repeat purchase days", "customers")
    place = np.arange(len(labels))
    axes.bar(place - 0.2, observed, 0.4, label="observed")
    axes.bar(place + 0.2, expected, 0.4, label="expected")
    axes.set_xticks(place, labels)
    axes.legend(frameon=False)
    _save(figure, path)


def plot_calibration_by_group(labels, observed, expected: dict, across: str, up: str, path: Path) -> None:
    """Mean of each group of customers in a hold-out, as it was and as each candidate expected it."""
    figure, axes = _axes("Hold-out by group", across, up)
    place = np.arange(len(labels))
    axes.bar(place, observed, 0.6, color="0.85", label="observed")
    for name, means in expected.items():
        axes.plot(place, means, marker="o", markersize=4, label=name)
    axes.set_xticks(place, labels)
    axes.legend(frameon=False)
    _save(figure, path)


def plot_tracks(days, observed, expected: dict, path: Path) -> None:
    """Purchases since the start of a hold-out, as they were and as each candidate expected them."""
    figure, axes = _axes("Hold-out, cumulated", "as-of date", "repeat purchase days")
    axes.plot(days, observed, color="0.3", marker="o", label="observed")
    for name, track in expected.items():
        axes.plot(days, track, linestyle="--", label=name)
    axes.tick_params(axis="x", rotation=45)
    axes.legend(frameon=False)
    _save(figure, path)


def plot_alive(groups: pd.DataFrame, path: Path) -> None:
    """Share of each group that bought in a hold-out, with its interval, beside their mean probability of being alive.

    `groups` : one row a group, with label, customers, alive, active, lower and upper
    """
    figure, axes = _axes("Alive, and bought in the hold-out", "probability alive before", "share of customers")
    place = np.arange(len(groups))
    ends = np.abs(groups[["lower", "upper"]].to_numpy() - groups[["active"]].to_numpy()).T
    axes.bar(place, groups.active, 0.6, color="0.85", yerr=ends, ecolor="0.5", capsize=3, label="bought")
    axes.plot(place, groups.alive, marker="o", markersize=4, label="probability alive")
    axes.set_xticks(place, [f"{row.label}\n({row.customers:,})" for row in groups.itertuples()])
    axes.set_ylim(0, 1.05)
    axes.legend(frameon=False)
    _save(figure, path)


def plot_distribution(values, path: Path) -> None:
    """Customers by predicted value; the top hundredth is drawn in the last bar."""
    values = np.asarray(values, dtype=float)
    figure, axes = _axes("Predicted 12-month value", "money", "customers")
    if len(values):
        axes.hist(np.minimum(values, np.quantile(values, 0.99)), bins=40)
    _save(figure, path)


def plot_groups(table: pd.DataFrame, figure: str, whole: float, path: Path) -> None:
    """One bar a group with its customers, beside the figure of all; `table` as in `ml.tracking.groups`."""
    known = table[table[figure].notna()].reset_index(drop=True)
    apart = known["grouping"].ne(known["grouping"].shift()).cumsum() * 0.6
    place = -(known.index + apart).to_numpy()
    height = max(2.5, 0.32 * len(known) + 1.2)
    drawing, axes = _axes(f"{figure} by group; the line is that of all", figure, "", height)
    axes.barh(place, known[figure])
    axes.set_yticks(place, [f"{row.grouping} {row.group} ({row.customers:,.0f})" for row in known.itertuples()])
    axes.axvline(whole, color="0.3", linestyle="--")
    _save(drawing, path)
