"""Every kind of bad row is set aside with its true line and reason, and the rows around it are loaded."""

from __future__ import annotations

import json

import pytest

from tests.load.conftest import HEADER, ORDERS

GOOD = "1,ann,2024-03-01 10:00,S,5.00\n"
LAST = "9,bob,2024-03-02,R,-1.5\n"
BAD_ROWS = {
    "too few columns": (b"2,ann,2024-03-01\n", ["wrong_column_count"]),
    "too many columns": (b"2,ann,2024-03-01,S,1,1\n", ["wrong_column_count"]),
    "no number": (b"2,ann,2024-03-01,S,five\n", ["wrong_type"]),
    "thousands separator": (b'2,ann,2024-03-01,S,"1,000.00"\n', ["wrong_type"]),
    "underscore in a number": (b"2,ann,2024-03-01,S,1_000\n", ["wrong_type"]),
    "number out of range": (b"2,ann,2024-03-01,S,1e30\n", ["wrong_type"]),
    "infinite": (b"2,ann,2024-03-01,S,inf\n", ["not_finite"]),
    "not a number": (b"2,ann,2024-03-01,S,NaN\n", ["not_finite"]),
    "impossible day": (b"2,ann,2024-02-30,S,1\n", ["wrong_type"]),
    "another date format": (b"2,ann,01/03/2024,S,1\n", ["wrong_type"]),
    "day too early": (b"2,ann,1899-12-30,S,1\n", ["out_of_range"]),
    "day too late": (b"2,ann,9999-12-31,S,1\n", ["out_of_range"]),
    "required date missing": (b"2,ann,,S,1\n", ["missing_value"]),
    "required date null by declaration": (b"2,ann,NA,S,1\n", ["missing_value"]),
    "unknown code": (b"2,ann,2024-03-01,X,1\n", ["unknown_code"]),
    "key missing": (b",ann,2024-03-01,S,1\n", ["missing_value"]),
    "key again": (b"1,ann,2024-03-05,S,7\n", ["duplicate_key"]),
    "row again": (GOOD.encode(), ["duplicate_key"]),
    "invalid bytes": (b"2,\xff\xfe,2024-03-01,S,1\n", ["invalid_encoding"]),
    "NUL": (b"2,a\0n,2024-03-01,S,1\n", ["nul_byte"]),
    "text after a quote": (b'2,"ann"x,2024-03-01,S,1\n', ["garbled"]),
    "quote never closed": (b'2,"ann,2024-03-01,S,1\n', ["garbled"]),
    "all at once": (b"2,ann,soon,X,much\n", ["wrong_type", "unknown_code"]),
}


@pytest.mark.parametrize("bad", BAD_ROWS, ids=lambda kind: kind.replace(" ", "_"))
def test_a_bad_row_is_set_aside_and_its_neighbours_are_loaded(company, bad):
    line, codes = BAD_ROWS[bad]
    shop = company()
    shop.write("orders.csv", (HEADER + GOOD).encode() + line + LAST.encode())
    result = shop.load()
    found = shop.quarantine()
    assert [(file, number) for file, number, _ in found] == [("orders.csv", 3)]
    assert set(found[0][2]) == set(codes)  # a column may feed two entities
    assert shop.rows("select order_key from raw.orders order by 1") == [("1",), ("9",)]
    assert (result.total("rows_read"), result.total("rows_accepted"), result.total("rows_quarantined")) == (3, 2, 1)


@pytest.mark.parametrize("quoted", ['"two\nlines"', '"a ""b"", c"'])
def test_lines_stay_true_after_embedded_newlines_blank_lines_and_rejects(company, quoted):
    shop = company()
    content = HEADER + f"1,{quoted},2024-03-01,S,1\n\n2,x\n3,ann,2024-03-01,S,bad\n4,ann,2024-03-01,S,4\n"
    shop.write("orders.csv", content)
    shop.load()
    shift = quoted.count("\n")
    assert [number for _, number, _ in shop.quarantine()] == [4 + shift, 5 + shift]
    assert shop.rows("select order_key, _line from raw.orders order by 1") == [("1", 2), ("4", 6 + shift)]
    assert shop.rows("select customer from raw.shop__orders where id = '1'") == [(quoted[1:-1].replace('""', '"'),)]


def test_a_quote_that_never_closes_costs_its_own_line_in_a_file_full_of_quotes(company):
    shop = company()
    rows = [f'{n},"c, {n}",2024-03-01,S,1\n' for n in range(2, 500)]
    rows[100] = '102,"broken,2024-03-01,S,1\n'
    shop.write("orders.csv", HEADER + "".join(rows))
    shop.load()
    assert [number for _, number, _ in shop.quarantine()] == [102]
    assert shop.rows("select count(*) from raw.orders") == [(497,)]


