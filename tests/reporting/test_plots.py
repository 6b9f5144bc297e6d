"""Plots are self-contained, and the same data draws the same bytes."""

from __future__ import annotations

import pytest

from include.reporting.plots import calibration_curve, movement_grid, tier_bars, value_histogram

PLOTS = {
    "tiers": lambda: tier_bars([("diamond", 5, 0.4), ("bronze", 95, 0.6)]),
    "movement": lambda: movement_grid([("new", "bronze", 3, 1.0), ("gold", "gold", 2, 0.5)], ["gold", "bronze"]),
    "calibration": lambda: calibration_curve([(0.1, 0.12, 40), (0.6, 0.5, 10)], 0.2),
    "value": lambda: value_histogram([1.0, 20.0, 300.0], "EUR"),
    "empty company": lambda: tier_bars([]) + movement_grid([], []) + value_histogram([], "EUR"),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_one_piece_and_always_the_same(name):
    drawing = PLOTS[name]()
    assert drawing.startswith("<svg")
    assert "<image" not in drawing
    assert PLOTS[name]() == drawing
