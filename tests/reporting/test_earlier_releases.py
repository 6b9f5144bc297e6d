"""A version that an earlier release published: what it does not have is told by its name, everything else is read."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from include.actions.act import plan_actions
from include.alerts.push import _open_alerts
from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.reporting.figures import headline_figures
from include.reporting.management.page import write_management_report
from include.reporting.model_quality import model_quality
from include.workspace import Workspace

PUBLISHED = """
create table published_version as
    select date '2024-03-31' as as_of_date, 'b1' as build_id, 'p1' as policy_version, 'CNY' as currency;
create table dim_customer as select 'c' || i as customer_id from range(3) as t(i);
create table fct_orders as select 12.5::decimal(18, 4) as net_revenue;
create table customer_tiers as
    select customer_id, date '2024-03-31' as as_of_date, 'gold' as tier, 1 as tier_level from dim_customer;
create table customer_metrics as
    select customer_id, as_of_date, 4::decimal(18, 4) as net_revenue_12m from customer_tiers;
create table tier_migration as
    select date '2024-03-31' as as_of_date, 'gold' as from_tier, 'gold' as to_tier, 3 as customers,
        1.0 as share_of_from_tier;
create table clv_scores as select customer_id, as_of_date, 7::decimal(18, 4) as clv_12m from customer_tiers;
create table churn_scores as
    select customer_id, as_of_date, 90 as lead_days, 0.4::double as churn_probability, null::varchar as score_reason
    from customer_tiers;
create table churn_risk_tiers as select customer_id, as_of_date, 90 as lead_days, 1 as risk_level from customer_tiers;
create table data_health_summary as
    select 'overall' as level, true as is_current, 'validity' as dimension, '有效性' as dimension_zh, 0.9 as score,
        0.8 as threshold, true as passed, 5 as measures, 0 as measures_failed;
create table nps as
    select date '2024-03-31' as as_of_date, 'all' as group_kind, 'all' as group_value, 12 as window_months,
        9 as answers, 31.5 as nps, 20.0 as nps_low, 40.0 as nps_high;
create table churn_alerts as select 'a1' as alert_id, 'open' as status;
create table action_batches as select date '2024-03-31' as as_of_date, 'b1' as build_id, 'May they go out?' as question;
create table customer_actions as select date '2024-03-31' as as_of_date, true as is_decided_now, 'x' as action_key;
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path))
    made = Workspace("corner_shop", ())
    made.make_folders()
    (made.versions / "b1").mkdir(parents=True)
    made.current.symlink_to(made.versions / "b1")
    change(made, PUBLISHED)
    return made


def change(workspace: Workspace, statements: str) -> None:
    with duckdb.connect(str(workspace.published_file)) as connection:
        connection.execute(statements)


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("select x from t", "x"),
        ("select k.x from t as k", "x"),
        ("select s.x from (select a from t) as s", "x"),
        ("select a from t join u using (x)", "x"),
        ("select * exclude (x) from t", "x"),
        ("select a from t qualify x", "x"),
        ("select coalesce(x, a) as x, count(*) from t group by 1", "x"),
        ("from v", "v"),
    ],
)
def test_what_is_lacking_is_named_however_it_is_asked_for(question, lacking):
    with duckdb.connect() as connection:
        connection.execute("create table t as select 1 as a; create table u as select 1 as a")
        with pytest.raises(NotInVersion, match="next run brings it") as problem, of_any_release():
            connection.execute(question)
    assert problem.value.what == lacking


@pytest.mark.parametrize(
    "question", ["select nosuch(a) from t", "select a + 'x' from t", "selec a", "select a, max(a) from t"]
)
def test_what_is_wrong_with_any_version_stays_an_error(question):
    with duckdb.connect() as connection, pytest.raises(duckdb.Error), of_any_release():
        connection.execute("create table t as select 1 as a")
        connection.execute(question)


def test_headline_figures_tell_what_the_version_has(workspace):
    whole = headline_figures(workspace)
    assert (whole.currency, whole.churn, whole.lacking) == ("CNY", [(90, 3, 3, None)], ())
    change(
        workspace,
        "alter table published_version drop column currency; alter table churn_risk_tiers drop column risk_level",
    )
    found = headline_figures(workspace)
    assert (found.currency, found.churn, set(found.lacking)) == ("money", [], {"currency", "risk_level"})
    assert (found.customers, found.net_revenue, found.clv) == (whole.customers, whole.net_revenue, whole.clv)
    assert (found.tiers, found.moves) == (whole.tiers, whole.moves) != ([], [])


def test_models_that_the_version_tells_nothing_of_are_none(workspace):
    found = model_quality(workspace)
    assert found.churn == [] and found.clv_words.startswith("not in this version: model_quality")


def test_a_section_of_the_report_says_what_it_lacks_and_the_others_are_written(workspace):
    change(workspace, "alter table data_health_summary drop column dimension_zh")
    for language, told in (("en", "Not in this version: dimension_zh"), ("zh", "此版本中没有：dimension_zh")):
        page = write_management_report(workspace, language).read_text(encoding="utf-8")
        sections = dict(re.findall(r'<section id="(\w+)"(.*?)</section>', page, re.DOTALL))
        assert told in sections["data_health"] and "<table>" not in sections["data_health"]
        assert "<table>" in sections["voice"] and "31.5" in sections["voice"]


def test_alerts_and_actions_of_an_earlier_release_are_left_to_the_next_run(workspace):
    said: list[str] = []
    assert _open_alerts(workspace, said.append) == [] and plan_actions(workspace, said.append) == []
    assert [line.split(":")[0] for line in said] == ["No alerts", "No actions"]
    assert all("next run brings it" in line for line in said)