def test_the_content_is_kept_whole_and_the_reason_does_not_repeat_it(company):
    shop = company()
    shop.write("orders.csv", HEADER + "2,secret name,2024-03-01,S,hush\n" + '3,"open secret,1\n')
    shop.load()
    kept = shop.rows("select content, reasons from ops.quarantine order by line")
    assert json.loads(kept[0][0]) == {
        "id": "2", "customer": "secret name", "at": "2024-03-01", "kind": "S", "amount": "hush"
    }  # fmt: skip
    assert json.loads(kept[1][0]) == {"_text": '3,"open secret,1'}
    assert kept[0][1][0]["column"] == "amount"
    for _, reasons in kept:
        assert not any(word in reason["reason"] for reason in reasons for word in ("secret", "hush"))


def test_invalid_bytes_are_kept_in_hex(company):
    shop = company()
    shop.write("orders.csv", HEADER.encode() + GOOD.encode() + b"2,caf\xe9,2024-03-01,S,1\n")
    shop.load()
    (content,) = shop.rows("select content from ops.quarantine")[0]
    assert json.loads(content)["customer"] == "caf\\xe9"


def test_json_lines_name_garbled_lines_and_take_missing_keys_as_null(company):
    shop = company(ORDERS.replace("orders*.csv", "orders.jsonl").replace("format: csv", "format: jsonl"))
    good = '{"id": 1, "customer": null, "at": "2024-03-01T10:00:00Z", "kind": "S", "amount": 5.25, "extra": {"a": [1]}}'
    shop.write("orders.jsonl", f'{good}\n{{"id": 2,\n[1]\n\n{{"id": 3, "at": "2024-03-01", "amount": "1"}}\n')
    shop.load()
    assert shop.quarantine() == [("orders.jsonl", 2, ["invalid_json"]), ("orders.jsonl", 3, ["invalid_json"])]
    assert shop.rows(
        "select order_key, customer_key, kind, amount::varchar, ordered_at::varchar from raw.orders order by 1"
    ) == [
        ("1", None, "sale", "5.2500", "2024-03-01 10:00:00"),
        ("3", None, None, "1.0000", "2024-02-29 23:00:00"),
    ]  # fmt: skip
    assert shop.rows("select extra from raw.shop__orders where id = '1'") == [('{"a":[1]}',)]


def test_a_line_too_long_for_any_row_is_set_aside(company, monkeypatch):
    monkeypatch.setattr("include.load.text_lines._CHUNK", 64)
    monkeypatch.setattr("include.load.text_lines.LONGEST_LINE", 200)
    monkeypatch.setattr("include.load.row_form.LONGEST_LINE", 200)
    shop = company()
    shop.write("orders.csv", HEADER + GOOD + f"2,{'x' * 5000},2024-03-01,S,1\n" + LAST)
    shop.load()
    ((file, line, codes),) = shop.quarantine()
    assert (file, line) == ("orders.csv", 3)
    assert "line_too_long" in codes
    assert shop.rows("select order_key, _line from raw.orders order by 1") == [("1", 2), ("9", 4)]


def test_parquet_rows_are_numbered_and_checked(company, engine):
    shop = company(ORDERS.replace("orders*.csv", "orders.parquet").replace("format: csv", "format: parquet"))
    engine.execute(
        "copy (select * from (values (1, 'ann', timestamp '2024-03-01 10:00', 'S', 5.5::double), "
        "(2, 'a' || chr(0), timestamp '2024-03-01', 'S', 1), (3, 'bob', timestamp '2024-03-01', 'S', 'nan'), "
        f"(4, 'bob', null, 'S', 1)) v(id, customer, \"at\", kind, amount)) to '{shop.data / 'orders.parquet'}'"
    )
    shop.load()
    assert shop.quarantine() == [
        ("orders.parquet", 2, ["nul_byte"]),
        ("orders.parquet", 3, ["not_finite"]),
        ("orders.parquet", 4, ["missing_value"]),
    ]


TERMS = (
    ORDERS
    + """
  terms:
    files: terms*.csv
    format: csv
    key: id
    entities:
      subscriptions:
        columns: {subscription_key: id, price: price, starts_on: since}
"""
)


def test_a_number_outside_the_bounds_of_its_column_is_refused_and_the_bound_itself_is_not(company):
    shop = company(TERMS)
    shop.write("orders.csv", HEADER + GOOD)
    shop.write(
        "terms.csv", "id,price,since\n1,0,2024-01-01\n2,-0.01,2024-01-01\n3,,2024-01-01\n4,-0.00001,2024-01-01\n"
    )
    shop.load()
    assert shop.quarantine() == [("terms.csv", 3, ["out_of_range"])]
    told = shop.rows('select reasons[1]."column", reasons[1].reason from ops.quarantine')
    assert told == [("price", "subscriptions.price is below 0")]
    assert shop.rows("select subscription_key, price from raw.subscriptions order by 1") == [
        ("1", 0),
        ("3", None),
        ("4", 0),
    ]
