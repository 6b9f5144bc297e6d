"""A steward sees what is wrong, mends the declaration, and finds it mended: on the page and in the marts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from include.pipeline import steps
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace, resolve_workspace

pytestmark = pytest.mark.timeout(600)
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
def shop(tmp_path: Path, home: Path) -> Workspace:
    """Twenty people, most of whom gave their address at the till; five of sixty amounts have a decimal comma."""
    folder = tmp_path / "shop"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "shop.yml").write_text(DECLARATION)
    people = [f"P{n},2024-01-{n + 1:02},{'' if n % 4 else f'p{n}@web.example'},p{n}@till.example" for n in range(20)]
    (folder / "people.csv").write_text("\n".join(["id,joined,mail,till_mail", *people]) + "\n")
    sales = [
        f"R{n};P{n % 20};2024-0{1 + n % 3}-25;{'12,50' if n < 5 else '10.00'}" for n in range(60)
    ]  # fmt: skip
    (folder / "sales.csv").write_text("\n".join(["receipt;person;day;paid", *sales]) + "\n")
    return resolve_workspace(str(folder))


def _evening(shop: Workspace, batch: str) -> str:
    """A load and a build without scores, audited; the page afterwards."""
    quiet = {"progress": lambda _: None}
    steps.load(shop, batch, **quiet)
    steps.audit(shop, AS_OF, "raw", **quiet)
    steps.audit(shop, AS_OF, "marts", **quiet)
    return (shop.quality / "index.html").read_text(encoding="utf-8")


def _read(shop: Workspace, query: str) -> tuple:
    with open_warehouse(shop, read_only=True) as connection:
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
    before = _evening(shop, "monday")
    assert "shop · customers.email" in before and "25.0 %" in before
    assert "<strong>5</strong> rows in quarantine" in before and "orders.amount needs a number" in before
    assert "<code>99,99</code>" in before
    assert _read(shop, _EMAIL) == (0.25, False)
    assert _read(shop, _AMOUNT) == (round(55 / 60, 4), 5)
    assert _read(shop, _REVENUE) == (Decimal(550),)

    declared = shop.declarations[0]
    declared.write_text(
        declared.read_text()
        .replace("email: mail", 'email: {expression: "coalesce(mail, till_mail)"}')
        .replace("amount: paid", "amount: {expression: \"cast(replace(paid, ',', '.') as decimal(18, 4))\"}")
    )
    after = _evening(shop, "tuesday")
    assert "No row waits in quarantine." in after and "quarantine is empty" in after
    assert "shop · customers.email" not in after
    assert "▲" in after and "points since the build before" in after
    assert _read(shop, _EMAIL) == (1.0, True)
    assert _read(shop, _AMOUNT) == (1.0, 0)
    assert _read(shop, _REVENUE) == (Decimal("612.5"),)
    counts = "rows_read = rows_accepted + rows_unchanged + rows_quarantined"
    assert _read(shop, f"select bool_and({counts}), max(rows_open) from marts.load_ledger cross join "
                       "marts.quarantine_summary") == (True, 0)  # fmt: skip
