"""Figures by group are those of the group's rows alone; small groups are told together."""

from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.groups import GroupSizes, group_metrics
from ml.evaluation.probabilities import area_under_roc, calibration_line


def test_figures_are_those_of_the_rows_of_the_group():
    generator = np.random.default_rng(2)
    probability = generator.random(200)
    outcome = generator.random(200) < probability
    region = ["East"] * 100 + ["West"] * 65 + [None] * 20 + ["North"] * 15
    figures = group_metrics(outcome, probability, {"region": region}).set_index("group")
    assert list(figures.index) == [
        "East",
        "West",
        "others",
    ]  # twenty unknown and fifteen of the North are too few by themselves
    assert dict(figures.customers) == {"East": 100, "West": 65, "others": 35}
    east, score = outcome[:100], probability[:100]
    assert figures.loc["East", "base_rate"] == east.mean()
    assert figures.loc["East", "mean_prediction"] == pytest.approx(score.mean())
    assert figures.loc["East", "accuracy"] == ((score >= 0.5) == east).mean()
    assert figures.loc["East", "auc"] == area_under_roc(east, score)[0]
    assert figures.loc["East", "calibration_slope"] == calibration_line(east, score)[0]


def test_a_group_of_one_outcome_has_no_area():
    figures = group_metrics(np.zeros(40), np.linspace(0, 1, 40), {"gender": ["female"] * 40})
    assert np.isnan(figures.auc[0])
    assert figures.base_rate[0] == 0


def test_too_few_even_together_are_not_told():
    figures = group_metrics(np.arange(50) % 2, np.linspace(0, 1, 50), {"region": ["East"] * 40 + ["North"] * 10})
    assert list(figures.group) == ["East"]


def test_the_largest_groups_are_told_and_the_others_together():
    generator = np.random.default_rng(4)
    brands = ["A"] * 60 + ["C"] * 50 + ["B"] * 50 + ["D"] * 45
    outcome = generator.random(len(brands)) < 0.5
    outcome[:60] = [True] * 5 + [False] * 55
    figures = group_metrics(outcome, generator.random(len(brands)), {"brand": brands}, GroupSizes(smallest=40, most=2))
    assert dict(zip(figures.group, figures.customers, strict=True)) == {"A": 60, "B": 50, "others": 95}
    assert np.isnan(figures.calibration_slope[0]), "five leavers draw no line"
    assert figures.auc.notna().all()
