"""Scores in the warehouse: one row for everyone, a reason where there is no score, the same bytes every time."""

from __future__ import annotations

from datetime import date

import pytest

from include.scoring import scores
from include.scoring.scores import score_customers
from include.scoring.tables import SCORE_TABLES
from include.scoring.training import open_store, train_models
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import Workspace
from ml.tracking.store import CHAMPION
from tests.scoring.conftest import AS_OF, fill
from tests.two_recipes import two_recipes

EARLIER = date(2020, 10, 31)


@pytest.fixture(scope="module", autouse=True)
def short_trainings():
    with two_recipes():
        yield


def score(workspace, as_of=AS_OF):
    score_customers(workspace, as_of, {"code_version": "abc"}, progress=lambda line: None)


def query(workspace, sql, *values):
    with open_warehouse(workspace, read_only=True) as connection:
        return connection.execute(sql, list(values)).df()


def digests(workspace):
    with open_warehouse(workspace, read_only=True) as connection:
        return schema_digests(connection, "scores")


@pytest.fixture(scope="module")
def scored(shared_home):
    workspace = fill(Workspace("scored", ()))
    score(workspace)
    return workspace


def test_every_customer_has_one_row_for_each_lead(scored):
    rows = query(
        scored,
        "select lead_days, count(*) as rows, count(distinct customer_id) as customers "
        "from scores.churn_scores group by 1",
    )
    customers = query(scored, "select count(*) as n from int.int_churn__features where as_of_date = ?", AS_OF).n[0]
    assert sorted(rows.lead_days) == [90, 180]
    assert (rows.rows == customers).all()
    assert (rows.customers == customers).all()


def test_a_missing_score_says_why_and_a_given_one_names_its_model(scored):
    rows = query(
        scored,
        "select churn.*, is_eligible from scores.churn_scores as churn "
        "join int.int_churn__features using (customer_id, as_of_date)",
    )
    soon, late = rows[rows.lead_days == 90], rows[rows.lead_days == 180]
    assert soon.churn_probability.notna().equals(soon.is_eligible)
    assert soon.score_reason[~soon.is_eligible].str.startswith("not eligible").all()
    assert (soon.model_name == "churn_90d").all()
    assert soon[["model_version", "model_run_id", "scored_at"]].notna().all(axis=None)
    assert late.churn_probability.isna().all()
    assert late.score_reason.str.startswith("lead 180 days: ").all()
    assert late.model_version.isna().all()


def test_risk_tiers_follow_the_policy(scored):
    rows = query(
        scored,
        "select churn_probability as p, risk_tier from scores.churn_scores "
        "join scores.churn_risk_tiers using (customer_id, as_of_date, lead_days)",
    )
    assert len(rows) == len(query(scored, "from scores.churn_scores"))
    assert rows.risk_tier.isna().equals(rows.p.isna())
    known = rows.dropna()
    expected = ["high" if p >= 0.6 else "medium" if p >= 0.3 else "low" for p in known.p]  # include/policies/churn.yml
    assert list(known.risk_tier) == expected
    assert len(set(expected)) > 1


def test_value_is_scored_for_every_as_of_date_with_the_fit_of_that_date(scored):
    rows = query(scored, "select as_of_date, count(*) as n from scores.clv_scores group by 1 order by 1")
    expected = query(scored, "select as_of_date, count(*) as n from int.int_clv__summaries group by 1 order by 1")
    assert rows.equals(expected)
    gaps = query(scored, "from scores.clv_scores where (clv_12m is null) <> (score_reason is not null)")
    assert gaps.empty


