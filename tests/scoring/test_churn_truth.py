"""Churn models against simulated people of whom it is known why and when they leave (`make verify`)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from include.pipeline import steps
from include.scoring.churn_inputs import read_churn_features
from include.scoring.inputs import read_policy
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.warehouse.connection import open_warehouse
from include.workspace import resolve_workspace
from ml.churn.recipes import RECIPES
from ml.churn.scoring import score_churn
from ml.churn.training import train_churn_model
from ml.evaluation.probabilities import area_under_roc, calibration_line
from tests.ml.churn.test_training import rows_at
from tests.scoring.churn_truth import Truth

pytestmark = [pytest.mark.verify, pytest.mark.timeout(3000)]
SIMULATION = Simulation(8000, 7, date(2023, 1, 1), date(2025, 6, 30))
LEADS = (90, 180)
EARLIER = (date(2025, 4, 30), date(2025, 2, 28))
POSITIVES = 50


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The feature table, the policy, the person of each customer and the truth of a company of 8,000 people."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(home))
        write_files(SIMULATION, home / "crm")
        workspace = resolve_workspace("simulated", str(home / "crm"))
        quiet = {"progress": lambda _: None}
        steps.load(workspace, "b1", **quiet)
        steps.build(workspace, SIMULATION.last, "core", **quiet)
        with open_warehouse(workspace, read_only=True) as connection:
            features, policy = read_churn_features(connection, SIMULATION.last), read_policy(connection)
            keys = connection.execute("select customer_key, customer_id from core.customer_xref").df()
        truth = Truth(SIMULATION, home / "crm")
        people = truth.read("person_of_customer").merge(keys, on="customer_key")
        return features, policy, people.groupby("customer_id").person.min(), truth


@pytest.fixture(scope="module", params=LEADS)
def judged(request, company):
    """A trained model, and the customers it was judged on beside the truth of them."""
    features, _, person, truth = company
    trained = train_churn_model(features, request.param, SIMULATION.last, POSITIVES)
    rows = trained.judged.to_pandas()[["customer_id"]].assign(outcome=trained.outcome, probability=trained.probability)
    rows["person"] = rows.customer_id.map(person)
    true = truth.probability_of_leaving(pd.Timestamp(trained.split.judged_on), request.param)
    return trained, rows.merge(true, on="person")


def test_the_model_is_within_two_hundredths_of_the_best(judged):
    """Nobody can know a person's own rate and chance to leave; the laws do, and are the upper bound."""
    trained, rows = judged
    best, *_ = area_under_roc(rows.outcome, rows.true_probability)
    found, *_ = area_under_roc(rows.outcome, rows.probability)
    print(f"lead {trained.lead_days}: {trained.recipe}, AUC {found:.4f}, by the laws {best:.4f}, {len(rows)} customers")
    print({name: round(figure, 4) for name, figure in trained.metrics.items()})
    assert found >= best - 0.02
    assert found > trained.metrics["bgnbd_auc"] > trained.metrics["rule_auc"]


def test_probabilities_are_calibrated(judged, company, monkeypatch):
    """A slope from 0.9 to 1.1 in the mean of three dates, and on one as far as its customers can tell.

    All who are judged on a date live through the same half year, so that one date shares its luck.
    """
    trained, rows = judged
    slope, intercept = calibration_line(rows.outcome, rows.probability)
    odds = logit(rows.probability.clip(1e-6, 1 - 1e-6))
    weight = expit(slope * odds + intercept) * (1 - expit(slope * odds + intercept))
    error = ((odds - np.average(odds, weights=weight)) ** 2 * weight).sum() ** -0.5
    slopes = [slope]
    monkeypatch.setattr("ml.churn.training.RECIPES", {trained.recipe: RECIPES[trained.recipe]})
    for as_of in EARLIER:
        before = train_churn_model(company[0], trained.lead_days, as_of, POSITIVES)
        slopes.append(calibration_line(before.outcome, before.probability)[0])
    print(f"lead {trained.lead_days}: calibration slopes {np.round(slopes, 3)}, standard error {error:.3f}")
    assert 0.9 - 2 * error < slope < 1.1 + 2 * error
    assert 0.9 < np.mean(slopes) < 1.1


def test_the_share_that_leaves_is_nearly_met(judged):
    _, rows = judged
    assert rows.probability.mean() == pytest.approx(rows.outcome.mean(), abs=0.04)


def test_the_true_cause_is_among_the_reasons_of_those_who_left_for_a_known_one(company):
    """Known is a cause that the company could know by the date: the customer has told it, or a complaint was
    handled badly. Of the others the law draws the cause by a die, and no trace of it lies in the data.
    """
    features, policy, person, truth = company
    trained = train_churn_model(features, 90, SIMULATION.last, POSITIVES)
    teller = features.to_pandas()[["customer_id", "as_of_date", "told_reason", "late_complaints_since_purchase"]]
    hits, kept = [], []
    for day in sorted(set(teller.as_of_date))[-12:]:
        rows = rows_at(features, day)
        scores = score_churn(trained.estimator, trained.features, rows, policy.reasons).to_pandas()
        scores = scores[scores.churn_probability.notna()].merge(teller, on=["customer_id", "as_of_date"])
        laws = truth.probability_of_leaving(pd.Timestamp(day), 90)
        scores = scores.assign(person=scores.customer_id.map(person)).merge(laws, on="person")
        left = scores[scores.left_at <= pd.Timestamp(day) + pd.Timedelta(days=1)]
        known = left[left.told_reason.notna() | ((left.cause == "service") & (left.late_complaints_since_purchase > 0))]
        named = known[["reason_1", "reason_2", "reason_3"]].map(_cause_of(policy), na_action="ignore")
        hits += list(named.eq(known.cause, axis=0).any(axis=1))
        kept.append((len(left), len(known)))
    print(f"{np.mean(hits):.3f} of {len(hits)} known causes among the top three; leavers and known by date: {kept}")
    assert len(hits) > 100
    assert np.mean(hits) >= 0.7


def _cause_of(policy):
    causes = {reason.code: reason.cause for reason in policy.reasons}
    return lambda code: causes[code]
