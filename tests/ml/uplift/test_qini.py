"""Qini curves, lines of effects and folds against sums made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from ml.errors import NotEnoughHistory
from ml.uplift.learners import LEARNERS
from ml.uplift.linear_predictor import effect_line
from ml.uplift.qini import qini_coefficient, qini_curve, resampled_qini
from ml.uplift.rows import folds_of, need_enough, rows_of_experiments
from ml.uplift.training import held_out_scores


def planted(count: int = 4000, campaigns: int = 3, seed: int = 1, noise: float = 1.0):
    """Rows whose effect is a feature, in campaigns of different shares of the contacted; and that effect."""
    random = np.random.default_rng(seed)
    campaign = random.integers(0, campaigns, count)
    share = np.array([0.8, 0.5, 0.3])[campaign]
    effect = random.normal(0.3, 1, count)
    treated = random.random(count) < share
    outcome = effect * treated + random.normal(0, noise, count) + campaign
    table = pa.table(
        {
            "campaign_id": [f"c{one}" for one in campaign],
            "customer_id": [f"p{n // 2}" for n in range(count)],
            "as_of_date": pa.array([date(2024, 1, 31)] * count, pa.date32()),
            "objective": ["retention"] * count,
            "is_treated": treated.tolist(),
            "outcome": outcome,
            "effect": effect,
        }
    )
    return rows_of_experiments(table, 10**9)


def qini_by_hand(score, treated, outcome) -> float:
    """Radcliffe's, one customer after the other, without equal scores, of one experiment."""
    order = np.argsort(-score)
    t, y, area, before = treated[order], outcome[order], 0.0, 0.0
    for k in range(1, len(order) + 1):
        in_t, in_c = t[:k].sum(), (~t[:k]).sum()
        gained = y[:k][t[:k]].sum() - (y[:k][~t[:k]].sum() * in_t / in_c if in_c else 0)
        gained /= t.sum()
        area, before = area + (gained + before) / 2 / len(order), gained
    return area - before / 2


def test_the_coefficient_is_radcliffes():
    rows = planted(300, campaigns=1)
    score = rows.features[:, 0]
    assert qini_coefficient(score, rows) == pytest.approx(qini_by_hand(score, rows.treated, rows.outcome), abs=1e-12)


def test_equal_scores_are_one_step_and_any_order_is_zero():
    rows = planted(500)
    assert qini_coefficient(np.ones(len(rows)), rows) == pytest.approx(0, abs=1e-12)
    curve = qini_curve((rows.features[:, 0] > 0).astype(float), rows)
    assert len(curve.share) == 3 and curve.share[-1] == 1


def test_campaigns_of_different_shares_and_levels_do_not_bias_the_curve():
    """The end of the curve is the mean effect, though campaigns differ in who was contacted and in what they buy."""
    rows = planted(60_000, noise=0.3)
    curve = qini_curve(rows.features[:, 0], rows)
    assert curve.gained[-1] == pytest.approx(np.average(rows.features[:, 0], weights=rows.treated), abs=0.02)
    # Of a normal effect with deviation s the area over the line is s / (2 sqrt(pi)).
    assert curve.coefficient == pytest.approx(1 / (2 * np.sqrt(np.pi)), abs=0.02)


def test_resampling_is_as_wide_as_samples_are():
    """Its deviation is that of the coefficient over new samples of the same law."""
    random = np.random.default_rng(5)
    truth = []
    for seed in range(60):
        rows = planted(1500, seed=seed)
        truth.append(qini_coefficient(random.normal(size=len(rows)), rows))
    rows = planted(1500, seed=99)
    drawn = resampled_qini([random.normal(size=len(rows))], rows, 300)[0]
    assert drawn.std() == pytest.approx(np.std(truth), rel=0.3)


def test_the_line_through_true_effects_has_slope_one():
    rows = planted(20_000)
    line = effect_line(rows.features[:, 0], rows)
    assert line.average == pytest.approx(0.3, abs=4 * line.covariance[0][0] ** 0.5)
    assert line.slope == pytest.approx(1, abs=4 * line.covariance[1][1] ** 0.5)
    assert line.covariance[1][1] ** 0.5 < 0.05
    told, low, high = line.effect(np.array([0.3, 1.3, 1e9]), 0.95)
    assert told[1] - told[0] == pytest.approx(line.slope) and (low < told).all() and (told < high).all()
    assert told[2] == pytest.approx(line.effect([rows.features[:, 0].max()], 0.95)[0][0]), "none beyond the judged"


def test_the_errors_of_the_line_are_those_of_new_samples():
    found = [effect_line(rows.features[:, 0], rows) for rows in (planted(1000, seed=seed) for seed in range(150))]
    for place, name in ((0, "average"), (1, "slope")):
        told = np.mean([line.covariance[place][place] ** 0.5 for line in found])
        assert told == pytest.approx(np.std([getattr(line, name) for line in found]), rel=0.2), name


def test_nobody_is_in_two_folds_and_a_draw_keeps_customers_whole():
    rows = planted(4000)
    fold = folds_of(rows, 5)
    assert all(len(set(fold[rows.customer == one])) == 1 for one in range(50))
    assert np.bincount(fold).min() > 600


def test_what_is_missing_is_told():
    rows = planted(2000)
    few = replace(rows, outcome=np.where(rows.treated, 1.0, 0.0))
    with pytest.raises(NotEnoughHistory, match=r"customers contacted; 5000 are needed"):
        need_enough(rows, 5000, 1)
    with pytest.raises(NotEnoughHistory, match=r"held back 0 did what is looked for; 1 are needed"):
        need_enough(few, 100, 1)


def test_features_that_no_source_tells_are_left_out_and_rare_ones_harm_nobody():
    """One is unknown to all, one the same for all, and one known to a single customer, so that most folds lack it."""
    rows = planted(600, campaigns=1)
    table = pa.table(
        {
            "campaign_id": ["c0"] * 600,
            "customer_id": [f"p{n}" for n in range(600)],
            "is_treated": rows.treated.tolist(),
            "outcome": rows.outcome,
            "effect": rows.features[:, 0],
            "untold": pa.nulls(600, pa.float64()),
            "same": [1.0] * 600,
            "rare": pa.array([float(n % 2) if n < 2 else None for n in range(600)]),
        }
    )
    told = rows_of_experiments(table, 10**9)
    assert told.names == ("effect", "rare")
    for learner in LEARNERS.values():
        assert np.isfinite(held_out_scores(learner, told, 3)).all()
