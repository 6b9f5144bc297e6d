"""The model monitor on a simulated shop: quiet on what it was trained on, one request where drift is planted."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from include.scoring.monitoring import monitor_models
from include.scoring.requests import announce_requests, close_requests, open_requests
from include.scoring.scores import score_customers
from include.scoring.training import open_store, train_models
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import Workspace
from ml.churn.recipes import RECIPES
from ml.monitoring.reference import REFERENCE_FILE, read_reference
from ml.tracking.store import CHAMPION
from tests.scoring.conftest import AS_OF, fill

TRAINED = date(2020, 9, 30)
CONTEXT = {"code_version": "abc"}
SIGNS = ("recency_days", "rhythm_ratio", "orders_3m", "luck")


def quiet(line):
    pass


@pytest.fixture(scope="module", autouse=True)
def one_recipe():
    with pytest.MonkeyPatch.context() as patch:
        for name in set(RECIPES) - {"logistic_firm"}:
            patch.delitem(RECIPES, name)
        yield


@pytest.fixture(scope="module")
def trained(shared_home):
    """Models trained for TRAINED, that date and AS_OF scored with them; the monitor has not looked yet."""
    workspace = fill(Workspace("watched", ()))
    with open_warehouse(workspace) as connection:
        connection.execute("update policy.churn_settings set leads = [90]")
        connection.execute("update policy.model_settings set monitored_customers = 100")
    train_models(workspace, TRAINED, CONTEXT, quiet)
    for day in (TRAINED, AS_OF):
        score_customers(workspace, day, CONTEXT, quiet)
    return workspace


@pytest.fixture
def company(trained, shared_home, request):
    """A copy that a test may change; the store's artifacts stay where they were written."""
    copy = Workspace(f"watched_{abs(hash(request.node.name)) % 10**9}", ())
    shutil.copytree(trained.home, copy.home)
    return copy


def plant_drift(workspace):
    """Four of the inputs move by about twice their spread, for the customers of AS_OF alone."""
    with open_warehouse(workspace) as connection:
        moved = ", ".join(f"{name} = {name} * 1.5 + 2 * (select stddev({name}) from int.told)" for name in SIGNS)
        connection.execute("create table int.told as from int.int_churn__features where as_of_date = ?", [AS_OF])
        connection.execute(f"update int.int_churn__features set {moved} where as_of_date = ?", [AS_OF])


def campaigns_of_a_habit(day):
    """A campaign whose contacts move those of a strong habit by 0.4 and nobody else, and 300 customers of today."""
    random = np.random.default_rng(1)
    count = 2300
    habit, treated, now = random.random(count), random.random(count) < 0.5, np.arange(count) >= 2000
    moved = 0.4 * treated * (habit > 0.5)
    return pa.table(
        {
            "campaign_id": pa.array(np.where(now, None, "spring"), pa.string()),
            "customer_id": [f"c{n:05d}" for n in range(count)],
            "as_of_date": pa.array([day] * count, pa.date32()),
            "objective": pa.array(np.where(now, None, "retention"), pa.string()),
            "is_treated": pa.array(treated, mask=now),
            "outcome": pa.array((random.random(count) < 0.2 + moved).astype(float), mask=now),
            "habit": habit,
            "luck": random.normal(size=count),
        }
    )


def monitor(workspace, day=AS_OF):
    monitor_models(workspace, day, quiet)
    with open_warehouse(workspace, read_only=True) as connection:
        return connection.execute("from scores.model_monitor where as_of_date = ? order by all", [day]).df()


def test_the_date_a_version_was_trained_for_has_not_drifted(company):
    rows = monitor(company, TRAINED)
    churn = rows[(rows.model_name == "churn_90d") & (rows.part != "outcome")]
    assert set(churn.item) == {*SIGNS, "orders_lifetime", "churn_probability"}
    assert (churn.psi == 0).all()
    assert (churn.reference_date.dt.date == TRAINED).all()
    assert not rows.is_beyond.any()
    assert open_requests(company) == {}


def test_planted_drift_is_told_of_the_inputs_it_was_planted_in_and_asks_once(company):
    plant_drift(company)
    rows = monitor(company)
    inputs = rows[(rows.model_name == "churn_90d") & (rows.part == "input")].set_index("item")
    assert inputs.psi[list(SIGNS)].min() > 0.25 > inputs.psi.drop(list(SIGNS)).max() - 0.25
    assert set(inputs.index[inputs.is_beyond]) >= set(SIGNS)
    request = open_requests(company)["churn_90d"]
    assert (request.as_of, request.version) == (AS_OF, "1")
    assert "inputs have drifted" in request.reasons[0]
    assert announce_requests(company, "score_1") == [request]
    again = monitor(company)
    assert (again[again.model_name == "churn_90d"].training_asked_on.dt.date == AS_OF).all()
    assert announce_requests(company, "score_2") == []  # the run that announced it is another one
    assert [one.model for one in announce_requests(company, "score_1")] == ["churn_90d"]


