"""The quarantine says of every refused row whether it still waits for a fix, since when, and how it was resolved."""

from __future__ import annotations

from tests.load.conftest import HEADER, LINES, LINES_HEADER, ORDERS

STATE = "select line, resolution, resolved_by, since::date::varchar from ops.quarantine order by quarantined_at, line"


def test_a_file_that_comes_again_resolves_what_it_mends(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,one\n2,bob,2024-03-01,S,two\n")
    shop.load()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n3,eve,2024-03-01,S,3\n2,bob,2024-03-01,S,two\n")
    shop.load()
    assert shop.rows(STATE) == [
        (2, "mended", "batch-2", "2026-01-01"),
        (3, "read_again", "batch-2", "2026-01-01"),
        (4, None, None, "2026-01-01"),
    ]


def test_a_mended_mapping_resolves_every_row_that_it_lets_in(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,X,1\n2,bob,soon,X,2\n")
    shop.load()
    shop.declare(ORDERS.replace("R: return", "R: return, X: sale"))
    shop.load()
    assert shop.rows(STATE) == [
        (2, "mended", "batch-2", "2026-01-01"),
        (3, "read_again", "batch-2", "2026-01-01"),
        (3, None, None, "2026-01-01"),
    ]


def test_good_news_of_a_key_from_a_later_file_resolves_it_whenever_that_comes(company):
    apart, together = company(), company()
    apart.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,one\n")
    apart.load()
    for shop in (apart, together):
        shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,one\n")
        shop.write("orders_2.csv", HEADER + "1,ann,2024-03-01,S,1\n")
        shop.load()
        assert shop.rows("select resolution from ops.quarantine") == [("superseded",)]


def test_a_bad_row_whose_key_is_also_on_a_good_line_says_so(company):
    shop = company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,one\n1,ann,2024-03-01,S,1\n")
    shop.load()
    assert shop.quarantine() == [("orders.csv", 2, ["wrong_type", "duplicate_key"])]


def test_a_table_that_is_no_longer_declared_leaves_nothing_open(company):
    shop = company(ORDERS + LINES[LINES.index("  lines:") :])
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,one\n")
    shop.write("lines.csv", LINES_HEADER + "1,ann,soon,Bonn,tea,1\n")
    shop.load()
    shop.declare(ORDERS)
    shop.load()
    assert shop.rows("select table_name, resolution from ops.quarantine order by 1") == [
        ("lines", "undeclared"),
        ("orders", None),
    ]


def test_rows_are_known_again_by_content_and_place_among_equals(company):
    shop = company(LINES)
    bad = "1,ann,2024-03-01,Bonn,tea,bad\n"
    shop.write("lines.csv", LINES_HEADER + bad * 2)
    shop.load()
    first = shop.rows("select row_id from ops.quarantine order by line")
    assert len(set(first)) == 2
    shop.write("lines.csv", LINES_HEADER + "2,bob,2024-03-01,Bonn,tea,1\n" + bad * 2)
    shop.write("lines_with_more.csv", LINES_HEADER.replace("\n", ",clerk\n") + "3,bob,2024-03-01,Bonn,tea,1,zoe\n")
    shop.load()
    assert shop.rows("select row_id from ops.quarantine where resolved_at is null order by line") == first


def test_a_warehouse_of_an_earlier_release_gets_the_new_columns(company):
    from include.warehouse.connection import open_warehouse

    shop = company()
    with open_warehouse(shop.workspace) as connection:
        connection.execute(
            "create table ops.quarantine (source varchar, table_name varchar, file varchar, line bigint, "
            'batch_id varchar, reasons struct("code" varchar, "column" varchar, reason varchar)[], content varchar, '
            "quarantined_at timestamp)"
        )
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,one\n")
    shop.load()
    assert shop.rows("select resolved_at, row_key from ops.quarantine") == [(None, "1")]
