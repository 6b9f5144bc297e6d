"""Families of purchase models on the CDNOW hold-out, and the choice among them by several figures."""

from __future__ import annotations

import pytest

from ml.clv.families import FAMILIES, choose_family, purchase_figures
from ml.evaluation.amounts import gini


@pytest.fixture(scope="module")
def figures(cdnow, predictions):
    found = {}
    for name, family in FAMILIES.items():
        expected = family().fit(*cdnow.columns()).expected_purchases(39, *cdnow.columns())
        found[name] = purchase_figures(predictions.x, predictions.x_star, expected)
        found[name]["spend_gini"] = gini(predictions.spend_star, expected * predictions.e_money_gg)
    return found


def test_pareto_is_calibrated_best_by_frequency_and_loses_among_one_time_buyers(figures, predictions, cdnow):
    calibration = {name: of["calibration_error"] for name, of in figures.items()}
    assert calibration["bgnbd"] < calibration["pnbd"]
    assert figures["bgnbd"]["active_auc"] == pytest.approx(0.773, abs=5e-4)  # reference README
    repeat = predictions.x > 0
    histories = [column[repeat] for column in cdnow.columns()]
    of_repeat = {}
    for name in ("bgnbd", "pnbd"):
        expected = FAMILIES[name]().fit(*cdnow.columns()).expected_purchases(39, *histories)
        of_repeat[name] = purchase_figures(histories[0], predictions.x_star[repeat], expected)["calibration_error"]
    assert of_repeat["pnbd"] < of_repeat["bgnbd"]  # BTYD walkthrough, conditional expectations by frequency


def test_pareto_ranks_best_on_cdnow_unless_its_calibration_bars_it(figures):
    chosen, words = choose_family(figures, "bgnbd", 0.15)
    assert chosen == "pnbd"
    assert words.endswith("pnbd 1.17, bgnbd 2.33, mbgnbd 2.50")
    assert choose_family(figures, "bgnbd", 0.05)[0] == "bgnbd"


def test_no_figure_decides_alone():
    incumbent = {"mae": 1.0, "rmse": 2.0, "bias": -0.1, "active_auc": 0.8}
    better_twice = incumbent | {"mae": 0.9, "rmse": 1.9}
    better_once = incumbent | {"mae": 0.5, "rmse": 2.1, "bias": 0.11}
    assert choose_family({"bgnbd": incumbent, "pnbd": better_twice}, "bgnbd", 0.05)[0] == "pnbd"
    assert choose_family({"bgnbd": incumbent, "pnbd": better_once}, "bgnbd", 0.2)[0] == "bgnbd"


def test_a_tie_leaves_the_incumbent_and_bias_counts_on_both_sides():
    tied = {"mae": 1.0, "bias": 0.1}
    assert choose_family({"pnbd": tied | {"bias": -0.1}, "bgnbd": tied}, "bgnbd", 0.0)[0] == "bgnbd"


def test_a_challenger_much_worse_on_one_figure_is_barred_and_that_is_said():
    incumbent = {"mae": 1.0, "rmse": 2.0, "bias": 0.1}
    challenger = {"mae": 0.9, "rmse": 1.9, "bias": 0.3}
    chosen, words = choose_family({"bgnbd": incumbent, "pnbd": challenger}, "bgnbd", 0.05)
    assert chosen == "bgnbd"
    assert "pnbd too much worse on one figure" in words
    assert choose_family({"bgnbd": incumbent, "pnbd": challenger}, "bgnbd", 2.0)[0] == "pnbd"


def test_a_figure_that_one_family_lacks_says_nothing():
    chosen, words = choose_family({"bgnbd": {"mae": 1.0, "rmse": 2.0}, "pnbd": {"mae": 2.0}}, "bgnbd", 0.5)
    assert chosen == "bgnbd"
    assert "mean rank over mae:" in words
    assert choose_family({}, "bgnbd", 0.0)[1] == "bgnbd: no hold-out compares it with another family"
