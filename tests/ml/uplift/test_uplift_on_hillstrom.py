"""Hillstrom's e-mail test, 70 % of it: effects as scipy and pandas have them, a ranking that chance makes as well is
refused, and an uplift planted in the same rows is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ml.experiments.effects import ArmSums, mean_effects
from ml.uplift.qini import interval_of, qini_coefficient, resampled_qini
from ml.uplift.rows import folds_of, rows_of_experiments
from ml.uplift.training import UpliftSettings, places_within, train_uplift_model
from tests.ml.uplift import hillstrom

METRICS = ("visit", "conversion", "spend")
SETTINGS = UpliftSettings(200, 50, 200_000, 0.95, 200, 5, 3)


@pytest.fixture(scope="module")
def frame(shared_data) -> pd.DataFrame:
    return hillstrom.read(shared_data)


def test_effects_are_those_of_an_independent_computation(frame):
    """All rows count, the 4,283 that repeat another among them: they are different people."""
    assert (len(frame), int(frame.duplicated().sum())) == (44_683, 4_283)
    for arm in (hillstrom.MENS, hillstrom.WOMENS):
        for metric in METRICS:
            own, base = (frame.loc[frame["segment"] == one, metric] for one in (arm, hillstrom.NO_EMAIL))
            sums = (ArmSums.of([len(x)], [x.sum()], [(x**2).sum()]) for x in (own, base))
            found = mean_effects(*sums)
            error = np.sqrt(own.var() / len(own) + base.var() / len(base))
            assert found.lift[0] == pytest.approx(own.mean() - base.mean(), rel=1e-10)
            assert found.standard_error[0] == pytest.approx(error, rel=1e-9)
            assert found.p_value[0] == pytest.approx(stats.ttest_ind(own, base, equal_var=False).pvalue, rel=1e-6)
            print(f"{arm} {metric}: {found.lift[0]:.5f} ± {found.standard_error[0]:.5f}")


@pytest.mark.verify
def test_mens_email_works_but_its_ranking_is_no_better_than_chance(frame):
    training = train_uplift_model(hillstrom.experiment(frame, hillstrom.MENS), hillstrom.AS_OF, SETTINGS)
    average, low, _ = training.best.line.average_effect(0.95)
    for one in training.judged:
        print(f"{one.name}: Qini {one.qini:.5f} ({one.qini_low:.5f} to {one.qini_high:.5f})")
    assert low > 0.05 and average == pytest.approx(0.0766, abs=0.01)
    assert training.best.qini_low < 0 < training.best.qini_high
    assert "not distinguishable from chance" in training.refusal


@pytest.mark.verify
def test_an_uplift_planted_in_the_same_rows_is_found(frame):
    """E-mail moves those who bought men's things lately, and nobody else; the oracle's Qini is within the interval."""
    rows = frame[frame["segment"].isin([hillstrom.MENS, hillstrom.NO_EMAIL])]
    random = np.random.default_rng(6)
    moved = np.where((rows["mens"] == 1) & (rows["recency"] <= 4), 0.2, 0.0)
    base = 0.05 + 0.1 * (rows["history"] > 200)
    outcome = random.random(len(rows)) < base + moved * (rows["segment"] == hillstrom.MENS)
    table = hillstrom.experiment(frame, hillstrom.MENS, outcome.to_numpy(float))
    training = train_uplift_model(table, hillstrom.AS_OF, SETTINGS)
    assert training.refusal is None
    told = rows_of_experiments(table, 10**9)
    truth = dict(zip(table["customer_id"].to_pylist(), moved, strict=True))
    oracle = np.array([truth[told.keys[one]] for one in told.customer])
    best, of_oracle = training.best, qini_coefficient(oracle, told)
    print(f"{best.name}: Qini {best.qini:.4f} ({best.qini_low:.4f} to {best.qini_high:.4f}), oracle {of_oracle:.4f}")
    assert best.qini_low < of_oracle < best.qini_high
    assert best.line.slope == pytest.approx(1, abs=0.35)


def test_noise_is_refused_by_its_interval(frame):
    """Of twenty rankings by chance nearly all intervals hold zero; what has been looked at seems strong, and is not."""
    rows = rows_of_experiments(hillstrom.experiment(frame.iloc[:9_000], hillstrom.MENS), 10**9)
    random = np.random.default_rng(7).normal(size=(20, len(rows)))
    places = [places_within(score, folds_of(rows, 5)) for score in random]
    drawn = resampled_qini(places, rows, 100)
    found = [interval_of(qini_coefficient(p, rows), d, 0.95) for p, d in zip(places, drawn, strict=True)]
    assert sum(low > 0 or high < 0 for low, high in found) <= 4
    seen = np.where(rows.treated, rows.outcome, -rows.outcome)
    assert qini_coefficient(seen, rows) > 5 * max(high for _, high in found)
