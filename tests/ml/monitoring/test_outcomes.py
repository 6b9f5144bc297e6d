"""Outcomes by tenth: bounds of the binomial, quiet where the model is right, loud where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from ml.monitoring.outcomes import outcomes_by_tenth

LIMITS = {"confidence": 0.99, "tolerance": 0.25}


def churners(customers: int, seed: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and outcomes that come with them, or with `shift` more."""
    generator = np.random.default_rng(seed)
    probability = generator.beta(2, 6, customers)
    return probability, (generator.random(customers) < np.minimum(probability + shift, 1)).astype(float)


def test_a_tenth_is_told_by_its_means_and_the_binomial_bounds():
    probability, came = churners(5_000, seed=1)
    order = np.argsort(probability)[:500]
    first = outcomes_by_tenth(probability, came, **LIMITS)[0]
    mean = probability[order].mean()
    assert (first.tenth, first.customers) == (1, 500)
    assert first.expected == pytest.approx(mean)
    assert first.observed == pytest.approx(came[order].mean())
    assert first.low * 500 == binom.ppf(0.005, 500, mean)
    assert first.high * 500 == binom.ppf(0.995, 500, mean)


def test_a_model_that_is_right_is_left_in_peace():
    tenths = [one for seed in range(60) for one in outcomes_by_tenth(*churners(3_000, seed), **LIMITS)]
    assert len(tenths) == 600
    assert sum(one.is_off for one in tenths) <= 600 * 0.02


def test_more_churn_than_expected_is_seen_in_most_tenths():
    assert sum(one.is_off for one in outcomes_by_tenth(*churners(5_000, seed=2, shift=0.15), **LIMITS)) >= 8


def test_what_is_certain_but_small_is_no_matter():
    probability, came = churners(400_000, seed=3, shift=0.02)
    tenths = outcomes_by_tenth(probability, came, **LIMITS)
    assert all(not one.low <= one.observed <= one.high for one in tenths)
    assert not any(one.is_off for one in tenths)


def test_counts_are_bounded_by_their_own_spread():
    generator = np.random.default_rng(4)
    rate = generator.gamma(2, 1.5, 20_000)
    right = outcomes_by_tenth(rate, generator.poisson(rate).astype(float), is_count=True, **LIMITS)
    wrong = outcomes_by_tenth(rate, generator.poisson(rate * 1.6).astype(float), is_count=True, **LIMITS)
    assert sum(one.is_off for one in right) == 0
    assert sum(one.is_off for one in wrong) >= 5
    assert right[4].high - right[4].expected == pytest.approx(2.576 * np.sqrt(right[4].expected / 2_000), rel=0.1)


def test_the_order_of_rows_does_not_count():
    probability, came = churners(1_003, seed=5)
    probability = probability.round(2)
    shuffled = np.random.default_rng(6).permutation(len(came))
    assert outcomes_by_tenth(probability[shuffled], came[shuffled], **LIMITS) == outcomes_by_tenth(
        probability, came, **LIMITS
    )


def test_few_who_all_bought_nothing_are_no_proof_against_a_small_expectation():
    """Nobody of 20 buys once in twenty times, exp(-20 x 0.15): within bounds of 99 %. Nobody of 2,000 never."""
    for customers, is_off in ((20, False), (2_000, True)):
        told = outcomes_by_tenth(
            np.full(10 * customers, 0.15), np.zeros(10 * customers), confidence=0.99, tolerance=0.25, is_count=True
        )
        assert [one.is_off for one in told] == [is_off] * 10
