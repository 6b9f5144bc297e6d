"""A file that is wrong as a whole is refused with a message that says what to do; the other files are loaded."""

from __future__ import annotations

import gzip

import duckdb
import pytest

from tests.load.conftest import HEADER, ORDERS

GOOD = HEADER + "1,ann,2024-03-01,S,1\n"
BAD_FILES = {
    "missing column": (
        "id,customer,at,amount\n2,b,2024-03-01,1\n",
        "column kind is missing from orders_2.csv (found: id",
    ),
    "empty": ("", "orders_2.csv is empty"),
    "blank": ("\n\n", "orders_2.csv is empty"),
    "header twice": ("id,id,customer,at,kind,amount\n", "names id more than once"),
    "header twice by case": ("id,customer,at,kind,amount,Amount\n", "names Amount, amount more than once"),
    "truncated gzip": (gzip.compress(GOOD.encode() * 500, mtime=0)[:-30], "is a damaged gzip file"),
    "UTF-16": (GOOD.encode("utf-16"), "is not utf-8 text"),
    "binary": (bytes(range(256)) * 20, "orders_2.csv"),
    "reserved name": (
        "id,customer,at,kind,amount,_file\n",
        "column _file of orders_2.csv has a name that Tierworks uses",
    ),
}


@pytest.mark.parametrize("kind", BAD_FILES, ids=lambda kind: kind.replace(" ", "_"))
def test_a_bad_file_is_refused_and_the_others_are_loaded(company, kind):
    content, message = BAD_FILES[kind]
    shop = company()
    shop.write("orders_1.csv", GOOD)
    shop.write("orders_2.csv", content)
    failure = shop.load_failing()
    assert len(failure.messages) == 1
    assert failure.messages[0].startswith("shop/orders: ")
    assert message in failure.messages[0]
    assert failure.messages[0].endswith("Nothing was loaded from this file; 1 other file was.")
    assert shop.rows("select order_key from raw.orders") == [("1",)]
    shop.write("orders_2.csv", HEADER + "2,bob,2024-03-02,S,2\n")
    assert shop.load().total("rows_accepted") == 1


def test_the_message_names_the_declaration_to_mend(company):
    shop = company()
    shop.write("orders_2012.csv", "Id,customer,at,kind,amount\n")
    (message,) = shop.load_failing().messages
    assert message == (
        "shop/orders: column id is missing from orders_2012.csv (found: Id, customer, at, kind, amount). Map it in "
        f"{shop.workspace.declarations[0]}, or remove the file. Nothing was loaded from this file; 0 other files were."
    )


def test_a_mark_of_utf_8_in_another_encoding_is_told(company):
    shop = company(ORDERS.replace("    key: id", "    key: id\n    encoding: cp1252"))
    shop.write("orders_1.csv", GOOD)
    shop.write("orders_2.csv", b"\xef\xbb\xbf" + GOOD.encode())
    (message,) = shop.load_failing().messages
    assert "orders_2.csv begins with the mark of utf-8. Declare `encoding: utf-8`. Nothing was loaded" in message


def test_folders_of_parquet_files_are_columns_of_text(company, engine):
    """One folder looks like a number, the next like a day: the stores are called so."""
    told = ORDERS.replace("orders*.csv", "store=*/*.parquet").replace("format: csv", "format: parquet")
    shop = company(told.replace("amount: amount", "amount: amount\n          store: store"))
    row = "select {0} as id, 'ann' as customer, timestamp '2024-03-01' as \"at\", 'S' as kind, 1.5 as amount"
    for number, store in enumerate(("001", "2024-01-01", "A1", "7")):
        (shop.data / f"store={store}").mkdir()
        engine.execute(f"copy ({row.format(number)}) to '{shop.data}/store={store}/orders.parquet'")
    shop.load()
    stores = shop.rows("select store from raw.orders order by order_key")
    assert stores == [("001",), ("2024-01-01",), ("A1",), ("7",)]


def test_no_file_is_an_error_unless_the_table_is_optional(company):
    shop = company()
    assert "no file in" in shop.load_failing().messages[0]
    shop.declare(ORDERS.replace("    key: id", "    key: id\n    optional: true"))
    assert shop.load().total("rows_read") == 0


def test_a_link_out_of_the_landing_folder_is_refused(company, tmp_path):
    shop = company()
    (tmp_path / "outside.csv").write_text(GOOD)
    (shop.data / "orders_link.csv").symlink_to(tmp_path / "outside.csv")
    shop.write("orders_1.csv", GOOD)
    assert "is a link that leaves the landing folder" in shop.load_failing().messages[0]
    assert shop.rows("select order_key from raw.orders") == [("1",)]


def test_a_parquet_column_of_another_type_is_refused(company, engine):
    shop = company(ORDERS.replace("csv", "parquet"))
    row = "select 1 as id, 'ann' as customer, timestamp '2024-03-01' as \"at\", 'S' as kind, {} as amount"
    engine.execute(f"copy ({row.format('1.5::double')}) to '{shop.data / 'orders_1.parquet'}'")
    shop.load()
    engine.execute(f"copy ({row.format('2::integer')}) to '{shop.data / 'orders_2.parquet'}'")
    (message,) = shop.load_failing().messages
    assert "column amount of orders_2.parquet is INTEGER, and DOUBLE in the files before" in message
    shop.write("orders_2.parquet", b"PAR1 is not enough")
    assert "orders_2.parquet cannot be read as Parquet" in shop.load_failing().messages[0]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", ("\ufeff" + GOOD).encode()),
        ("utf-8", GOOD.replace("\n", "\r\n").encode()),
        ("utf-8", GOOD.rstrip("\n").encode()),
        ("utf-8", gzip.compress(GOOD.encode(), mtime=0)),
        ("utf-16", GOOD.encode("utf-16")),
        ("utf-16-le", GOOD.encode("utf-16-le")),
        ("latin-1", GOOD.replace("ann", "änn").encode("latin-1")),
        ("gbk", GOOD.replace("ann", "安娜").encode("gbk")),
    ],
)
def test_encodings_line_ends_and_gzip_give_the_same_rows(company, encoding, content):
    shop = company(ORDERS.replace("    key: id", f"    key: id\n    encoding: {encoding}"))
    shop.write("orders.csv", content)
    assert shop.load().total("rows_quarantined") == 0
    named = {"latin-1": "änn", "gbk": "安娜"}.get(encoding, "ann")
    assert shop.rows("select customer_key, amount::varchar from raw.orders") == [(named, "1.0000")]
    assert shop.rows("select column_name from duckdb_columns() where table_name = 'shop__orders' limit 1") == [("id",)]


def test_a_file_may_be_named_like_a_pattern(company):
    shop = company(ORDERS.replace("orders*.csv", "'orders [1].csv'"))
    shop.write("orders [1].csv", HEADER + "1,ann,2024-03-01,S,1\n")
    shop.write("orders 1.csv", HEADER + "2,ann,2024-03-01,S,1\n")
    shop.load()
    assert shop.rows("select order_key from raw.orders") == [("1",)]


def test_what_the_engine_cannot_do_is_told_of_its_table_without_values(company, monkeypatch):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n")

    def fail(*arguments):
        raise duckdb.ConversionException("Conversion Error: Could not convert string 'ann' to INT32\nLINE 1: 'ann'")

    monkeypatch.setattr("include.load.landing.refresh_contract_rows", fail)
    (message,) = shop.load_failing().messages
    assert message.startswith("shop/orders: the engine cannot load it as ") and "string … to INT32" in message
    assert shop.rows("select count(*) from raw.orders") == [(0,)]
