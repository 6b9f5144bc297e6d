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
    started = time.process_time()
    from include.identity.identify import identify_customers
    changed = identify_customers(workspace, connection, policies)
    took = time.process_time() - started
print(changed, took < 0.2, sorted({"splink", "phonenumbers", "email_validator", "numpy", "pyarrow"} & set(sys.modules)))
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