def test_every_value_says_its_family_and_the_quality_says_why(scored):
    rows = query(scored, "from scores.clv_scores where clv_12m is not null")
    assert rows.model_family.isin(["bgnbd", "mbgnbd", "pnbd", "machine"]).all()
    assert rows.groupby("as_of_date").model_family.nunique().max() == 1
    held = rows[rows.clv_12m_low.notna()]
    assert (held.clv_12m_low <= held.clv_12m).all()
    assert (held.clv_12m <= held.clv_12m_high).all()
    assert (held.interval_level == 0.95).all()  # include/policies/clv.yml
    assert (rows.clv_12m_low.isna() == (rows.model_family == "machine")).all()
    told = query(scored, "from scores.model_quality where as_of_date = ? and metric = 'model_family'", AS_OF)
    current = rows[rows.as_of_date.dt.date == AS_OF].model_family
    assert told.reason[0].startswith(current.iloc[0])
    assert told.value.isna().all()


def test_equal_values_share_a_value_tier_and_shares_are_bars(scored):
    rows = query(
        scored,
        "select clv_12m::double as value, value_tier from scores.clv_scores "
        "join scores.clv_tiers using (customer_id, as_of_date) where as_of_date = ?",
        AS_OF,
    )
    assert (rows.groupby("value").value_tier.nunique() == 1).all()
    share = rows.value.rank(method="min", ascending=False) / len(rows)
    bars = {"top": 0.05, "high": 0.2, "medium": 0.5, "low": 1.0}  # include/policies/clv.yml
    expected = [next(tier for tier, bar in bars.items() if one <= bar) for one in share]
    assert list(rows.value_tier) == expected


def test_scoring_again_gives_the_same_bytes(scored):
    before = digests(scored)
    score(scored)
    assert digests(scored) == before


