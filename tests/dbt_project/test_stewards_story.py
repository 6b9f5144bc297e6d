"""A steward sees what is wrong, mends the declaration, and finds it mended: on the page and in the marts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from expectations.results import create_quality_table
from expectations.steward.health_by_build import remember_health
from expectations.steward_page import write_steward_page
from include.load.workspace_load import load_workspace

AS_OF = date(2024, 3, 31)
DECLARATION = """
source: shop
timezone: Europe/Berlin
currency: EUR
tables:
  people:
    files: people.csv
    format: csv
    key: id
    entities:
      customers:
        columns:
          customer_key: id
          created_at: joined
          email: mail
  sales:
    files: sales.csv
    format: csv
    delimiter: ";"
    key: receipt
    entities:
      orders:
        columns:
          order_key: receipt
          customer_key: person
          ordered_at: day
          kind: {constant: sale}
          amount: paid
"""


@pytest.fixture
def shop(world, tmp_path):
    """Twenty people, most of whom gave their address at the till; five of sixty amounts have a decimal comma."""
    declared = tmp_path / "shop.yml"
    declared.write_text(DECLARATION)
    people = [f"P{n},2024-01-{n + 1:02},{'' if n % 4 else f'p{n}@web.org'},p{n}@till.org" for n in range(20)]
    (tmp_path / "people.csv").write_text("\n".join(["id,joined,mail,till_mail", *people]) + "\n")
    sales = [f"R{n};P{n % 20};2024-0{1 + n % 3}-25;{'12,50' if n < 5 else '10.00'}" for n in range(60)]
    (tmp_path / "sales.csv").write_text("\n".join(["receipt;person;day;paid", *sales]) + "\n")
    made = world()
    made.workspace = replace(made.workspace, declarations=(declared,), data=tmp_path)
    return made


def _evening(shop, day: int) -> str:
    """A load and a build, and the page afterwards."""
    with shop.connect() as connection:
        load_workspace(shop.workspace, connection, f"batch-{day}", datetime(2024, 4, day), lambda line: None)
    shop.build(AS_OF, "+fct_orders +data_health_summary load_ledger quarantine_summary", data_tests=False)
    with shop.connect() as connection:
        (build,) = connection.execute("select build_id from ops.current_build").fetchone()
        create_quality_table(connection)
        remember_health(connection, build, datetime(2024, 4, day))
        return write_steward_page(shop.workspace.quality, "shop", connection).read_text(encoding="utf-8")


def _row(shop, query: str) -> tuple:
    with shop.connect(read_only=True) as connection:
        return connection.execute(query).fetchone()


_EMAIL = """
    select round(score, 4), passed from marts.data_health
    where is_current and column_name = 'email' and rule = 'filled'
"""
_AMOUNT = """
    select round(score, 4), refused_rows from marts.data_health
    where is_current and table_name = 'orders' and column_name = 'amount' and rule = 'well_formed'
"""
_REVENUE = "select sum(net_revenue) from core.fct_orders"


def test_what_a_steward_mends_is_healthy_in_the_next_build(shop):
    before = _evening(shop, 1)
    assert "shop · customers.email" in before and "25.0 %" in before
    assert "<strong>5</strong> rows in quarantine" in before and "orders.amount needs a number" in before
    assert "<code>99,99</code>" in before
    assert _row(shop, _EMAIL) == (0.25, False)
    assert _row(shop, _AMOUNT) == (round(55 / 60, 4), 5)
    assert _row(shop, _REVENUE) == (Decimal(550),)

    declared = shop.workspace.declarations[0]
    declared.write_text(
        declared.read_text()
        .replace("email: mail", 'email: {expression: "coalesce(mail, till_mail)"}')
        .replace("amount: paid", "amount: {expression: \"cast(replace(paid, ',', '.') as decimal(18, 4))\"}")
    )
    after = _evening(shop, 2)
    assert "No row waits in quarantine." in after and "quarantine is empty" in after
    assert "shop · customers.email" not in after
    assert "▲" in after and "points since the build before" in after
    assert _row(shop, _EMAIL) == (1.0, True)
    assert _row(shop, _AMOUNT) == (1.0, 0)
    assert _row(shop, _REVENUE) == (Decimal("612.5"),)
    closes = "rows_read = rows_accepted + rows_unchanged + rows_quarantined"
    assert _row(shop, f"select bool_and({closes}), count(*) from marts.load_ledger") == (True, 4)
    assert _row(shop, "select sum(rows_quarantined), sum(rows_open) from marts.quarantine_summary") == (5, 0)
