"""An erasure rewrites landing files: what the books need stays in them, and what is there no more stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from include.privacy.erase import Erased, erase_people
from include.privacy.landing import Change, _parquet
from include.workspace import Workspace
from tests.load.conftest import Company

DECLARATION = """
source: shop
timezone: UTC
currency: EUR
tables:
  people:
    files: people.csv
    format: csv
    key: id
    entities:
      customers:
        columns: {customer_key: id, created_at: at}
  orders:
    files: orders.jsonl
    format: jsonl
    key: id
    entities:
      orders:
        columns: {order_key: id, customer_key: who, ordered_at: at}
  order_lines:
    files: orders.jsonl
    format: jsonl
    each: items
    entities:
      order_items:
        columns: {order_item_key: _row_id, order_key: id, product_key: items.sku, amount: items.paid}
"""


ORDERS = [
    {"id": f"O{n}", "who": who, "at": "2024-02-01", "ship_to": f"to {who}", "items": [{"sku": "tea", "paid": n}]}
    for n, who in enumerate(("A1", "B1"), 1)
]


@pytest.fixture
def shop(tmp_path: Path, home: Path) -> Company:
    made = Company(Workspace("shop", (tmp_path / "shop.yml",), data=tmp_path / "data"))
    made.data.mkdir()
    made.declare(DECLARATION)
    made.write("people.csv", 'id,at\nA1,2024-01-01\n"A1,2024-01-02\nB1,2024-01-01\nC1,"2024-01-01"\n')
    made.write("orders.jsonl", "".join(json.dumps(one) + "\n" for one in ORDERS))
    made.load()
    return made


def _erase(shop: Company) -> Erased:
    return erase_people(shop.workspace, ["shop:A1"], "Ann", "asked", landing=True, progress=lambda line: None)


def test_the_lines_inside_an_erased_persons_order_stay_for_the_books(shop):
    items = "select order_key, product_key, amount::int from raw.order_items order by all"
    lines = shop.rows(items)
    assert lines == [("O1", "tea", 1), ("O2", "tea", 2)]
    done = _erase(shop)
    hers, others = map(json.loads, (shop.data / "orders.jsonl").read_text().splitlines())
    assert (hers, others) == (ORDERS[0] | {"who": None, "ship_to": None}, ORDERS[1])
    assert ["the items of `items` are not rewritten" in told for told in done.beyond_reach] == [True]
    for full_refresh in (False, True):
        shop.load(full_refresh=full_refresh)
        assert shop.rows(items) == lines


def test_a_file_that_was_taken_away_after_its_load_stops_no_erasure(shop):
    (shop.data / "people.csv").unlink()
    _erase(shop)
    assert "A1" not in (shop.data / "orders.jsonl").read_text()
    assert shop.rows("select customer_key from raw.customers order by all") == [("B1",), ("C1",)]


def test_a_quote_that_is_never_closed_takes_nobody_elses_rows_along(shop):
    """The load knows the line alone to be broken, and hers."""
    _erase(shop)
    assert (shop.data / "people.csv").read_text() == 'id,at\nB1,2024-01-01\nC1,"2024-01-01"\n'


def test_a_parquet_file_keeps_its_own_columns_and_each_row_what_is_not_taken_from_it(tmp_path):
    file = tmp_path / "store=001" / "rows.parquet"
    file.parent.mkdir()
    duckdb.execute(f"copy (select n, 'a' || n as a, 'b' || n as b from range(1, 5) t(n)) to '{file}' (format parquet)")
    _parquet(file, {1: Change(None), 2: Change(frozenset("a")), 3: Change(frozenset("b"))})
    found = duckdb.sql(f"from read_parquet('{file}', hive_partitioning = false)")
    assert found.columns == ["n", "a", "b"]
    assert found.fetchall() == [(2, None, "b2"), (3, "a3", None), (4, "a4", "b4")]
