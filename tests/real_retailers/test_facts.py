"""The star schema of two real retailers, order by order and line by line, against their files."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.real_retailers.books import TEN_THOUSANDTHS

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

MONEY = {
    "gross_revenue": "gross",
    "returned_amount": "returned",
    "adjustment_amount": "adjusted",
    "net_revenue": "net",
    "gross_margin": "margin",
    "discount_amount": "discount",
    "units": "units",
}
# Facts of entities that neither file has.
EMPTY = (
    *("dim_account", "dim_account_manager", "dim_household", "fct_account_members", "fct_contacts"),
    *("fct_daily_behaviour", "fct_feedback", "fct_leads", "fct_manager_assignments", "fct_marketing_spend"),
    *("fct_payments", "fct_points", "fct_referrals", "fct_service_costs", "fct_subscriptions", "fct_surveys"),
    *("fct_action_results", "fct_tickets"),
)


def test_every_order(retailer):
    found = retailer.mart("fct_orders")
    found = found.assign(order=found["order_id"].str.split(":", n=1).str[1]).set_index("order").sort_index()
    expected = retailer.books.orders.set_index("order").sort_index()
    assert found.index.equals(expected.index.astype(found.index.dtype))
    for column in ("customer", "kind"):
        assert list(found[column].fillna("nobody")) == list(expected[column].fillna("nobody")), column
    assert list(found["ordered_on"]) == list(expected["day"])
    assert list(found["lines"]) == list(expected["lines"])
    for column, ours in MONEY.items():
        theirs = found[column].astype(float)
        pd.testing.assert_series_equal(
            theirs, expected[ours].astype(float) / TEN_THOUSANDTHS, check_names=False, check_index_type=False, atol=1e-6
        )
    assert list(found["margin_is_assumed"]) == list(expected["kind"] != "adjustment")


def test_every_line(retailer):
    """Lines are many: they are compared as sums by order, kind and product."""
    found = retailer.read(
        "select order_id, kind, product_id, count(*) as lines, sum(quantity)::double as quantity, "
        "sum(amount)::double as amount, sum(cost_amount)::double as cost, min(ordered_on) as day, "
        "count(customer_id) as named from fct_order_items group by all"
    )
    found["order"], found["product"] = (found[name].str.split(":", n=1).str[1] for name in ("order_id", "product_id"))
    lines = retailer.books.lines
    expected = (
        lines.assign(named=lines["customer"].notna())
        .groupby(["order", "kind", "product"], as_index=False)
        .agg(
            lines=("amount", "size"),
            quantity=("quantity", "sum"),
            amount=("amount", "sum"),
            margin=("margin", "sum"),
            day=("day", "min"),
            named=("named", "sum"),
        )
    )
    both = found.merge(expected, on=["order", "kind", "product"], how="outer", suffixes=("", "_by_hand"))
    assert len(both) == len(found) == len(expected)
    for name in ("lines", "day", "named"):
        assert (both[name] == both[f"{name}_by_hand"]).all(), name
    for name in ("quantity", "amount"):
        assert (both[name] - both[f"{name}_by_hand"] / TEN_THOUSANDTHS).abs().max() < 1e-6, name
    assert (both["amount"] - both["cost"] - both["margin"] / TEN_THOUSANDTHS).abs().max() < 1e-6


def test_dimensions(retailer):
    people = retailer.mart("dim_customer").set_index("customer").sort_index()
    books = retailer.books
    expected = books.people.set_index("customer").sort_index()
    assert people.index.equals(expected.index.astype(people.index.dtype))
    assert list(people["created_on"]) == list(expected["created_on"])
    assert people["known_on"].fillna(pd.Timestamp(0)).tolist() == expected["known_on"].fillna(pd.Timestamp(0)).tolist()
    sales = books.sales.groupby("customer")["day"]
    activity = books.orders.groupby("customer")["day"].min()
    for column, days in {
        "first_order_on": sales.min(),
        "last_order_on": sales.max(),
        "first_activity_on": activity,
    }.items():
        assert people[column].dropna().to_dict() == days.to_dict(), column
    assert set(people["records"]) == {1}
    for column in {"age_band", "income_band", "marital_status", "household_size"} & set(expected):
        assert people[column].dropna().to_dict() == expected[column].dropna().to_dict(), column
    assert retailer.read("select min(date_day) as a, max(date_day) as b, count(*) as n from dim_date").iloc[
        0
    ].tolist() == [books.orders["day"].min(), books.as_of, (books.as_of - books.orders["day"].min()).days + 1]


def test_products(retailer):
    count = retailer.read("select count(*) as n, count(category) as named from dim_product").iloc[0]
    if retailer.name == "online_retail":
        assert tuple(count) == (retailer.books.lines["product"].nunique(), 0), "invoice lines name no category"
    else:
        assert tuple(count) == (92_331, 92_331 - 540)  # products.parquet: 540 without a category


def test_campaign_touches(retailer):
    found = retailer.mart("fct_campaign_touches")
    touches = retailer.books.touches
    assert found["kind"].value_counts().to_dict() == touches["kind"].value_counts().to_dict()
    dated = found.dropna(subset="touched_on")
    ours = touches.dropna(subset="day")
    assert sorted(zip(dated["customer"], dated["touched_on"], strict=True)) == sorted(
        zip(ours["customer"], ours["day"], strict=True)
    )
    campaigns = retailer.read("select count(*) as n from dim_campaign")["n"][0]
    assert campaigns == (27 if retailer.name == "complete_journey" else 0)


@pytest.mark.parametrize("table", EMPTY)
def test_what_no_file_tells_is_empty(retailer, table):
    """Neither retailer has accounts, households, leads, contacts, tickets, surveys, payments, points or terms."""
    assert retailer.read(f"select count(*) as n from {table}")["n"][0] == 0
