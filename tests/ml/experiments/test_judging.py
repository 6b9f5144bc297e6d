"""What is said of an experiment: verdicts, corrections by family, progress and the declared share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ml.experiments.judging import ExperimentRules, Metric, judge_experiments
from ml.experiments.results import RESULTS
from ml.experiments.running import Assignment

STARTS = date(2024, 3, 1)
RULES = ExperimentRules(
    0.95, 0.8, 0.1, 30, 0.001, "obrien_fleming", "holm", "benjamini_hochberg", False,
    (Metric("conversion", 14, True), Metric("returns", 14, False)),
)  # fmt: skip


def rows(rates: dict[str, tuple[float, float]], units: int = 20_000, control: int = 5_000, segment=("all", "all")):
    """Sums of metrics with these rates in the arm and in the control."""
    made = []
    for metric, (own, base) in rates.items():
        for arm, is_baseline, size, rate in (("offer", False, units, own), ("held", True, control, base)):
            total = round(size * rate)
            made.append(("c1", *segment, arm, is_baseline, size, metric, size, total, total))
    names = ["campaign_id", "dimension", "segment", "arm", "is_baseline", "assigned", "metric", "units", "total"]
    return pd.DataFrame(made, columns=[*names, "squares"])


def assigned(days: int = 1, customers: int = 25_000, ends: int = 13) -> Assignment:
    first = np.datetime64(STARTS) + np.arange(days)
    return Assignment(first, np.full(days, customers // days), STARTS, STARTS + timedelta(days=ends))


def judged(table, rules=RULES, share=0.2, as_of=date(2024, 6, 30), assignment=None):
    sums = pa.Table.from_pandas(table, preserve_index=False)
    found = judge_experiments(sums, {"c1": assignment or assigned()}, {"c1": share}, as_of, rules).to_pandas()
    return found.set_index(["dimension", "segment", "metric"])


def test_more_is_a_win_and_more_returns_are_a_loss():
    found = judged(rows({"conversion": (0.12, 0.10), "returns": (0.06, 0.04)})).loc[("all", "all")]
    assert found["verdict"].tolist() == ["win", "loss"]
    assert found["lift"].tolist() == pytest.approx([0.02, 0.02])
    assert found["control_arm"].unique().tolist() == ["held"] and found["tests"].tolist() == [2, 2]


def test_no_effect_is_only_said_where_one_would_have_been_seen():
    large = judged(rows({"conversion": (0.501, 0.5)})).loc[("all", "all", "conversion")]
    small = judged(rows({"conversion": (0.12, 0.1)}, 400, 100)).loc[("all", "all", "conversion")]
    assert (large.verdict, small.verdict) == ("no_effect_shown", "underpowered")
    assert large.power > 0.8 > small.power


def test_where_everybody_in_an_arm_did_the_same_no_error_is_told():
    """That all bought of one arm and nobody of the other is not said to be no difference."""
    found = judged(rows({"conversion": (1, 0), "returns": (0, 0)}, 100, 100), share=None).loc[("all", "all")]
    assert found["lift"].tolist() == [1, 0] and found["standard_error"].isna().all()
    assert found["verdict"].tolist() == ["underpowered"] * 2
    assert found["reason"].tolist() == [
        "everybody in an arm did the same: how far chance goes cannot be told", "nobody differs from anybody",
    ]  # fmt: skip


def test_arms_unlike_the_declared_share_are_not_called():
    found = judged(rows({"conversion": (0.12, 0.10)}), share=0.25).loc[("all", "all", "conversion")]
    assert found.verdict == "broken_ratio" and found.sample_ratio_p < 1e-9
    undeclared = judged(rows({"conversion": (0.12, 0.10)}), share=None).loc[("all", "all", "conversion")]
    assert undeclared.verdict == "win" and np.isnan(undeclared.sample_ratio_p)


def test_what_runs_is_not_called_unless_the_policy_lets_it():
    """At four fifths a lift of five errors is called with leave only, and one of 2.2 errors not even then."""
    running = assigned(days=20, ends=39)
    half = STARTS + timedelta(days=19 + 13)
    clear, faint = rows({"conversion": (0.14, 0.10)}, 8000, 2000), rows({"conversion": (0.1165, 0.10)}, 8000, 2000)
    waits = judged(clear, as_of=half, assignment=running).loc[("all", "all", "conversion")]
    assert waits.verdict == "still_running" and not waits.is_finished and waits.adjusted_p_value < 1e-5
    assert waits.information == pytest.approx(20 / (20 * 40 / 33), abs=1e-6)
    for method in ("obrien_fleming", "always_valid"):
        rules = replace(RULES, call_early=True, peeking=method)
        called = judged(clear, rules, as_of=half, assignment=running).loc[("all", "all", "conversion")]
        waits = judged(faint, rules, as_of=half, assignment=running).loc[("all", "all", "conversion")]
        assert (called.verdict, waits.verdict) == ("win", "still_running"), method
        assert waits.p_value < 0.05 and waits.running_low < 0 < waits.lift_low
        assert called.running_low < called.lift_low and called.running_high > called.lift_high


def test_segments_are_corrected_among_themselves():
    parts = [rows({"conversion": (0.12, 0.10)})]
    parts += [rows({"conversion": (rate, 0.10)}, segment=("region", name)) for name, rate in
              (("East", 0.111), ("West", 0.101), ("North", 0.099))]  # fmt: skip
    found = judged(pd.concat(parts))
    assert found.loc[("all", "all", "conversion")].tests == 1
    regions = found.loc["region"]
    assert set(regions["tests"]) == {3}
    east = regions.loc[("East", "conversion")]
    assert east.adjusted_p_value == pytest.approx(3 * east.p_value, abs=2e-6) and 0.01 < east.p_value < 0.05
    assert east.verdict == "underpowered", "by itself it would be a win, beside two others it is none"


def test_too_few_and_unknown_are_told_in_words():
    few = judged(rows({"conversion": (0.5, 0.5)}, 100, 20), share=None).loc[("all", "all", "conversion")]
    assert few.reason == "100 customers against 20, fewer than 30" and np.isnan(few.lift)
    assert few.verdict == "underpowered"
    table = rows({"conversion": (0.5, 0.5)}).assign(units=0, total=0)
    none = judged(table).loc[("all", "all", "conversion")]
    assert pd.isna(none.verdict) and "window of no customer" in none.reason
    assert (
        judge_experiments(pa.Table.from_pandas(table.iloc[:0], preserve_index=False), {}, {}, STARTS, RULES).schema
        == RESULTS
    )
