"""What comes again, changes or goes: the warehouse always equals one built from the same files from scratch."""

from __future__ import annotations

import random

import duckdb
import pytest

from tests.load.conftest import HEADER, LINES, LINES_HEADER, ORDERS


def test_the_same_files_again_change_nothing(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-03-02,S,2\n")
    shop.load()
    before = shop.digests()
    again = shop.load()
    assert (again.total("files_read"), again.total("files_skipped"), again.changed) == (0, 1, False)
    assert shop.digests() == before
    assert shop.rows("select count(*) from ops.load_ledger") == [(1,)]


def test_a_changed_keyed_file_updates_by_key_and_counts_the_rest_as_unchanged(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-03-02,S,2\n")
    shop.load()
    shop.write("orders.csv", HEADER + "2,bob,2024-02-01,S,2.5\n1,ann,2024-03-01,S,1\n3,bob,2024-01-03,S,3\n4,x\n")
    shop.load()
    ledger = "select rows_read, rows_accepted, rows_unchanged, rows_quarantined from ops.load_ledger order by batch_id"
    assert shop.rows(ledger) == [(2, 2, 0, 0), (4, 2, 1, 1)]
    assert shop.rows("select order_key, amount::varchar, _batch_id from raw.orders order by 1") == [
        ("1", "1.0000", "batch-1"),
        ("2", "2.5000", "batch-2"),
        ("3", "3.0000", "batch-2"),
    ]
    assert shop.rows("select customer_key, created_on::varchar from raw.customers order by 1") == [
        ("ann", "2024-03-01"),
        ("bob", "2024-01-03"),
    ]


def test_a_later_file_brings_news_of_a_key_whether_it_comes_alone_or_with_the_earlier(company):
    first, second = HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-03-01,S,1\n", HEADER + "1,eve,2024-03-01,S,9\n"
    apart, together = company(), company()
    apart.write("orders_1.csv", first)
    apart.load()
    for shop in (apart, together):
        shop.write("orders_1.csv", first)
        shop.write("orders_2.csv", second)
        shop.load()
    key = ("raw.orders", "raw.shop__orders")
    assert [apart.digests()[k] for k in key] == [together.digests()[k] for k in key]
    assert together.rows("select customer_key from raw.orders where order_key = '1'") == [("eve",)]
    assert together.quarantine() == []


def test_rows_of_a_removed_file_stay(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    shop.write("orders_2.csv", HEADER + "2,bob,2024-03-01,S,1\n")
    shop.load()
    before = shop.digests()
    (shop.data / "orders_1.csv").unlink()
    shop.load()
    assert shop.digests() == before


def test_full_duplicates_of_a_keyless_table_are_all_kept(company):
    shop = company(LINES)
    row = "1,ann,2024-03-01,Bonn,tea,1\n"
    shop.write("lines_1.csv", LINES_HEADER + row * 3)
    shop.write("lines_2.csv", LINES_HEADER + row)
    shop.load()
    keys = [key for (key,) in shop.rows("select order_item_key from raw.order_items order by 1")]
    assert [key[-2:] for key in keys] == ["-1", "-2", "-3", "-4"]
    assert len({key[:-2] for key in keys}) == 1


@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_keyless_files_equals_a_build_from_scratch(company, seed):
    chance = random.Random(seed)

    def content() -> str:
        rows = [
            f"{chance.randint(1, 3)},{chance.choice(['ann', 'bob', ''])},2024-03-0{chance.randint(1, 3)},"
            f"{chance.choice(['Bonn', 'Köln', ''])},tea,{chance.choice(['1', '2.5', 'bad'])}\n"
            for _ in range(chance.randint(1, 7))
        ]
        return LINES_HEADER + "".join(rows)

    grown, fresh = company(LINES), company(LINES)
    for _ in range(3):
        for name in chance.sample(["lines_1.csv", "lines_2.csv", "lines_3.csv"], 2):
            grown.write(name, content())
        grown.load()
    for path in grown.data.iterdir():
        fresh.write(path.name, path.read_bytes())
    fresh.load()
    expected = {table: digest for table, digest in fresh.digests().items() if table != "xref"}
    assert {table: digest for table, digest in grown.digests().items() if table != "xref"} == expected
    assert grown.rows("select _file, _line from raw.order_items order by all") == fresh.rows(
        "select _file, _line from raw.order_items order by all"
    )
    for batch in grown.rows("from ops.load_ledger"):
        _, _, _, read, accepted, unchanged, quarantined, *_ = batch
        assert read == accepted + unchanged + quarantined
    assert grown.rows("select batch_id, count(*) from ops.quarantine group by 1 order by 1") == [
        row for row in grown.rows("select batch_id, rows_quarantined from ops.load_ledger order by 1") if row[1]
    ]


def test_a_changed_declaration_lands_everything_again(company):
    shop, fresh = company(LINES), company(LINES.replace("city: city", "region: city"))
    for name in ("lines_1.csv", "lines_2.csv"):
        for one in (shop, fresh):
            one.write(name, LINES_HEADER + f"{name[6]},ann,2024-03-01,Bonn,tea,1\n")
    shop.load()
    (shop.data / "lines_1.csv").unlink()
    shop.declare(LINES.replace("city: city", "region: city"))
    result = shop.load()
    fresh.load()
    assert shop.digests() == fresh.digests()
    assert (result.total("rows_read"), result.total("rows_accepted")) == (2, 2)
    assert shop.rows("select city, region from raw.customers") == [(None, "Bonn")]


def test_a_changed_declaration_with_a_bad_file_leaves_the_table_as_it_was(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    shop.load()
    before = shop.digests()
    shop.declare(ORDERS.replace("amount: amount", "amount: total"))
    assert "left as it was" in shop.load_failing().messages[0]
    assert shop.digests() == before
    shop.declare(ORDERS)
    assert not shop.load().changed


def test_a_table_that_is_no_longer_declared_leaves_the_warehouse(company):
    both = ORDERS + "  more:\n    files: more.csv\n    format: csv\n    key: p\n    entities:\n"
    both += "      products:\n        columns: {product_key: p}\n"
    shop = company(both)
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    shop.write("more.csv", "p\ntea\n")
    shop.load()
    assert shop.rows("select product_key from raw.products") == [("tea",)]
    shop.declare(ORDERS)
    shop.load()
    assert shop.rows("select count(*) from raw.products") == [(0,)]
    assert shop.rows("select count(*) from duckdb_tables() where table_name = 'shop__more'") == [(0,)]
    assert shop.rows("select rows_deleted from ops.load_ledger where table_name = 'more'") == [(0,), (1,)]


def test_a_new_column_is_kept_and_reported(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    assert shop.load().tables[0].new_columns == ()
    shop.write("orders_2.csv", "id,customer,at,kind,amount,clerk\n2,ann,2024-03-01,S,1,zoe\n")
    assert shop.load().tables[0].new_columns == ("clerk",)
    assert shop.rows("select clerk from raw.shop__orders order by id") == [(None,), ("zoe",)]


def test_ids_of_customers_outlive_the_warehouse(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    assert shop.load().customers_minted == 1
    kept = shop.workspace.kept / "customer_xref.parquet"
    first = kept.read_bytes()
    (expected,) = shop.rows("select 'c' || left(md5('shop|ann'), 16)")[0]
    assert shop.rows("from core.customer_xref") == [("shop", "ann", expected, expected, 1, True)]
    with_another_id(kept, "c-from-before")
    shop.workspace.warehouse.unlink()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-03-01,S,1\n")
    assert shop.load().customers_minted == 1
    assert shop.rows("select customer_id from core.customer_xref where customer_key = 'ann'") == [("c-from-before",)]
    again = company()
    again.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    again.load()
    assert (again.workspace.kept / "customer_xref.parquet").read_bytes() == first


def with_another_id(kept, customer_id: str) -> None:
    duckdb.execute(
        f"copy (select * replace ('{customer_id}' as customer_id) from '{kept}') to '{kept}.new' (format parquet)"
    )
    kept.with_name(kept.name + ".new").replace(kept)
