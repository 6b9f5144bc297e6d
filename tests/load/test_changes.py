"""Since which day the rows say something else is noted, whatever has changed of them."""

from __future__ import annotations

from datetime import date

import pytest

from include.load.crosswalk import kept_crosswalk
from tests.load.conftest import HEADER, Company
from tests.load.test_loading_again import with_another_id

ORDERS = HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-04-01,S,1\n3,ann,2024-05-01,S,1\n"


def _declaration(entity: str, key: str, *columns: str) -> str:
    mapped = ", ".join(f"{column}: {column}" for column in (key, *columns))
    return f"""
source: shop
timezone: Europe/Berlin
currency: EUR
tables:
  rows:
    files: rows.csv
    format: csv
    key: {key}
    entities: {{{entity}: {{columns: {{{mapped}}}}}}}
  orders:
    files: orders.csv
    format: csv
    key: id
    entities:
      customers: {{group_by: customer, columns: {{customer_key: customer, created_at: at}}}}
      orders: {{columns: {{order_key: id, customer_key: customer, ordered_at: at, amount: amount}}}}
"""


def _since(shop: Company, content: str) -> date | None:
    """The first day that the next load notes."""
    (last,) = shop.rows("select max(change_no) from ops.changes")[0]
    shop.write("rows.csv", content)
    shop.load()
    return shop.rows(f"select min(first_on) from ops.changes where change_no > {last}")[0][0]


@pytest.mark.parametrize(
    ("entity", "key", "columns", "before", "after", "since"),
    [
        # The hours of a solution count, not its day alone.
        (
            "tickets",
            "ticket_key",
            "opened_at,solved_at",
            "1,2024-03-01,2024-03-09 10:00",
            "1,2024-03-01,2024-03-09 17:00",
            date(2024, 3, 9),
        ),
        (
            "tickets",
            "ticket_key",
            "opened_at,solved_at",
            "1,2024-03-01,",
            "1,2024-03-01,2024-03-09 17:00",
            date(2024, 3, 9),
        ),
        # Without a moment of the answer the score counts on the day of the question.
        (
            "surveys",
            "survey_answer_key",
            "asked_at,answered_at,score",
            "1,2024-03-01,,9",
            "1,2024-03-01,2024-03-09,9",
            date(2024, 3, 1),
        ),
        # Without a last day to pay a demand is given up so many days after it was issued.
        (
            "payments",
            "payment_key",
            "issued_at,due_on,written_off_amount",
            "1,2024-03-01,,9",
            "1,2024-03-01,2024-12-01,9",
            date(2024, 3, 1),
        ),
        (
            "payments",
            "payment_key",
            "issued_at,due_on,paid_at",
            "1,2024-03-01,2024-04-01,",
            "1,2024-03-01,2024-04-01,2024-05-05",
            date(2024, 5, 5),
        ),
        # A lead that was lost on a day that is not told was never open; one whose day is told was, up to it.
        (
            "leads",
            "lead_key",
            "created_at,status,lost_at",
            "1,2024-03-01,lost,",
            "1,2024-03-01,lost,2024-03-09",
            date(2024, 3, 1),
        ),
        (
            "leads",
            "lead_key",
            "created_at,status,lost_at",
            "1,2024-03-01,lost,2024-03-08",
            "1,2024-03-01,lost,2024-03-09",
            date(2024, 3, 8),
        ),
        # A birthday and the day of an update date nothing that happened.
        (
            "customers",
            "customer_key",
            "created_at,updated_at,birth_on",
            "zoe,2024-03-01,2024-03-02,1980-01-01",
            "zoe,2024-03-01,2024-06-02,1981-01-01",
            None,
        ),
        (
            "customers",
            "customer_key",
            "created_at,closed_at",
            "zoe,2024-03-01,",
            "zoe,2024-03-01,2024-06-02",
            date(2024, 6, 2),
        ),
        # Why they left counts since they left.
        (
            "customers",
            "customer_key",
            "created_at,closed_at,close_reason",
            "zoe,2024-03-01,2024-06-02,",
            "zoe,2024-03-01,2024-06-02,price",
            date(2024, 6, 2),
        ),
        # A term's last day is looked ahead to since the term began.
        (
            "subscriptions",
            "subscription_key",
            "starts_on,ends_on",
            "1,2024-03-01,2024-12-31",
            "1,2024-03-01,2025-12-31",
            date(2024, 3, 1),
        ),
    ],
)
def test_a_changed_row_is_stale_since(company, entity, key, columns, before, after, since):
    shop = company(_declaration(entity, key, *columns.split(",")))
    shop.write("orders.csv", ORDERS)
    header = f"{key},{columns}\n"
    shop.write("rows.csv", header + before + "\n")
    shop.load()
    assert _since(shop, header + after + "\n") == since


def test_another_id_is_stale_since_the_first_row_that_names_its_key(company):
    """An id that is kept is not the one that the warehouse knows: a run was killed between the two."""
    shop = company(_declaration("referrals", "referral_key", "customer_key", "referred_customer_key", "referred_at"))
    shop.write("orders.csv", ORDERS)
    rows = "referral_key,customer_key,referred_customer_key,referred_at\n1,bob,ann,2024-02-01\n"
    shop.write("rows.csv", rows)
    shop.load()
    assert _since(shop, rows) is None
    with_another_id(kept_crosswalk(shop.workspace), "c-of-another")
    assert _since(shop, rows) == date(2024, 2, 1), "ann was referred before she bought"


def test_an_order_that_moves_takes_along_what_names_it_alone(company):
    """A demand from before its order: it is the buyer's, so its own day is stale too."""
    shop = company(_declaration("payments", "payment_key", "issued_at", "order_key"))
    shop.write("orders.csv", ORDERS)
    shop.write("rows.csv", "payment_key,issued_at,order_key\np1,2024-03-20,2\np2,2024-02-01,1\n")
    shop.load()
    (last,) = shop.rows("select max(change_no) from ops.changes")[0]
    shop.write("orders.csv", ORDERS.replace("2,bob", "2,ann"))
    shop.load()
    noted = f"select entity, min(first_on) from ops.changes where change_no > {last} and entity = 'orders' group by 1"
    assert shop.rows(noted) == [("orders", date(2024, 3, 20))]
