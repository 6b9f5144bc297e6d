"""What the arms of experiments did, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.experiments.corrections import corrected
from ml.experiments.effects import ArmSums, mean_effects
from ml.experiments.peeking import always_valid_reach, obrien_fleming_bounds
from ml.experiments.power import minimal_detectable_effect, power_to_find
from ml.experiments.results import NUMBERS, RESULTS
from ml.experiments.running import Assignment
from ml.experiments.sample_ratio import sample_ratio_p
from ml.experiments.words import ALWAYS_VALID, BROKEN_RATIO, LOSS, NO_EFFECT_SHOWN, STILL_RUNNING, UNDERPOWERED, WIN

ALL = "all"
_FAMILY = ["campaign_id", "dimension"]
_SHARE = 9  # digits to which a declared share is told


@dataclass(frozen=True)
class Metric:
    name: str
    days: int
    is_better_high: bool


@dataclass(frozen=True)
class ExperimentRules:
    """As in the policy experiments.yml."""

    confidence: float
    power: float
    worthwhile_lift: float
    minimum_units: int
    sample_ratio_p: float
    peeking: str
    correction: str
    segment_correction: str
    call_early: bool
    metrics: tuple[Metric, ...]

    @property
    def alpha(self) -> float:
        return 1 - self.confidence


def judge_experiments(
    sums: pa.Table,
    assignments: Mapping[str, Assignment],
    control_shares: Mapping[str, float | None],
    as_of: date,
    rules: ExperimentRules,
) -> pa.Table:
    """Effect of every arm against its control by metric, of all customers and of each segment, with a verdict.

    p-values of all customers are corrected over the arms and metrics of their experiment, those of segments over the
    segments of their kind as well.

    Parameters
    ----------
    sums : one row a campaign_id, dimension ('all' or a kind of segment), segment, arm and metric, with is_baseline,
        assigned (customers put in the arm), units (those whose window is closed), total and squares of the metric
    assignments : when customers were assigned, by campaign
    control_shares : declared share of the control group by campaign, None where none is declared

    Returns
    -------
    table `RESULTS`; numbers are null, with a reason, where too little is known
    """
    table = _compared(sums.to_pandas(), rules)
    if table.empty:
        return RESULTS.empty_table()
    enough = (table[["units", "control_units"]].min(axis=1) >= rules.minimum_units).to_numpy()
    table["reason"] = [
        None if fine else _too_few(row, rules) for fine, row in zip(enough, table.itertuples(), strict=True)
    ]
    _add_effects(table, enough, rules)
    _add_corrections(table, rules)
    _add_progress(table, assignments, as_of, rules)
    _add_sample_ratio(table, control_shares)
    table["verdict"] = [_verdict(row, rules) for row in table.itertuples()]
    table[list(NUMBERS)] = table[list(NUMBERS)].astype(float).round(6)
    table = table.sort_values(["campaign_id", "dimension", "segment", "arm", "position"], kind="stable")
    return pa.Table.from_pandas(table[RESULTS.names], schema=RESULTS, preserve_index=False)


def _compared(sums: pd.DataFrame, rules: ExperimentRules) -> pd.DataFrame:
    """One row a comparison: an arm beside its control."""
    keys = ["campaign_id", "dimension", "segment", "metric"]
    measures = ["assigned", "units", "total", "squares"]
    sums = sums.assign(**{name: sums[name].astype(float) for name in measures})
    base = sums[sums["is_baseline"]].rename(columns={name: f"control_{name}" for name in ["arm", *measures]})
    table = sums[~sums["is_baseline"]].merge(base[[*keys, "control_arm", *(f"control_{m}" for m in measures)]], on=keys)
    known = pd.DataFrame(
        [(one.name, place, one.days, one.is_better_high) for place, one in enumerate(rules.metrics)],
        columns=["metric", "position", "window_days", "is_better_high"],
    )
    return table.merge(known, on="metric").reset_index(drop=True)


def _too_few(row, rules: ExperimentRules) -> str:
    if not row.units + row.control_units:
        return "the window of no customer is closed, or the sources do not tell of it"
    return f"{int(row.units)} customers against {int(row.control_units)}, fewer than {rules.minimum_units}"


def _add_effects(table: pd.DataFrame, enough: np.ndarray, rules: ExperimentRules) -> None:
    arm = ArmSums.of(*(table[name] for name in ("units", "total", "squares")))
    control = ArmSums.of(*(table[f"control_{name}"] for name in ("units", "total", "squares")))
    found = mean_effects(arm, control, rules.confidence)
    named = {
        "mean": arm.mean,
        "control_mean": control.mean,
        "lift": found.lift,
        "standard_error": found.standard_error,
        "lift_low": found.low,
        "lift_high": found.high,
        "p_value": found.p_value,
        "relative_lift": found.relative,
        "relative_low": found.relative_low,
        "relative_high": found.relative_high,
        "power": power_to_find(rules.worthwhile_lift * np.abs(control.mean), found.standard_error, rules.alpha),
        "minimal_detectable_effect": minimal_detectable_effect(found.standard_error, rules.alpha, rules.power),
    }
    for name, numbers in named.items():
        table[name] = np.where(enough, numbers, np.nan)
    constant = enough & np.isnan(found.standard_error)
    apart = np.nan_to_num(found.lift) != 0
    table.loc[constant & ~apart, "reason"] = "nobody differs from anybody"
    table.loc[constant & apart, "reason"] = "everybody in an arm did the same: how far chance goes cannot be told"


def _add_corrections(table: pd.DataFrame, rules: ExperimentRules) -> None:
    table["adjusted_p_value"], table["tests"] = np.nan, 0
    for (_, dimension), rows in table.groupby(_FAMILY).groups.items():
        method = rules.correction if dimension == ALL else rules.segment_correction
        table.loc[rows, "adjusted_p_value"] = corrected(table.loc[rows, "p_value"], method)
        table.loc[rows, "tests"] = int(table.loc[rows, "p_value"].notna().sum())


def _add_progress(
    table: pd.DataFrame, assignments: Mapping[str, Assignment], as_of: date, rules: ExperimentRules
) -> None:
    """How much of each experiment is seen, and intervals that hold while it runs."""
    for name in ("information", "running_low", "running_high", "bound"):
        table[name] = np.nan
    table["is_finished"] = False
    for (campaign, days), rows in table.groupby(["campaign_id", "window_days"]).groups.items():
        of = assignments[campaign]
        looks, finished = of.looks(as_of, days), of.is_finished(as_of, days)
        table.loc[rows, "information"] = looks[-1] if len(looks) else 0.0
        table.loc[rows, "is_finished"] = finished
        if not len(looks) or (finished and not rules.call_early):
            continue
        planned = of.planned(as_of)
        table.loc[rows, "bound"] = _reach(table.loc[rows], looks, planned, rules, several=True)
        reach = _reach(table.loc[rows], looks, planned, rules) * table.loc[rows, "standard_error"]
        table.loc[rows, "running_low"] = table.loc[rows, "lift"] - reach
        table.loc[rows, "running_high"] = table.loc[rows, "lift"] + reach


def _reach(rows: pd.DataFrame, looks: np.ndarray, planned: float, rules: ExperimentRules, several: bool = False):
    """Standard errors that an interval reaches; where `several` tests are told, each has its part of the error."""
    tests = np.maximum(rows["tests"].to_numpy(), 1) if several else np.ones(len(rows))
    if rules.peeking == ALWAYS_VALID:
        units = (rows["units"] + rows["control_units"]).to_numpy()
        return np.array(
            [
                always_valid_reach(n, planned, rules.alpha / m) if n else np.nan
                for n, m in zip(units, tests, strict=True)
            ]
        )
    last = {m: obrien_fleming_bounds(looks, rules.alpha / m)[-1] for m in np.unique(tests)}
    return np.array([last[m] for m in tests])


def _add_sample_ratio(table: pd.DataFrame, control_shares: Mapping[str, float | None]) -> None:
    """Of everybody assigned, whether their window is closed or not; of all arms together against the control."""
    table["sample_ratio_p"] = np.nan
    for campaign, rows in table[table["dimension"] == ALL].groupby("campaign_id"):
        share = control_shares.get(campaign)
        if share is None or not 0 < round(share, _SHARE) < 1:
            continue
        arms = rows.drop_duplicates("arm")
        units = [arms["assigned"].sum(), arms["control_assigned"].iloc[0]]
        table.loc[table["campaign_id"] == campaign, "sample_ratio_p"] = sample_ratio_p(units, [1 - share, share])


def _verdict(row, rules: ExperimentRules) -> str | None:
    if row.sample_ratio_p < rules.sample_ratio_p:
        return BROKEN_RATIO
    if row.standard_error != row.standard_error:
        if not row.is_finished:
            return STILL_RUNNING
        return UNDERPOWERED if row.units and row.control_units else None
    if rules.call_early:
        is_shown = abs(row.lift) >= row.bound * row.standard_error
    else:
        is_shown = row.is_finished and row.adjusted_p_value < rules.alpha
    if is_shown:
        return WIN if (row.lift > 0) == row.is_better_high else LOSS
    if not row.is_finished:
        return STILL_RUNNING
    return NO_EFFECT_SHOWN if row.power >= rules.power else UNDERPOWERED