def test_the_training_closes_the_request_and_no_other_follows_at_once(company):
    plant_drift(company)
    monitor(company)
    train_models(company, AS_OF, CONTEXT, quiet)
    assert "churn_90d" not in open_requests(company)
    rows = monitor(company)
    assert "churn_90d" not in open_requests(company)
    assert rows[rows.model_name == "churn_90d"].training_asked_on.isna().all()


def test_a_drift_soon_after_a_training_waits(company):
    plant_drift(company)
    with open_warehouse(company) as connection:
        connection.execute("update policy.model_settings set ask_again_after_days = 93")  # 30 September to 31 December
    monitor(company)
    assert "churn_90d" not in open_requests(company)


def test_a_past_date_asks_for_nothing(company):
    train_models(company, AS_OF, CONTEXT, quiet)
    with open_warehouse(company) as connection:
        connection.execute("update policy.model_settings set input_psi = 0, inputs_drifted = 1, score_psi = 0")
    assert monitor(company, TRAINED).is_beyond.sum() == 0  # it is the reference itself
    assert monitor(company, date(2020, 11, 30)).is_beyond.any()
    assert open_requests(company) == {}


def test_outcomes_are_those_of_the_scores_that_were_given(company):
    rows = monitor(company)
    told = rows[(rows.model_name == "churn_90d") & (rows.part == "outcome")].sort_values("tenth")
    with open_warehouse(company, read_only=True) as connection:
        pairs = connection.execute(
            "select churn_probability as p, has_churned as came from scores.churn_scores "
            "join int.int_churn__outcomes using (customer_id, as_of_date, lead_days) "
            "where as_of_date = ? and lead_days = 90 and churn_probability is not null",
            [TRAINED],
        ).df()
    pairs = pairs.sort_values(["p", "came"], ignore_index=True)
    parts = [pairs.iloc[rows] for rows in np.array_split(np.arange(len(pairs)), 10)]
    assert (told.scored_on.dt.date == TRAINED).all()
    assert list(told.customers) == [len(part) for part in parts]
    assert list(told.expected) == pytest.approx([part.p.mean() for part in parts])
    assert list(told.observed) == pytest.approx([part.came.mean() for part in parts])


def test_customers_whom_an_action_was_to_keep_say_nothing_of_the_model(company):
    """Everybody of an even number was reached and stayed; the model, which has not learnt of them, is no worse."""
    before = monitor(company)
    with open_warehouse(company) as connection:
        reached = "substr(customer_id, 2)::integer % 2 = 0 and as_of_date = ?"
        connection.execute(
            "insert into scores.planned_actions (customer_id, as_of_date, objective, state) select customer_id, "
            f"as_of_date + 30, 'retention', 'sent' from int.int_churn__features where {reached}",
            [TRAINED],
        )
        connection.execute(f"update int.int_churn__outcomes set has_churned = false where {reached}", [TRAINED])
        ((left,),) = connection.execute(
            "select count(*) from scores.churn_scores join int.int_churn__outcomes using (customer_id, as_of_date, "
            f"lead_days) where lead_days = 90 and churn_probability is not null and as_of_date = ? and not ({reached})",
            [TRAINED, TRAINED],
        ).fetchall()
        connection.execute("update policy.model_settings set monitored_customers = 50")
    after = monitor(company)
    told = [rows[(rows.model_name == "churn_90d") & (rows.part == "outcome")] for rows in (before, after)]
    assert told[1].customers.sum() == left < told[0].customers.sum()
    assert not told[1].is_beyond.any()


def test_outcomes_that_are_not_as_expected_ask_for_a_training(company):
    with open_warehouse(company) as connection:
        connection.execute("update int.int_churn__outcomes set has_churned = true where as_of_date = ?", [TRAINED])
    monitor(company)
    reasons = open_requests(company)["churn_90d"].reasons
    assert any(reason.startswith("outcomes of ") for reason in reasons)


def test_the_monitor_tells_the_same_bytes_twice(company):
    monitor(company)
    with open_warehouse(company, read_only=True) as connection:
        before = schema_digests(connection, "scores")["scores.model_monitor"]
    monitor(company)
    with open_warehouse(company, read_only=True) as connection:
        assert schema_digests(connection, "scores")["scores.model_monitor"] == before