def test_a_kill_between_the_tables_leaves_the_former_scores(scored, monkeypatch):
    before = query(scored, "from scores.churn_scores order by all")

    def kill(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(scores, "write_value_scores", kill)
        with pytest.raises(KeyboardInterrupt):
            score(scored)
    assert query(scored, "from scores.churn_scores order by all").equals(before)


def test_every_customer_has_a_segment_with_a_name_and_the_one_of_before(scored):
    rows = query(
        scored,
        "select segments.*, segment_en, segment_zh from scores.customer_segments as segments "
        "left join scores.segment_names as names using (as_of_date, segment_no) where as_of_date = ?",
        AS_OF,
    )
    known = "select count(*) as n from int.int_segments__features where as_of_date = ?"
    assert len(rows) == query(scored, known, AS_OF).n[0] > 200
    assert rows[["segment_no", "segment_en", "segment_zh", "clearness", "model_version"]].notna().all(axis=None)
    assert rows.score_reason.isna().all()
    assert rows.segment_no_12m_before.notna().sum() == query(scored, known, date(2020, 6, 30)).n[0] > 100
    kept = rows.dropna(subset="segment_no_12m_before")
    assert set(kept.segment_no_12m_before) <= set(rows.segment_no)
    figures = query(scored, "from scores.model_quality where model_name = 'segments'").set_index("metric").value
    assert figures["segments"] == rows.segment_no.nunique()
    assert figures["customers"] == len(rows)


def test_another_policy_makes_other_models_and_too_few_customers_give_the_reason(scored, shared_home):
    other = fill(Workspace("other", ()))
    for setting, count, churn in (
        ("clusters_from = 3, clusters_to = 3", 3, "non_contractual"),
        ("minimum_customers = 100000", 0, "contractual"),
    ):
        with open_warehouse(other) as connection:
            connection.execute(f"update policy.segment_settings set {setting}")
            connection.execute(f"update policy.churn_settings set definition = '{churn}'")
        score(other)
        rows = query(other, "from scores.customer_segments where as_of_date = ?", AS_OF)
        assert rows.segment_no.nunique() == count
    assert rows.score_reason.str.contains("customers had bought by 2020-12-31; at least 100000 are needed").all()
    assert rows.model_version.isna().all()
    assert query(other, "from scores.segment_names").empty
    # Another kind of churn is foretold by a model of its own from the first scoring on.
    champion = open_store(other).with_alias("churn_90d", CHAMPION)
    assert (champion.version, champion.tags["churn_definition"]) == ("2", "contractual")
    assert champion.tags["decision"] == "the newest fit"
    versions = query(other, "select distinct model_version from scores.churn_scores where lead_days = 90")
    assert list(versions.model_version) == ["2"]


def test_quality_of_the_models_stands_beside_the_scores(scored):
    rows = query(scored, "from scores.model_quality where as_of_date = ?", AS_OF)
    figures = rows[rows.position.isna()].set_index(["model_name", "metric"]).value
    assert 0.5 < figures["churn_90d", "auc"] <= 1
    groups = rows[(rows.model_name == "churn_90d") & (rows.metric == "calibration_customers")]
    assert groups.value.sum() == figures["churn_90d", "judged_rows"]
    assert list(rows[rows.model_name == "churn_180d"].reason.str[:13]) == ["lead 180 days"]
    told = query(scored, "from scores.churn_group_quality where as_of_date = ?", AS_OF).set_index("group_kind")
    assert set(told.lead_days) == {90}
    assert set(told.loc["product", "group_value"]) == {"Tea", "Cup"}
    for kind in ("region", "product"):
        assert told.loc[[kind], "customers"].sum() == figures["churn_90d", "judged_rows"]
    product = told.loc["product"]
    mean = (product.base_rate * product.customers).sum() / product.customers.sum()
    assert mean == pytest.approx(figures["churn_90d", "base_rate"], abs=1e-9)


def test_training_what_is_unchanged_gives_the_same_versions(scored):
    results = train_models(scored, AS_OF, {"code_version": "abc"}, progress=lambda line: None)
    by_name = {result.model_name: result for result in results}
    assert by_name.keys() == {
        *("churn_90d", "churn_180d", "clv", "segments", "propensity", "recommendations", "uplift_all", "voice"),
    }
    assert "of 0 pairs of customer and category" in by_name["propensity"].reason, "nothing was bought by category"
    assert by_name["uplift_all"].reason.startswith("no past campaign")
    assert (by_name["churn_90d"].version, by_name["churn_90d"].standing) == ("1", "champion")
    assert by_name["churn_90d"].metrics["judged_positives"] >= 10
    assert by_name["churn_180d"].version is None
    assert by_name["churn_180d"].reason.startswith("lead 180 days")
    assert by_name["voice"].reason.startswith("0 texts in one language")
    for name in ("clv", "segments"):
        assert (by_name[name].version, by_name[name].standing) == ("1", "champion")


def test_a_past_date_in_a_lived_in_workspace_equals_a_fresh_one_truncated_there(scored, shared_home):
    fresh = fill(Workspace("fresh", ()), EARLIER)
    score(fresh, EARLIER)
    fill(scored, EARLIER)
    score(scored, EARLIER)
    told = "columns(name -> name not in ('model_version', 'model_run_id', 'scored_at'))"
    for table in SCORE_TABLES.keys() - {"scored_later"}:  # which tells the order of the runs
        until = "as_of_date <= ?" if "as_of_date" in SCORE_TABLES[table] else "? is not null"
        sql = f"select {told} from scores.{table} where {until} order by all"
        assert query(scored, sql, EARLIER).equals(query(fresh, sql, EARLIER)), table


def test_no_customers_at_all_give_no_rows(scored, shared_home):
    with open_warehouse(scored) as connection:
        for table in ("int.int_churn__features", "int.int_clv__summaries", "ops.as_of_dates"):
            connection.execute(f"delete from {table}")
    score(scored, date(2020, 12, 30))
    assert query(scored, "from scores.churn_scores where as_of_date = '2020-12-30'").empty
    assert query(scored, "from scores.clv_scores where as_of_date <= '2020-12-30'").empty
    assert query(scored, "from scores.customer_segments where as_of_date = '2020-12-30'").empty


def test_a_layer_that_is_not_built_is_named(scored):
    with open_warehouse(scored) as connection:
        connection.execute("drop table int.int_churn__features")
    with pytest.raises(LookupError, match=r"int\.int_churn__features is not in the warehouse\. Build the layer core"):
        score(scored)
