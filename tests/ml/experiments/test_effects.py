"""Effects, power and corrections against other ways of computing them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ml.experiments.corrections import corrected
from ml.experiments.effects import ArmSums, mean_effects
from ml.experiments.peeking import always_valid_reach, looks_of, obrien_fleming_bounds, spent
from ml.experiments.power import minimal_detectable_effect, power_to_find
from ml.experiments.sample_ratio import sample_ratio_p


def sums(values: np.ndarray) -> tuple[list, list, list]:
    return [len(values)], [values.sum()], [(values**2).sum()]


def test_the_effect_is_that_of_welch():
    random = np.random.default_rng(1)
    arm, control = random.gamma(2, 30, 800), random.gamma(2, 28, 150)
    found = mean_effects(ArmSums.of(*sums(arm)), ArmSums.of(*sums(control)), 0.9)
    welch = stats.ttest_ind(arm, control, equal_var=False)
    low, high = welch.confidence_interval(0.9)
    for own, other in (
        (found.p_value, welch.pvalue),
        (found.low, low),
        (found.high, high),
        (found.degrees, welch.df),
        (found.lift / found.standard_error, welch.statistic),
    ):
        assert own[0] == pytest.approx(other, rel=1e-9)


def test_the_relative_interval_covers_the_truth():
    """The truth is a tenth more; 95 % intervals of 2,000 experiments hold it about as often."""
    random = np.random.default_rng(2)
    arm, control = random.exponential(1.1, (2000, 300)), random.exponential(1.0, (2000, 120))
    found = mean_effects(*(ArmSums.of([x.shape[1]] * 2000, x.sum(1), (x**2).sum(1)) for x in (arm, control)))
    covered = np.mean((found.relative_low <= 0.1) & (found.relative_high >= 0.1))
    assert covered == pytest.approx(0.95, abs=0.02)


def test_too_few_and_constant_arms_tell_nothing():
    found = mean_effects(ArmSums.of([1, 5, 0], [3, 0, 0], [9, 0, 0]), ArmSums.of([9, 5, 4], [3, 0, 1], [3, 0, 1]))
    assert np.isnan(found.p_value).all()
    assert np.isnan(found.lift[2]) and found.lift[1] == 0
    assert np.isnan(found.relative[1]), "no share of a control that is zero"


def test_power_is_what_simulated_experiments_have():
    effect, error = 0.5, 0.2
    drawn = np.random.default_rng(3).normal(effect, error, 400_000)
    rejected = np.mean(np.abs(drawn / error) > stats.norm.isf(0.025))
    assert power_to_find(effect, error) == pytest.approx(rejected, abs=0.003)
    smallest = minimal_detectable_effect(error, 0.05, 0.8)
    assert power_to_find(smallest, error) == pytest.approx(0.8, abs=1e-4)


def test_holm_steps_down_and_benjamini_hochberg_steps_up():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.005])
    assert corrected(p, "holm") == pytest.approx([0.03, np.nan, 0.06, 0.06, 0.02], nan_ok=True)
    assert corrected(p, "benjamini_hochberg") == pytest.approx([0.02, np.nan, 0.04, 0.04, 0.02], nan_ok=True)
    assert np.isnan(corrected([np.nan], "benjamini_hochberg")).all()
    with pytest.raises(ValueError, match="bonferoni"):
        corrected(p, "bonferoni")


def test_a_broken_ratio_is_seen_and_a_whole_one_is_not():
    assert sample_ratio_p([821, 9_179], [0.1, 0.9]) < 1e-8
    assert sample_ratio_p([1_003, 8_997], [0.1, 0.9]) > 0.9
    assert np.isnan(sample_ratio_p([5, 5], [0.0, 1.0])) and np.isnan(sample_ratio_p([0, 0], [0.5, 0.5]))


def test_bounds_are_those_published():
    """Five equal looks, two-sided 0.05: ldbounds (R), `ldBounds(t = seq(0.2, 1, 0.2), iuse = 1)`, symmetric."""
    assert obrien_fleming_bounds([0.2, 0.4, 0.6, 0.8, 1]) == pytest.approx(
        [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4
    )
    assert obrien_fleming_bounds([1.0]) == pytest.approx([1.959964], abs=1e-5)
    assert spent(1.0) == pytest.approx(0.05)


def test_looking_every_day_calls_no_more_false_effects_than_stated():
    """Random walks without an effect, looked at thirty times: some 5 % ever pass a bound, a third pass 1.96."""
    walk = np.cumsum(np.random.default_rng(4).normal(size=(40_000, 30)), axis=1) / np.sqrt(np.arange(1, 31))
    bounds = obrien_fleming_bounds(np.arange(1, 31) / 30)
    assert np.mean((np.abs(walk) > bounds).any(axis=1)) == pytest.approx(0.05, abs=0.004)
    assert np.mean((np.abs(walk) > 1.96).any(axis=1)) > 0.25
    reach = always_valid_reach(np.arange(1, 31) * 50, 1500)
    assert np.mean((np.abs(walk) > reach).any(axis=1)) < 0.05


def test_looks_that_show_nothing_new_are_none():
    assert looks_of([0.5, 0.5, 0.502, 0.2, 1.0, 0]) == pytest.approx([0.2, 0.502, 1.0])