def test_a_reference_is_small_and_belongs_to_its_version(company):
    store = open_store(company)
    version = store.with_alias("churn_90d", CHAMPION)
    reference = store.read(version, REFERENCE_FILE, read_reference)
    assert store.read(version, REFERENCE_FILE, Path.stat).st_size < 5_000
    assert (reference.as_of, set(reference.inputs)) == (TRAINED, {*SIGNS, "orders_lifetime"})


def test_few_customers_and_no_model_say_so(company):
    with open_warehouse(company) as connection:
        connection.execute("update policy.model_settings set monitored_customers = 100000")
        connection.execute("update policy.churn_settings set leads = [90, 180]")
    rows = monitor(company)
    reasons = rows.set_index("model_name").reason
    assert reasons["churn_180d"] == "no model scores this date"
    assert "under 100000, drift is not told from chance" in reasons["churn_90d"]
    assert rows.part.isna().all()


def test_requests_of_other_models_stay_open(company):
    plant_drift(company)
    monitor(company)
    assert close_requests(company, ["clv"], AS_OF) in ([], ["clv"])
    assert close_requests(company, ["churn_90d"], TRAINED) == []  # a training that knew less answers nothing
    assert close_requests(company, ["churn_90d"], AS_OF) == ["churn_90d"]


def test_segments_are_watched_by_how_clearly_customers_are_theirs(company):
    rows = monitor(company)
    own = rows[rows.model_name == "segments"]
    assert set(own.part) == {"input", "score"}
    assert own.loc[own.part == "score", "item"].tolist() == ["clearness"]
    assert (own.psi.dropna() == 0).all()
    with open_warehouse(company) as connection:
        connection.execute(
            "update scores.customer_segments set clearness = clearness / 4 where as_of_date = ?", [AS_OF]
        )
    rows = monitor(company)
    assert rows.loc[(rows.model_name == "segments") & (rows.part == "score"), "is_beyond"].tolist() == [True]
    assert "segments" not in open_requests(company), "found at this date: another training would find the same"


def test_probabilities_to_buy_are_set_beside_what_was_bought(company):
    """Of pairs scored thirty days ago the unlikely were bought as expected, the likely a day too late or not at all."""
    day = AS_OF - timedelta(days=30)
    with open_warehouse(company) as connection:
        connection.execute(
            "insert into scores.propensity_scores (customer_id, as_of_date, category, probability, model_version) "
            "select 'p' || n, ?, 'tea', if(n < 100, 0.1, 0.9), '3' from range(200) as t(n)",
            [day],
        )
        connection.execute(
            "insert into int.int_propensity__purchases "
            "select 'p' || n, 'tea', ?::date + 30 from range(10) as t(n) union all "
            "select 'p' || n, 'tea', ?::date + 31 from range(100, 200) as t(n) union all "
            "select 'p' || n, 'cup', ?::date + 5 from range(100, 200) as t(n)",
            [day, day, day],
        )
    rows = monitor(company)
    own = rows[(rows.model_name == "propensity") & (rows.part == "outcome")]
    assert (own.scored_on.dt.date == day).all() and set(own.model_version) == {"3"}
    unlikely, likely = own[own.expected < 0.5], own[own.expected > 0.5]
    assert (len(unlikely), len(likely)) == (5, 5) and own.customers.sum() == 200
    assert unlikely.observed.mean() == pytest.approx(0.1)
    assert (likely.observed == 0).all() and likely.is_beyond.all()


def test_uplift_is_watched_and_its_drift_asks_for_no_training(company):
    """Until another campaign is over a training gives the same version again: asked for, it would be every night."""
    with open_warehouse(company) as connection:
        connection.execute("update policy.uplift_settings set folds = 2, splits = 1, resamples = 50")
        for day in (TRAINED, AS_OF):
            told = campaigns_of_a_habit(day)
            connection.register("told", told)
            connection.execute(
                "create or replace table int.int_uplift__features as from told"
                if day == TRAINED
                else "insert into int.int_uplift__features select * replace (habit * 2 as habit) from told "
                "where campaign_id is null"
            )
    train_models(company, TRAINED, CONTEXT, quiet)
    score_customers(company, AS_OF, CONTEXT, quiet)
    rows = monitor(company)
    own = rows[rows.model_name == "uplift_all"].set_index("item")
    assert (set(own.part), set(own.customers)) == ({"input", "score"}, {300})
    assert (own.reference_date.dt.date == TRAINED).all()
    assert own.is_beyond["habit"] and not own.is_beyond["luck"] and own.psi["luck"] == 0
    assert own.is_beyond["expected_uplift"]
    assert "uplift_all" not in open_requests(company)
