"""Twelve simulated months of alerts, scored at each month-end by a model of its time, against what then happened."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd
import pytest

from include.pipeline import steps
from include.simulator.simulation import Simulation
from tests.dbt_in_process import DbtInProcess
from tests.pipeline.conftest import loaded_company, run_dbt_here

pytestmark = [pytest.mark.verify, pytest.mark.timeout(2400)]
FIRST, LAST = date(2023, 1, 1), date(2025, 6, 30)
MONTHS = [day.date() for day in pd.date_range("2024-04-30", "2025-03-31", freq="ME")]
QUIET = {"progress": lambda line: None}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, dbt_in_process: DbtInProcess):
    """The simulated company at its last day; the twelve month-ends before were scored one after the other.

    Each month-end is built from what was known by it, and scored by a model that was trained on that.
    """
    folder = tmp_path_factory.mktemp("year")

    with pytest.MonkeyPatch.context() as patch:
        run_dbt_here(patch, dbt_in_process)
        workspace = loaded_company(patch, folder, Simulation(1500, 7, FIRST, LAST))
        for day in [*MONTHS, LAST]:
            steps.build(workspace, day, "core", **QUIET)
            steps.score(workspace, day, {}, **QUIET)
        steps.build(workspace, LAST, "marts", **QUIET)
        with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
            yield connection, folder / "crm" / "truth"


def test_precision_and_recall_by_month(company):
    """Warnings are right clearly more often than warning of everybody, and find most of those who leave."""
    connection, _ = company
    quality = connection.execute("from marts.alert_quality order by as_of_date, signal").df()
    year = quality[quality["as_of_date"].dt.date.isin(MONTHS)]
    shown = year[year["signal"].isin(["any", "high_score"])]
    columns = ["as_of_date", "signal", "judged", "opened", "standing", "base_rate", "precision_of_opened", "recall"]
    print(shown[columns].to_string(index=False))
    together = year[year["signal"] == "any"]
    assert len(together) == 12 and together["is_known"].all()
    assert (together["opened"] > 0).all() and together["recall"].between(0, 1).all()
    assert (together["standing_lost"] / together["standing"] > together["base_rate"]).all()
    assert together["recall"].mean() > 0.5
    scored = year[year["signal"] == "high_score"]
    assert (scored["opened"] > 0).sum() >= 10, "month-ends were scored"
    assert scored["opened_lost"].sum() / scored["opened"].sum() > together["base_rate"].mean() + 0.2


def test_nobody_has_two_open_alerts(company):
    connection, _ = company
    overlaps = connection.execute(
        "select count(*) from marts.churn_alerts a join marts.churn_alerts b on a.customer_id = b.customer_id "
        "and a.opened_on < b.opened_on and (a.closed_on is null or a.closed_on > b.opened_on)"
    ).fetchone()
    assert overlaps == (0,)
    assert (
        connection.execute(
            "select max(n) from (select count(*) as n from marts.churn_alerts group by customer_id)"
        ).fetchone()[0]
        >= 3
    )


def test_the_outcome_table_is_filled(company):
    """Every alert of the year has an outcome, and it is what churn training takes as truth."""
    connection, _ = company
    outcomes = connection.execute(
        f"""
        select outcome, case when has_churned then 'lost' else 'bought' end as label, count(*) as n
        from marts.alert_outcomes as outcomes
        join int.int_churn__outcomes as labels
            on outcomes.customer_id = labels.customer_id and outcomes.happened_on = labels.as_of_date
            and outcomes.lead_days = labels.lead_days
        where kind = 'alert' and happened_on between '{MONTHS[0]}' and '{MONTHS[-1]}'
        group by all
        """
    ).df()
    assert outcomes["outcome"].notna().all() and (outcomes["outcome"] == outcomes["label"]).all()
    assert set(outcomes["outcome"]) == {"bought", "lost"} and outcomes["n"].sum() > 500


def test_alerts_find_those_who_have_truly_left(company):
    """By the simulator's word on who had left: twice as many of the warned as of the others (48 % and 24 %)."""
    connection, truth = company
    shares = connection.execute(
        f"""
        with people as (
            select customer_id, max(left_at)::date as left_on, count(left_at) = count(*) as has_left
            from core.customer_xref as xref
            join '{truth}/person_of_customer_*.parquet' as persons using (customer_key)
            join '{truth}/customer_laws_*.parquet' as laws using (person)
            group by customer_id
        ),
        judged as (
            select features.customer_id, features.as_of_date,
                people.has_left and people.left_on <= features.as_of_date as gone,
                exists (
                    from marts.churn_alerts as alerts where alerts.customer_id = features.customer_id
                    and alerts.opened_on <= features.as_of_date
                    and (alerts.closed_on is null or alerts.closed_on > features.as_of_date)
                ) as warned
            from int.int_churn__features as features join people using (customer_id)
            where is_eligible and features.as_of_date between '{MONTHS[0]}' and '{MONTHS[-1]}'
        )
        select warned, avg(gone::int) as gone from judged group by 1 order by 1
        """
    ).fetchall()
    (_, of_others), (_, of_warned) = shares
    print(f"had left: {of_warned:.0%} of the warned, {of_others:.0%} of the others")
    assert of_warned > 0.4 and of_warned > 1.7 * of_others


def test_false_sign_ups_are_named_and_nobody_else(company):
    """Against the simulator's truth. Who is alone on their device cannot be told by sharing, so many are not found."""
    connection, truth = company
    found = connection.execute(
        f"""
        with people as (
            select customer_id, bool_or(is_fake) as is_fake from core.customer_xref
            join '{truth}/person_of_customer_*.parquet' using (customer_key)
            join '{truth}/customer_laws_*.parquet' using (person) group by 1
        )
        select count(*) filter (flags.customer_id is not null and is_fake) as right_ones,
            count(flags.customer_id) as named, count(*) filter (is_fake) as fakes
        from people left join (from marts.fraud_flags where rule = 'false_sign_up') as flags using (customer_id)
        """
    ).fetchone()
    right, named, fakes = found
    print(f"false sign-ups: {fakes}, named {named}: precision {right / named:.2f}, recall {right / fakes:.2f}")
    assert named >= 8 and right / named >= 0.9
    assert right / fakes >= 0.35
