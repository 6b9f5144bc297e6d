"""A paged API over real HTTP: every style of paging, limits and failures, nested records, incremental reading."""

from __future__ import annotations

import pytest

from tests.load.rest_api import CRM, order

STYLES = {
    "page": "{style: page, parameter: page, size_parameter: size, size: 2}",
    "offset": "{style: offset, parameter: offset, size_parameter: size, size: 2}",
    "cursor": "{style: cursor, parameter: after, next: next.cursor}",
    "next_url": "{style: next_url, next: next.url}",
    "link_header": "{style: link_header}",
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_paging_brings_every_record_once(crm, api, style):
    api.style = style
    crm.declare(CRM.replace(STYLES["page"], STYLES[style]))
    crm.load()
    assert crm.rows("select order_key, customer_key, amount::varchar from raw.orders order by 1") == [
        (str(n), str(n % 2), "1.5000") for n in range(1, 6)
    ]
    assert crm.rows("select customer_key, full_name, city from raw.customers order by 1") == [
        ("0", "Ann", None), ("1", "王伟", None), ("2", "Bob", "Bonn")
    ]  # fmt: skip
    assert crm.rows('select id, "address.geo.lat", tags from raw.crm__customers order by 1') == [
        ("0", None, None), ("1", None, '["a"]'), ("2", "50.7", None)
    ]  # fmt: skip


def test_limits_failures_and_cut_answers_are_waited_out(crm, api):
    api.mishaps = [429, 500, "cut", 503, "html"]
    said = crm.load_telling()
    assert "the API answers 429; again in 0.0 s (1 of 6)" in said and "the API answers 500; again in" in said
    assert len(crm.rows("from raw.orders")) == 5
    assert api.token not in said


def test_a_page_that_fails_for_good_fails_its_table_and_nothing_of_it_is_visible(crm, api):
    api.records["/api/orders"].append(order(6, 6))
    crm.load()
    before = crm.rows("from raw.orders order by all")
    api.records["/api/orders"] += [order(7, 7), order(8, 8), order(9, 9)]
    api.mishaps = []
    pages = api.answer

    def answer(request) -> None:
        if "page=2" in request.path and "orders" in request.path:
            api.mishaps = [500]
        pages(request)

    api.answer = answer
    failed = crm.load_failing()
    assert failed.messages[0].startswith("crm/orders: /api/orders: the API answers 500, 6 times.")
    assert crm.rows("from raw.orders order by all") == before
    api.answer = pages
    crm.load()
    assert len(crm.rows("from raw.orders")) == 9


def test_only_later_records_are_asked_for_and_changes_replace(crm, api):
    crm.load()
    api.asked.clear()
    api.records["/api/orders"][1] = order(2, 2) | {"amount": 9, "updated_at": "2024-03-06T00:00:00Z"}
    crm.load()
    assert "since=2024-03-04T10%3A00%3A00Z" in api.asked[-1]
    assert crm.rows("select amount::varchar from raw.orders where order_key = '2'") == [("9.0000",)]
    assert crm.rows("select rows_read, rows_accepted, rows_unchanged from ops.load_ledger order by loaded_at")[-1:] == [
        (3, 1, 2)
    ]


def test_deleted_records_are_found_by_reading_all_keys(crm, api):
    crm.declare(CRM.replace("overlap: 1 day", "overlap: 1 day\n    deletes: {reconcile: daily}"))
    crm.load()
    del api.records["/api/orders"][0]
    assert crm.load().total("rows_deleted") == 1
    assert len(crm.rows("from raw.orders")) == 4


def test_a_record_that_moves_between_pages_while_reading_counts_once(crm, api):
    api.records["/api/orders"] = [order(1, 1), order(2, 2), order(2, 2, 7.5), order(3, 3)]
    crm.load()
    assert crm.rows("select order_key, amount::varchar from raw.orders order by 1") == [
        ("1", "1.5000"), ("2", "7.5000"), ("3", "1.5000")
    ]  # fmt: skip
    assert crm.quarantine() == []


def test_a_field_that_new_records_leave_out_is_an_error_unless_it_is_optional(crm, api):
    crm.load()
    api.records["/api/orders"] = [{key: value for key, value in order(6, 6).items() if key != "amount"}]
    assert "/api/orders has no column amount" in crm.load_failing().messages[0]
    crm.declare(CRM.replace("amount: amount", "amount: {column: amount, optional: true}"))
    crm.load()
    assert crm.rows("select order_key, amount from raw.orders where order_key = '6'") == [("6", None)]


def test_a_bad_record_is_set_aside_with_its_content(crm, api):
    api.records["/api/orders"].append(order(6, 6) | {"amount": "1,5"})
    crm.load()
    assert crm.quarantine() == [("/api/orders", 6, ["wrong_type"])]
    assert '"customer.id":"0"' in crm.rows("select content from ops.quarantine")[0][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((STYLES["page"], "{style: page, parameter: p, size_parameter: size, size: 2}"), "gives the same page again"),
        (("records: data.items", "records: data.rows"), "the answer has no list at `data.rows` (found: data, next)"),
        (("path: /api/orders", "path: /api/ordres"), "/api/ordres: the API answers 404."),
    ],
)
def test_what_is_declared_wrongly_is_told(crm, change, words):
    crm.declare(CRM.replace(*change))
    assert words in " ".join(crm.load_failing().messages)


def test_a_refused_token_is_told_and_not_shown(crm, api, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_CRM", f"http://:hunter2@127.0.0.1:{api.port}")
    words = " ".join(crm.load_failing().messages)
    assert "the API refuses the token of the connection crm (401)" in words and "hunter2" not in words


def test_the_token_is_not_taken_to_another_server(crm, api):
    crm.declare(CRM.replace(STYLES["page"], STYLES["next_url"]))
    api.style, api.port = "next_url", 1  # the addresses it names
    assert "the next page is on another server, 127.0.0.1:1" in " ".join(crm.load_failing().messages)


def test_items_of_records_are_rows_of_a_table_of_their_own(crm, api):
    lines = """
  lines:
    format: rest
    path: /api/orders
    records: data.items
    each: lines
    paging: {style: page, parameter: page, size_parameter: size, size: 2}
    key: [id, _position]
    entities:
      order_items:
        columns:
          order_item_key: {expression: "id || '/' || _position"}
          order_key: id
          product_key: lines.product.sku
          amount: lines.paid
"""
    tea = {"product": {"sku": "tea"}, "paid": 2.5}
    for record, found in zip(api.records["/api/orders"], ([tea, tea | {"paid": 1}], [], None, [tea], tea), strict=True):
        record["lines"] = found
    crm.declare(CRM + lines)
    crm.load()
    assert crm.rows("select order_item_key, product_key, amount::varchar from raw.order_items order by 1") == [
        ("1/1", "tea", "2.5000"), ("1/2", "tea", "1.0000"), ("4/1", "tea", "2.5000"), ("5/1", "tea", "2.5000")
    ]  # fmt: skip
    assert len(crm.rows("from raw.orders")) == 5
    told = "select lines, _position from raw.crm__lines where id = '1' and _position = '2'"
    assert crm.rows(told) == [('{"product":{"sku":"tea"},"paid":1}', "2")], "an item whole, as in files"
