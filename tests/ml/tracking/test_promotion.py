"""Champions by policy, by people and by both, in a real MLflow store; versions are made without training."""

from __future__ import annotations

from datetime import date

import mlflow
import pytest

from ml.tracking.promotion import (
    NotPossible,
    approve,
    promote,
    reject,
    roll_back,
    standing_of,
    version_for,
)
from ml.tracking.retirement import versions_to_retire
from ml.tracking.rules import Guard, Promotion, PromotionPolicy
from ml.tracking.store import CHALLENGER, CHAMPION, PENDING

NAME = "churn_90d"
LEADS = {"champion_metric": "log_loss"}


@pytest.fixture
def register(store):
    """Registers a version with figures of its own and of its rival, as a training leaves them."""
    client = mlflow.MlflowClient()

    def one(day: date, own: dict | None = None, rival: dict | None = None, tags: dict | None = None):
        if NAME not in store.names():
            client.create_registered_model(NAME)
            client.create_experiment(NAME)
        run = client.create_run(client.get_experiment_by_name(NAME).experiment_id)
        figures = (own or {}) | {f"rival_{name}": value for name, value in (rival or {}).items()}
        for name, value in figures.items():
            client.log_metric(run.info.run_id, name, value)
        tags = {"trained_as_of": day.isoformat(), **LEADS, **(tags or {})}
        client.create_model_version(NAME, source="file:///nowhere", run_id=run.info.run_id, tags=tags)
        return store.versions(NAME)[-1]

    return one


def loss(value: float, **others: float) -> dict[str, float]:
    return {"log_loss": value, **others}


def day(month: int) -> date:
    return date(2024, month, 28)


def champion(store) -> str:
    return store.with_alias(NAME, CHAMPION).version


def standings(store) -> list[str]:
    return [standing_of(version, store.aliases(NAME)) for version in store.versions(NAME)]


def test_the_policy_s_least_improvement_is_asked_for(store, register):
    store.policy = PromotionPolicy(promotion=(Promotion("churn", minimum_improvement=0.01),))
    promote(store, register(day(1)), better=None)
    little = register(day(2), loss(0.395), loss(0.400))
    assert promote(store, little, better=True) == CHALLENGER
    enough = register(day(3), loss(0.389), loss(0.400))
    assert promote(store, enough, better=False) == CHAMPION
    assert standings(store) == ["former champion", CHALLENGER, CHAMPION]
    assert "0.395 against 0.4 of version 1: not better by 0.01" in store.versions(NAME)[1].tags["decision"]


@pytest.mark.parametrize(
    ("guard", "own", "rival", "objection"),
    [
        (
            Guard("slope", "churn", "calibration_slope", at_least=0.6, at_most=1.6),
            {"calibration_slope": 1.9},
            {"calibration_slope": 1.0},
            "slope: calibration_slope 1.9 is outside 0.6 to 1.6",
        ),
        (
            Guard("ranking", "churn", "auc", worse_by_at_most=0.01),
            {"auc": 0.70},
            {"auc": 0.75},
            "ranking: auc 0.7 is worse than the champion's 0.75 by 0.05",
        ),
        (
            Guard("groups", "churn", "log_loss", worse_by_at_most=0.05, in_each_group=True),
            {"by_region/north/log_loss": 0.60, "by_region/north/customers": 500},
            {"by_region/north/log_loss": 0.50},
            "groups: region north: log_loss 0.6 is worse",
        ),
    ],
)
def test_a_guard_speaks_against_a_candidate_that_leads(store, register, guard, own, rival, objection):
    store.policy = PromotionPolicy(guards=(guard,), minimum_group=100)
    promote(store, register(day(1)), better=None)
    candidate = register(day(2), loss(0.3, **own), loss(0.4, **rival))
    assert promote(store, candidate, better=True) == CHALLENGER
    assert champion(store) == "1"
    assert objection in store.versions(NAME)[1].tags["decision"]


def test_a_bound_that_the_champion_misses_by_more_is_no_objection(store, register):
    store.policy = PromotionPolicy(guards=(Guard("slope", "churn", "calibration_slope", at_most=1.6),))
    promote(store, register(day(1)), better=None)
    nearer = register(day(2), loss(0.3, calibration_slope=1.8), loss(0.4, calibration_slope=2.0))
    assert promote(store, nearer, better=True) == CHAMPION


def test_small_groups_and_other_models_are_not_looked_at(store, register):
    small = Guard("groups", "churn", "log_loss", worse_by_at_most=0.05, in_each_group=True)
    other = Guard("value", "clv", "log_loss", at_most=0.1)
    store.policy = PromotionPolicy(guards=(small, other), minimum_group=100)
    promote(store, register(day(1)), better=None)
    own = {"by_region/north/log_loss": 0.9, "by_region/north/customers": 99}
    candidate = register(day(2), loss(0.3, **own), loss(0.4, **{"by_region/north/log_loss": 0.5}))
    assert promote(store, candidate, better=True) == CHAMPION


