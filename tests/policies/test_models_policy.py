"""The policy of models: shipped defaults, faults with their place, and rows that scoring reads."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import PolicyError, read_policies
from include.policies.tables import write_policy_tables
from include.workspace import Workspace


@pytest.fixture
def read_models(tmp_path):
    def read(text: str):
        (tmp_path / "models.yml").write_text(text, encoding="utf-8")
        return read_policies(Workspace("shop", (), policies=tmp_path))

    return read


GUARD = "guards:\n  - {{guard: x, model: churn, {}}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keep_versions: 0\n", r"models\.yml:1: keep_versions: must be a whole number from 1 to 10000"),
        ("keep_version: 3\n", r"models\.yml:1: keep_version: no such setting in models\.yml\..*keep_versions"),
        (
            "promotion:\n  - {model: chrun, minimum_improvement: 0, require_approval: false}\n",
            r"models\.yml:2: rule chrun: no model is called chrun \(known: churn, clv, .*\)\. Did you mean churn\?",
        ),
        (
            "promotion:\n  - {model: churn, minimum_improvement: 0, require_approval: perhaps}\n",
            r"models\.yml:2: rule churn: require_approval: must be true or false",
        ),
        (GUARD.format("metric: logloss, at_most: 1"), r"models\.yml:2: rule x: unknown metric logloss\..*log_loss"),
        (GUARD.format("metric: auc"), r"models\.yml:2: rule x: a guard gives at_least, at_most or worse_by_at_most"),
        (
            GUARD.format("metric: calibration_slope, worse_by_at_most: 0.1"),
            r"models\.yml:2: rule x: calibration_slope is neither better high nor low",
        ),
        (
            GUARD.format("metric: auc, at_least: 0.9, at_most: 0.8"),
            r"models\.yml:2: rule x: at_most must not be under at_least \(0\.9\)",
        ),
        ("outcome_confidence: 1\n", r"models\.yml:1: outcome_confidence: must be a number from 0\.5 to 0\.999999"),
    ],
)
def test_a_fault_is_told_with_its_place(read_models, text, message):
    with pytest.raises(PolicyError, match=message):
        read_models(text)


def test_rows_are_what_the_file_says(read_models):
    policies = read_models(
        "promotion:\n  - {model: clv, minimum_improvement: 0.5, require_approval: true}\n"
        "guards:\n  - {guard: slope, model: churn_90d, metric: calibration_slope, at_most: 2}\n"
        "keep_versions: 3\n"
    )
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies)
        assert connection.execute("from policy.model_promotion").fetchall() == [(1, "clv", 0.5, True)]
        guards = connection.execute("from policy.model_guards").fetchall()
        settings = connection.execute("select keep_versions, input_psi from policy.model_settings").fetchall()
    assert guards == [("slope", "churn_90d", "calibration_slope", None, 2.0, None, False)]
    assert settings == [(3, 0.25)]


def test_no_guard_at_all_is_a_policy_too(read_models):
    assert read_models("guards: []\n")["models"]["guards"] == []
