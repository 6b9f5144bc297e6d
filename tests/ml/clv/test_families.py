"""Families of purchase models on the CDNOW hold-out, and the choice among them by several figures."""

from __future__ import annotations

import pytest

from include.policies import shape
from ml.clv.families import CANDIDATES, FAMILIES, FIGURES, ChoiceRule, choose_family, purchase_figures, spend_figures
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
    assert words.endswith("; pnbd too much worse on bias")
    assert choose_family({"bgnbd": incumbent, "pnbd": challenger}, "bgnbd", 2.0)[0] == "pnbd"


def test_a_figure_that_one_family_lacks_says_nothing():
    chosen, words = choose_family({"bgnbd": {"mae": 1.0, "rmse": 2.0}, "pnbd": {"mae": 2.0}}, "bgnbd", 0.5)
    assert chosen == "bgnbd"
    assert "mean rank over mae:" in words
    assert choose_family({}, "bgnbd", 0.0)[1] == "bgnbd: no hold-out compares it with another family"


def test_the_policy_knows_every_candidate_and_every_figure():
    assert shape.VALUE_FAMILIES == CANDIDATES
    assert set(shape.VALUE_METRICS) == set(FIGURES)


def test_a_better_gini_alone_makes_no_champion(cdnow, predictions, purchases):
    past = purchases[purchases.day <= "1997-09-30"].groupby("customer_id").spend.sum().sort_index().to_numpy()
    later = predictions.sort_values("id")
    x, spent = later.x.to_numpy(), later.spend_star.to_numpy()
    figures = {
        "bgnbd": spend_figures(x, spent, later.e_spend39_bgnbd_gg),
        "machine": spend_figures(x, spent, past * spent.sum() / past.sum()),  # right in total, and best in its order
    }
    best = gini(spent, spent)
    assert figures["machine"]["spend_gini"] / best == pytest.approx(0.680, abs=5e-4)  # reference README
    assert figures["bgnbd"]["spend_gini"] / best == pytest.approx(0.638, abs=5e-4)
    metrics = ("spend_rmse", "spend_mae", "spend_bias", "spend_calibration_error", "spend_gini")
    candidates = ("bgnbd", "machine")
    assert ChoiceRule(candidates, metrics, 0.0, 0.10, 0.05).choose(figures)[0] == "bgnbd"
    assert ChoiceRule(candidates, ("spend_gini",), 0.0, 0.10, 0.05).choose(figures)[0] == "machine"


def test_a_small_lead_changes_nothing_and_a_small_bias_bars_nobody():
    first = {"mae": 1.0, "rmse": 2.0, "bias": 0.001}
    second = {"mae": 0.9, "rmse": 1.9, "bias": -0.04}
    both, names = {"bgnbd": first, "pnbd": second}, ("mae", "rmse", "bias")
    assert ChoiceRule(tuple(both), names, 0.3, 0.1, 0.05).choose(both)[0] == "pnbd"
    assert ChoiceRule(tuple(both), names, 0.5, 0.1, 0.05).choose(both)[0] == "bgnbd"
    assert ChoiceRule(tuple(both), names, 0.0, 0.1, 0.03).choose(both)[0] == "bgnbd"
    assert ChoiceRule(("bgnbd",), names, 0.0, 0.1, 0.05).choose({}) == (None, "no hold-out compares the families")
