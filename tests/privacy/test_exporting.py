"""What is a person's by a ticket or an order of theirs alone is given out to them, and nobody else's is."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from include.privacy.erase import erase_people
from include.privacy.export import export_person
from include.warehouse.connection import open_warehouse
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
    files: orders.csv
    format: csv
    key: id
    entities:
      orders:
        columns: {order_key: id, customer_key: who, ordered_at: at, amount: amount, original_order_key: of}
  lines:
    files: lines.csv
    format: csv
    key: id
    entities:
      order_items:
        columns: {order_item_key: id, order_key: order, amount: n}
  tickets:
    files: tickets.csv
    format: csv
    key: id
    entities:
      tickets:
        columns: {ticket_key: id, customer_key: who, opened_at: at}
  answers:
    files: answers.csv
    format: csv
    key: id
    entities:
      surveys:
        columns: {survey_answer_key: id, customer_key: who, ticket_key: ticket, kind: {constant: csat}, asked_at: at}
"""
FILES = {
    "people": "id,at|A1,2024-01-01|B1,2024-01-02",
    "orders": "id,who,at,amount,of|1,A1,2024-02-01,10,|2,B1,2024-02-02,20,|3,,2024-02-03,-4,1|4,,2024-02-03,-5,2",
    "lines": "id,order,n|10,1,2|11,1,3|12,2,4|13,3,-1|14,4,-1",
    "tickets": "id,who,at|1,A1,2024-03-01|2,B1,2024-03-01",
    "answers": "id,who,ticket,at|20,,1,2024-03-02|21,,2,2024-03-02|22,B1,1,2024-03-02|23,A1,,2024-03-02"
    "|24,,1,never|25,,2,never|26,B1,1,never",
}
# Each with the ids that a person's rows are known by; of the answers, 22 is another's to a ticket of hers.
HERS = {
    ("orders", "orders", "order_key"): {"1", "3"},
    ("lines", "order_items", "order_item_key"): {"10", "11", "13"},
    ("tickets", "tickets", "ticket_key"): {"1"},
    ("answers", "surveys", "survey_answer_key"): {"20", "23"},
}


@pytest.fixture
def shop(tmp_path: Path, home: Path) -> Company:
    place = tmp_path / "shop"
    (place / "data").mkdir(parents=True)
    company = Company(Workspace("shop", (place / "shop.yml",), data=place / "data"))
    company.declare(DECLARATION)
    for name, lines in FILES.items():
        company.write(f"{name}.csv", lines.replace("|", "\n") + "\n")
    company.load()
    told = "left join core.customer_xref using (source, customer_key)"
    with open_warehouse(company.workspace) as connection:
        connection.execute(
            "create table core.fct_orders as select order_key as no, source || ':' || order_key as order_id, "
            f"customer_id from raw.orders {told}"
        )
        connection.execute(
            "create table core.fct_order_items as select order_item_key as no, source || ':' || order_key as order_id "
            "from raw.order_items"
        )
        connection.execute(
            "create table core.fct_surveys as select survey_answer_key as no, source || ':' || ticket_key as ticket_id"
            f", customer_id from raw.surveys {told}"
        )
        connection.execute("create table int.int_voice__texts as select 'shop:' || n as ticket_id from range(3) t(n)")
    return company


def test_what_belongs_to_a_record_of_hers_is_given_out(shop, tmp_path):
    target = tmp_path / "person.zip"
    with open_warehouse(shop.workspace, read_only=True) as connection:
        export_person(shop.workspace, connection, "shop:A1", target)
    with zipfile.ZipFile(target) as archive:
        told = {
            path.removesuffix(".jsonl"): [json.loads(row) for row in archive.read(path).decode().splitlines()]
            for path in archive.namelist()
            if path != "manifest.json"
        }
    for (table, entity, key), ids in HERS.items():
        assert {row["id"] for row in told[f"landed/shop__{table}"]} == ids, table
        assert {row[key] for row in told[f"contract/{entity}"]} == ids, table
        if entity != "tickets":
            assert {row["no"] for row in told[f"warehouse/core.fct_{entity}"]} == ids, table
    assert [json.loads(row["content"])["id"] for row in told["quarantine"]] == ["24"], "refused, and hers all the same"
    assert told["warehouse/int.int_voice__texts"] == [{"ticket_id": "shop:1"}]


def test_an_erasure_follows_the_same_ties_but_for_the_books(shop):
    erase_people(shop.workspace, ["shop:A1"], "Ann", "asked", progress=lambda line: None)
    left = shop.rows("select no from core.fct_surveys order by no")
    assert left == [("21",), ("22",)], "another's answer stays, to whose ticket ever"
    shop.load(full_refresh=True)
    assert shop.rows("select survey_answer_key from raw.surveys order by all") == left, "and no load changes that"
    assert shop.rows("select id from raw.shop__answers order by all") == left
    assert shop.rows("select count(*) from core.fct_orders") == [(4,)]
    assert shop.rows("select ticket_id from int.int_voice__texts order by all") == [("shop:0",), ("shop:2",)]