def test_a_candidate_waits_for_approval_and_scores_nothing_until_then(store, register):
    store.policy = PromotionPolicy(promotion=(Promotion("churn", require_approval=True),))
    first = register(day(1))
    assert promote(store, first, better=None) == PENDING
    assert store.with_alias(NAME, CHAMPION) is None
    assert version_for(store, NAME, day(6)) is None
    approve(store, NAME, "1", "Ada")
    assert version_for(store, NAME, day(6)) == store.versions(NAME)[0]
    assert store.versions(NAME)[0].tags["approved_by"] == "Ada"
    second = register(day(2), loss(0.3), loss(0.4))
    assert promote(store, second, better=True) == PENDING
    assert (champion(store), standings(store)) == ("1", [CHAMPION, PENDING])
    reject(store, NAME, "2", "Ada")
    assert promote(store, store.versions(NAME)[1], better=True) == "rejected"
    assert (champion(store), standings(store)) == ("1", [CHAMPION, "rejected"])
    assert version_for(store, NAME, day(6)).version == "1"


def test_a_newer_candidate_takes_the_place_of_the_one_that_waits(store, register):
    store.policy = PromotionPolicy(promotion=(Promotion("churn", require_approval=True),))
    promote(store, register(day(1)), better=None)
    promote(store, register(day(2)), better=None)
    assert standings(store) == ["superseded", PENDING]
    with pytest.raises(NotPossible, match="version 1 does not wait"):
        reject(store, NAME, "1", "Ada")


def test_a_rollback_holds_until_a_candidate_is_better_not_just_as_good(store, register):
    promote(store, register(day(1)), better=None)
    second = register(day(2), loss(0.3), loss(0.4))
    promote(store, second, better=True)
    roll_back(store, NAME, "1", "Ada")
    assert (champion(store), standings(store)) == ("1", [CHAMPION, "withdrawn"])
    assert promote(store, store.versions(NAME)[1], better=True) == "withdrawn"
    same = register(day(3), loss(0.4), loss(0.4))
    assert promote(store, same, better=True) == CHALLENGER
    assert "chosen by hand" in store.versions(NAME)[2].tags["decision"]
    silent = register(day(4))
    assert promote(store, silent, better=True) == CHALLENGER
    better = register(day(5), loss(0.39), loss(0.4))
    assert promote(store, better, better=True) == CHAMPION
    assert standings(store) == ["former champion", "withdrawn", "superseded", CHALLENGER, CHAMPION]
    as_good = register(day(6), loss(0.4), loss(0.4))
    assert promote(store, as_good, better=True) == CHAMPION


def test_an_alias_moved_back_in_mlflow_counts_as_a_rollback(store, register):
    promote(store, register(day(1)), better=None)
    promote(store, register(day(2), loss(0.3), loss(0.4)), better=True)
    mlflow.MlflowClient().set_registered_model_alias(NAME, CHAMPION, "1")
    assert promote(store, store.versions(NAME)[1], better=True) == "withdrawn"
    assert promote(store, register(day(3), loss(0.4), loss(0.4)), better=True) == CHALLENGER
    assert (champion(store), standings(store)) == ("1", [CHAMPION, "withdrawn", CHALLENGER])


def test_a_rollback_outlives_the_retirement_of_versions(store, register):
    store.policy = PromotionPolicy(keep_versions=1)
    for month in (1, 2):
        promote(store, register(day(month)), better=True)
    roll_back(store, NAME, "1", "Ada")
    for month in (3, 4, 5):
        assert promote(store, register(day(month)), better=True) == CHALLENGER
    assert [version.version for version in versions_to_retire(store, NAME, [])] == ["3", "4"]


def test_a_withdrawn_version_scores_no_date_between(store, register):
    promote(store, register(day(1)), better=None)
    promote(store, register(day(2), loss(0.3), loss(0.4)), better=True)
    roll_back(store, NAME, "1", "Ada")
    promote(store, register(day(5), loss(0.3), loss(0.4)), better=True)
    assert version_for(store, NAME, day(3)).version == "1"


def test_a_kill_between_alias_and_tag_is_no_rollback(store, register, monkeypatch):
    promote(store, register(day(1)), better=None)
    second = register(day(2), loss(0.3), loss(0.4))
    with monkeypatch.context() as killed:
        killed.setattr(store, "tag_model", _kill)
        with pytest.raises(KeyboardInterrupt):
            promote(store, second, better=True)
    assert promote(store, second, better=True) == CHAMPION
    assert promote(store, register(day(3), loss(0.4), loss(0.4)), better=True) == CHAMPION


def test_what_cannot_be_done_is_said_with_what_can(store, register):
    promote(store, register(day(1)), better=None)
    promote(store, register(day(2), loss(0.3), loss(0.4)), better=True)
    with pytest.raises(NotPossible, match=r"no model is called chrun \(known: churn_90d\)"):
        approve(store, "chrun", "1", "Ada")
    with pytest.raises(NotPossible, match=r"churn_90d has no version 9 \(there are 1, 2\)"):
        roll_back(store, NAME, "9", "Ada")
    with pytest.raises(NotPossible, match="version 2 is the champion already"):
        approve(store, NAME, "2", "Ada")
    with pytest.raises(NotPossible, match=r"the champion is version 2: version 2 is no earlier one\. Use promote"):
        roll_back(store, NAME, "2", "Ada")


def _kill(*arguments, **named):
    raise KeyboardInterrupt
