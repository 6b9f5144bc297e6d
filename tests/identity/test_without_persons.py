"""Sources that tell of no persons keep their own ids, and identity costs them nothing."""

from __future__ import annotations

import subprocess
import sys

from include.workspace import PROJECT_ROOT

DECLARATION = """
source: till
timezone: Europe/London
currency: GBP
tables:
  sales:
    files: sales.csv
    format: csv
    key: number
    entities:
      customers: {group_by: buyer, columns: {customer_key: buyer, city: city}}
      orders:
        columns: {order_key: number, customer_key: buyer, ordered_at: at, amount: amount}
"""
SALES = "number,buyer,city,at,amount\n" + "".join(f"{n},b{n % 50},Leeds,2024-01-05,1\n" for n in range(200))
TIMED = """
import sys, time
from include.policies.reader import read_policies
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
workspace = Workspace("till", ())
policies = read_policies(workspace)
with open_warehouse(workspace) as connection:
    already = set(sys.modules)  # weighing the judgements of a policy takes numpy
    started = time.process_time()
    from include.identity.identify import identify_customers
    changed = identify_customers(workspace, connection, policies)
    took = time.process_time() - started
heavy = {"splink", "phonenumbers", "email_validator", "numpy", "pyarrow"}
print(changed, took < 0.2, sorted(heavy & set(sys.modules) - already))
"""


def test_every_key_keeps_its_own_id_at_no_cost(company):
    till = company("till", DECLARATION, sales=SALES)
    till.load()
    before = till.ids()
    assert till.identify() == []
    told = subprocess.run(
        [sys.executable, "-c", TIMED], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert told.split("\n")[-2] == "False True []"
    assert till.ids() == before and len(set(before.values())) == 50
    assert till.rows("select count(*) from core.customer_xref where is_new or customer_id <> first_id") == [(0,)]


FEW_FIELDS = """
source: club
timezone: Asia/Shanghai
currency: CNY
tables:
  members:
    files: members.csv
    format: csv
    key: number
    entities:
      customers: {columns: {customer_key: number, full_name: name, phone: phone}}
  orders:
    files: orders.csv
    optional: true
    format: csv
    key: number
    entities:
      orders: {columns: {order_key: number, ordered_at: at}}
"""


def test_names_and_numbers_alone_are_enough_to_learn_from(company):
    """Pairs with equal name and number leave nothing to compare, so nothing is learnt from them."""
    members = [f"m{n},王{chr(0x4E00 + n)},+86 138{n + 7:08}\n" for n in range(300)]
    again = [f"s{n},王{chr(0x4E00 + n)},0086-138-{n + 7:08}\n" for n in range(0, 300, 2)]
    club = company("club", FEW_FIELDS, members="number,name,phone\n" + "".join(members + again))
    said = club.run()
    assert "450 records" in said[-2] and "300 people" in said[-2], said
