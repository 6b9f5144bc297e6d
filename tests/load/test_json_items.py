"""Lists inside JSON objects, such as the items of orders, become rows of their own."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest

from include.load import DeclarationInvalid
from include.load.json_items import parse_json_items
from include.load.text_lines import read_lines
from tests.load.conftest import ORDERS

BOTH = (
    ORDERS.replace("orders*.csv", "orders*.jsonl*").replace("format: csv", "format: jsonl")
    + """
  order_lines:
    files: orders*.jsonl*
    format: jsonl
    each: items
    key: [id, _position]
    entities:
      order_items:
        columns:
          order_item_key: {expression: "id || '-' || _position"}
          order_key: id
          product_key: items.sku
          quantity: {column: items.qty, optional: true}
          amount: {expression: 'cast("items.qty" as decimal(18, 4)) * cast("items.price" as decimal(18, 4))'}
"""
)


def order(number: int, **values: object) -> str:
    return json.dumps({"id": number, "customer": "ann", "at": "2024-03-01", "kind": "S", "amount": "1"} | values)


def test_every_item_is_a_row_with_the_keys_of_its_order(company):
    shop = company(BOTH)
    tea, pot = {"sku": "茶", "qty": 2, "price": 1.25}, {"sku": "pot", "qty": 1, "price": "9.9", "note": {"a": [1]}}
    lines = [
        order(1, items=[tea, pot]), order(2, items=[]), order(3), order(4, items=None), order(5, items=[tea, tea]),
        order(6, items=pot),
    ]  # fmt: skip
    shop.write("orders.jsonl.gz", gzip.compress("\n\n".join(lines).encode()))
    done = {table.table: table for table in shop.load().tables}
    assert (done["orders"].rows_read, done["order_lines"].rows_read) == (6, 5)
    assert shop.rows("select order_item_key, product_key, quantity, amount from raw.order_items order by all") == [
        ("1-1", "茶", 2, 2.5), ("1-2", "pot", 1, Decimal("9.9")), ("5-1", "茶", 2, 2.5), ("5-2", "茶", 2, 2.5),
        ("6-1", "pot", 1, Decimal("9.9")),
    ]  # fmt: skip
    assert shop.rows("select \"items.note\" from raw.shop__order_lines where id = '6'") == [('{"a":[1]}',)]
    columns = [column for column, *_ in shop.rows("describe raw.shop__order_lines") if column[0] != "_"]
    assert columns == ["id", "items", "items.note", "items.price", "items.qty", "items.sku"], "whose it is stays apart"


def test_a_bad_item_costs_itself_and_no_other(company):
    shop = company(BOTH)
    good = {"sku": "tea", "qty": 1, "price": 1}
    twice = order(4, items=[]).replace("[]", '[{"sku": "a", "sku": "b", "qty": 1, "price": 1}]')
    named_twice = order(5, items=[good, good]).replace('"kind"', '"at": "2024-03-01", "kind"')
    lines = [
        order(1, items=[good, good | {"price": "x"}, "tea"]),
        "{broken",
        order(3, items=[good]),
        twice,
        named_twice,
    ]
    shop.write("orders.jsonl", "\n".join(lines))
    done = {table.table: table for table in shop.load().tables}["order_lines"]
    assert (done.rows_read, done.rows_accepted, done.rows_quarantined) == (7, 2, 5)
    refused = shop.rows(
        "select line, reasons[1].code, reasons[1].column from ops.quarantine "
        "where table_name = 'order_lines' order by 1"
    )
    assert refused == [
        (2, "wrong_type", "items.price, items.qty"), (3, "missing_value", "items.price, items.qty"),
        (4, "invalid_json", None), (6, "wrong_names", None), (7, "wrong_names", None),
    ]  # fmt: skip
    whole = "select json_extract_string(content, '/_text') from ops.quarantine where table_name = 'order_lines' "
    assert shop.rows(whole + "and reasons[1].code in ('invalid_json', 'wrong_names') order by line") == [
        (lines[1],), (twice,), (named_twice,)
    ]  # fmt: skip


def test_the_text_of_an_order_is_not_kept_with_each_of_its_items(company, engine):
    """Of 2,000 characters and 100 items that would be 200,000 for every line of the file."""
    shop = company(BOTH)
    items = [{"sku": "tea", "qty": 1, "price": 1}] * 100
    file = shop.write("orders.jsonl", "\n".join(order(n, note="x" * 2000, items=items) for n in range(20)))
    read_lines(engine, file, "utf-8", "orders")
    parse_json_items(engine, shop.source.tables[1], "orders")
    assert engine.execute("select count(*), count(_text), count(_problem) from parsed").fetchone() == (2000, 0, 0)
    assert engine.execute("select max(length(t::varchar)) < 500 from items t").fetchone() == (True,)


def test_a_changed_order_changes_its_items(company):
    shop = company(BOTH)
    shop.write(
        "orders_1.jsonl", order(1, items=[{"sku": "a", "qty": 1, "price": 1}, {"sku": "b", "qty": 1, "price": 1}])
    )
    shop.load()
    shop.write(
        "orders_2.jsonl", order(1, items=[{"sku": "a", "qty": 3, "price": 1}, {"sku": "b", "qty": 1, "price": 1}])
    )
    lines = {table.table: table for table in shop.load().tables}["order_lines"]
    assert (lines.rows_read, lines.rows_accepted, lines.rows_unchanged) == (2, 1, 1)
    assert shop.rows("select quantity from raw.order_items order by order_item_key") == [(3,), (1,)]


def test_a_list_that_is_not_there_or_not_named_is_told(company):
    shop = company(BOTH)
    shop.write("orders.jsonl", order(1, lines=[]))
    (message,) = shop.load_failing().messages
    assert "orders.jsonl: no object has the key items (found: amount, at, customer, id, kind, lines)" in message
    shop.declare(BOTH.replace("each: items", "each: [items]"))
    with pytest.raises(DeclarationInvalid, match=r"order_lines.each: give the key of a list"):
        shop.load()


def test_a_day_without_items_is_a_quiet_one(company):
    shop = company(BOTH)
    shop.write("orders_1.jsonl", order(1, items=[]) + "\n" + order(2, items=None))
    assert {table.table: table.rows_read for table in shop.load().tables} == {"orders": 2, "order_lines": 0}
    shop.write("orders_2.jsonl", order(3, items=[{"sku": "a", "qty": 1, "price": 1}]))
    shop.load()
    assert shop.rows("select order_key from raw.order_items") == [("3",)]
