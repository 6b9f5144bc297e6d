"""Malformed inputs by name: what lies in the landing folder, and what must become of it."""

from __future__ import annotations

import bz2
import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet

HEAD = "id,customer,at,kind,amount\n"
ONE = "1,ann,2024-03-01,S,1\n"
NINE = "9,bob,2024-03-02,R,-1.5\n"
FIXED = (
    "fixed_width\n    columns: [{name: id, start: 1, width: 2}, {name: customer, start: 3, width: 4}, "
    "{name: at, start: 7, width: 10}, {name: kind, start: 17, width: 1}, {name: amount, start: 18, width: 6}]"
)
PARQUET = "1 as id, 'ann' as customer, timestamp '2024-03-01' as \"at\", 'S' as kind, 1.5 as amount"
Content = bytes | str | Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """One table of one source: `content` is its file; either the file is `refused`, or rows are `set_aside`.

    `set_aside` gives codes by line; `good` the keys of the rows that must be in. A refused file has a good neighbour,
    whose row is key 1.
    """

    content: Content
    refused: str | None = None
    set_aside: dict[int, list[str]] | None = None
    good: tuple[str, ...] = ("1", "9")
    format: str = "csv"
    options: str = ""
    name: str = "orders"


def between(*lines: str) -> str:
    return HEAD + ONE + "".join(f"{line}\n" for line in lines) + NINE


def record(key: int, **values: object) -> str:
    return json.dumps(
        {"id": str(key), "customer": "ann", "at": "2024-03-01", "kind": "S", "amount": "1"} | values, ensure_ascii=False
    )


def objects(*lines: str) -> str:
    return "".join(f"{line}\n" for line in (record(1), *lines, record(9)))


def parquet(select: str, harm: Callable[[bytes], bytes] = bytes) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        duckdb.execute(f"copy ({select}) to '{str(path).replace(chr(39), chr(39) * 2)}' (format parquet)")
        path.write_bytes(harm(path.read_bytes()))

    return write


def flipped(content: bytes) -> bytes:
    return content[:500] + bytes(byte ^ 0xFF for byte in content[500:1500]) + content[1500:]


def wide(columns: int) -> str:
    names = ",".join(f"c{n}" for n in range(columns))
    return f"{HEAD.strip()},{names}\n{ONE.strip()}{',' * columns}\n"


PACKED = gzip.compress((HEAD + "".join(f"{n},ann,2024-03-01,S,{n}\n" for n in range(9999))).encode())
FILES = {
    "truncated gzip": Case(PACKED[:-200], "is a damaged gzip file"),
    "gzip of nothing more than its first bytes": Case(PACKED[:5], "is a damaged gzip file"),
    "gzip with garbage after it": Case(gzip.compress((HEAD + ONE).encode()) + b"garbage", "is a damaged gzip file"),
    "gzip that unpacks to 200 MB of NULs": Case(gzip.compress(bytes(200_000_000), 1, mtime=0), "is not utf-8 text"),
    "bzip2": Case(bz2.compress((HEAD + ONE).encode()), "is packed by bzip2. Unpack it"),
    "Excel workbook": Case(b"PK\x03\x04" + bytes(range(256)), "is a zip archive or an Excel workbook. Export it"),
    "UTF-16 with a mark": Case((HEAD + ONE).encode("utf-16"), "Its first bytes say utf-16."),
    "UTF-16 without a mark": Case((HEAD + ONE).encode("utf-16-le"), "It looks like utf-16-le"),
    "GBK header": Case("编号,客户\n1,王\n".encode("gbk"), "is not utf-8 text"),
    "title above the header": Case(
        f"Sales of March\n\n{HEAD}{ONE}", "line 3 looks like its header. Declare `skip_lines: 2`"
    ),
    "another delimiter": Case((HEAD + ONE).replace(",", ";"), "are parted by a semicolon. Declare `delimiter: ';'`"),
    "no header": Case("5,ann,2024-03-01,S,2\n", "its first line looks like data. Declare `header: false`"),
    "header in other case": Case("ID,Customer,AT,Kind,Amount\n" + ONE, "(found: ID, Customer, AT, Kind, Amount)"),
    "duplicated header": Case("id,id,customer,at,kind,amount\n1," + ONE, "its header names id more than once"),
    "quote never closed in the header": Case('id,"customer,at,kind,amount\n' + ONE, "its first line is no header"),
    "empty file": Case("", "is empty"),
    "blank file": Case("\n \n\t\n", "is empty"),
    "web page": Case("<!DOCTYPE html>\n<html>503</html>\n", "orders_2.csv (found: <!DOCTYPE html>)"),
    "all NUL": Case(bytes(5000), "is not utf-8 text"),
    "line end missing in 100 MB": Case("x" * 100_000_000, "its first line is no header"),
    "ten thousand columns": Case(wide(10_000), "has 10,005 columns, and at most 2,000 are read"),
    "ten thousand keys": Case(
        json.dumps({f"k{n}": n for n in range(10_000)}), "has 10,000 columns, and at most", format="jsonl"
    ),
    "JSON array": Case(f"[{record(1)},\n{record(2)}]", "is a JSON array. Write its objects one a line", format="jsonl"),
    "JSON over several lines": Case(json.dumps(json.loads(record(1)), indent=2), "no line of it is", format="jsonl"),
    "JSON keys that differ by case": Case(
        record(1)[:-1] + ',"ID": 2}\n', "the keys ID, id differ by case only", format="jsonl"
    ),
    "Parquet of another schema": Case(parquet("select 1 as foo"), "(found: foo). Map them", format="parquet"),
    "Parquet of other types": Case(
        parquet("select 2 as id, 'b' as customer, 'soon' as \"at\", 'S' as kind, 1.5 as amount"),
        "orders_2.parquet is VARCHAR, and TIMESTAMP in the files before",
        format="parquet",
    ),
    "truncated Parquet": Case(parquet(f"select {PARQUET}", lambda all: all[:-9]), "cannot be read", format="parquet"),
    "Parquet with damaged pages": Case(
        parquet(f"select {PARQUET.replace('1 as id', 'md5(i::varchar) as id')} from range(2000) t(i)", flipped),
        "cannot be read as Parquet",
        format="parquet",
    ),
    "Parquet with decimals of 50 digits": Case(
        lambda path: pyarrow.parquet.write_table(
            pyarrow.table({"id": [2], "amount": pyarrow.array([Decimal("1.5")], pyarrow.decimal256(50, 10))}), path
        ),
        "column amount is a decimal of 50 digits, and at most 38 are read",
        format="parquet",
    ),
    "text called Parquet": Case(HEAD + ONE, "cannot be read as Parquet", format="parquet"),
    "Parquet called text": Case(parquet(f"select {PARQUET}"), "is a Parquet file. Declare `format: parquet`"),
    "link out of the folder": Case(lambda path: path.symlink_to("/etc/passwd"), "is a link that leaves the landing"),
    "link to itself": Case(lambda path: path.symlink_to(path.name), "is a link to nothing"),
    "folder instead of a file": Case(lambda path: path.mkdir(), "is a folder. Declare the files in it"),
    "pipe instead of a file": Case(lambda path: os.mkfifo(path), "is no ordinary file"),
    "name with a newline": Case(HEAD + ONE, "has a name with signs that cannot be written", name="orders_2\nx"),
    "name of other bytes": Case(HEAD + ONE, "has a name with signs", name=os.fsdecode(b"orders_2\xff")),
}
NUMBERS = (
    "1,000.00",
    "12,5",
    "1e30",
    "123456789012345",
    "€5",
    "５",
    "(5.00)",
    "--5",
    "0x10",
    "1_000",
    "99999999999999.99995",
)
DAYS = ("2023-02-29", "2024-02-30", "0000-00-00", "2024-13-01", "45352", "01.03.2024", "2024-03-01 25:00", "infinity")
MOMENTS = ("2024-03-01T10:00:00+25:00", "2024-03-01 10:00 Europe/Berlin", "2024-03-01T10:00:60", "1709287200")
BEYOND = ("1899-12-31", "2201-01-01", "9999-12-31")
HIDDEN = ("\u200b5", "5\u200d", "\u202e5", "\ufeff5", "\u200b", "5\u00ad")


def amounts(values: tuple[str, ...]) -> str:
    return between(*(f'{n},ann,2024-03-01,S,"{value}"' for n, value in enumerate(values, 20)))


def days(values: tuple[str, ...]) -> str:
    return between(*(f"{n},ann,{value},S,1" for n, value in enumerate(values, 20)))


def each(values: tuple[str, ...], code: str, first: int = 3) -> dict[int, list[str]]:
    return {line: [code] for line in range(first, first + len(values))}


ROWS = {
    "Latin-1 in a UTF-8 file": Case(between("2,Jö,2024-03-01,S,1").encode("latin-1"), None, {3: ["invalid_encoding"]}),
    "GBK in a UTF-8 file": Case(between("2,王小明,2024-03-01,S,1").encode("gbk"), None, {3: ["invalid_encoding"]}),
    "mixed delimiters": Case(between("2;ann;2024-03-01;S;1"), None, {3: ["wrong_column_count"]}),
    "embedded newlines and quotes": Case(between('2,"a\n""b"", c",2024-03-01,S,1'), None, {}, ("1", "2", "9")),
    "lines that are no rows": Case(
        f"Sales of March\n\n{between('-- page 2 --')}Total,2\n",
        None,
        {},
        format="csv\n    skip_lines: [2, '^(--|Total)']",
    ),
    "fixed width between a header and a trailer": Case(
        "H2024-03\n1 ann 2024-03-01S   1.0\n\n9 bob 2024-03-02R  -1.5\nT00002\n\x1a",
        None,
        {},
        format=f"{FIXED}\n    skip_lines: ['^[HT]', '^\\x1a']",
    ),
    "quote never closed": Case(between('2,"ann,2024-03-01,S,1'), None, {3: ["garbled"]}),
    "quote open over 3,000 lines": Case(
        between('2,"ann', *["x"] * 3000, 'x",2024-03-01,S,1'),
        None,
        {3: ["garbled"]} | each(("x",) * 3001, "wrong_column_count", 4),
    ),
    "NUL": Case(between("2,a\0n,2024-03-01,S,1"), None, {3: ["nul_byte"]}),
    "escaped NUL": Case(objects(record(2, customer="a\0b")), None, {2: ["nul_byte"]}, format="jsonl"),
    "two byte order marks": Case("\ufeff\ufeff" + between(), None, {}),
    "line of 9 MB": Case(
        between(f"2,{'x' * 9_000_000},2024-03-01,S,1"), None, {3: ["line_too_long"]}
    ),
    "impossible days": Case(days(DAYS), None, each(DAYS, "wrong_type")),
    "impossible times": Case(days(MOMENTS), None, each(MOMENTS, "wrong_type")),
    "days out of range": Case(days(BEYOND), None, each(BEYOND, "out_of_range")),
    "first and last day": Case(days(("1900-01-01", "2200-12-31")), None, {}, ("1", "20", "21", "9")),
    "hours that a clock change skips and repeats": Case(
        days(("2024-03-31 02:30", "2024-10-27 02:30")), None, {}, ("1", "20", "21", "9")
    ),
    "numbers with separators, signs and too many digits": Case(amounts(NUMBERS), None, each(NUMBERS, "wrong_type")),
    "not a number": Case(amounts(("NaN", "-inf", "1e400")), None, each(("",) * 3, "not_finite")),
    "numbers with an exponent": Case(amounts(("1e3", "-1.5E-2")), None, {}, ("1", "20", "21", "9")),
    "NaN in JSON": Case(
        objects(record(2, amount=float("nan")), record(3, amount=float("inf"))),
        None,
        {2: ["not_finite"], 3: ["not_finite"]},
        format="jsonl",
    ),
    "NaN in Parquet": Case(
        parquet(
            "select * replace (unnest([1, 2, 9]) as id, unnest([1, 'nan'::double, 2]) as amount) "
            f"from (select {PARQUET})"
        ),
        None,
        {2: ["not_finite"]},
        format="parquet",
    ),
    "header only": Case(HEAD, None, {}, ()),
    "empty names in the header": Case("id,customer,at,kind,amount,,\n1,ann,2024-03-01,S,1,x,y\n", None, {}, ("1",)),
    "blanks around names in the header": Case(f" id\u00a0, customer ,at, kind,amount \n{ONE}", None, {}, ("1",)),
    "Parquet without rows": Case(parquet(f"select {PARQUET} where false"), None, {}, (), "parquet"),
    "Parquet with nested columns that are not mapped": Case(
        parquet(f"select {PARQUET}, [1] as l, {{'a': 1}} as s, map {{'k': 1}} as m, '\\xAA'::blob as b, uuid() as u"),
        None,
        {},
        ("1",),
        "parquet",
    ),
    "Parquet with a timestamp of infinity": Case(
        parquet(
            "select * replace (unnest([1, 2]) as id, unnest([\"at\", 'infinity']) as \"at\") "
            f"from (select {PARQUET})"
        ),
        None,
        {2: ["out_of_range"]},
        ("1",),
        "parquet",
    ),
    "comma after a JSON object": Case(objects(record(2) + ","), None, {2: ["invalid_json"]}, format="jsonl"),
    "names twice, empty or with a NUL in JSON": Case(
        objects(*(record(n)[:-1] + end for n, end in ((2, ',"id":3}'), (3, ',"":1}'), (4, ',"a\\u0000":1}')))),
        None,
        {2: ["wrong_names"], 3: ["wrong_names"], 4: ["wrong_names"]},
        format="jsonl",
    ),
    "nested amount in JSON": Case(objects(record(2, amount=[1])), None, {2: ["wrong_type"]}, format="jsonl"),
    "JSON nested a hundred thousand deep": Case(
        objects(f'{{"id": "2", "at": {"[" * 100_000}{"]" * 100_000}}}'), None, {2: ["wrong_type"]}, format="jsonl"
    ),
    "huge integers in JSON": Case(
        objects(record(2, amount=10**22), f'{record(3)[:-1]}, "x": {10**40}}}'),
        None,
        {2: ["wrong_type"]},
        ("1", "3", "9"),
        "jsonl",
    ),
    "mixed types in JSON": Case(
        objects(record(2, amount=True), record(3, at=20240301), record(4, kind=1), record(5, customer=5)),
        None,
        {2: ["wrong_type"], 3: ["wrong_type"], 4: ["unknown_code"]},
        ("1", "5", "9"),
        "jsonl",
    ),
    "half of a surrogate pair in JSON": Case(
        objects(record(2).replace("ann", "\\ud800")), None, {2: ["invalid_json"]}, format="jsonl"
    ),
    "short and long fixed-width lines": Case(
        "1 ann 2024-03-01S   1.0\n2 ann 2024-03\n3 ann 2024-03-01S   1.0  and more\n\n9 bob 2024-03-02R  -1.5\n",
        None,
        {2: ["wrong_column_count"]},
        ("1", "3", "9"),
        FIXED,
    ),
    "tabs in fixed width": Case(
        "1 ann 2024-03-01S   1.0\n2\tann\t2024-03-01\tS\t1\n9 bob 2024-03-02R  -1.5\n",
        None,
        {2: ["wrong_type"]},
        format=FIXED,
    ),
    "CRLF": Case(between("2,ann,2024-03-01,S,1").replace("\n", "\r\n"), None, {}, ("1", "2", "9")),
    "CR only": Case(between("2,ann,2024-03-01,S,1").replace("\n", "\r"), None, {}, ("1", "2", "9")),
    "mixed line ends": Case(
        HEAD.replace("\n", "\r\n") + ONE + "2,b,2024-03-01,S,1\r3,b,2024-03-01,S,1\r\n" + NINE,
        None,
        {3: ["wrong_column_count"]},
    ),
    "line separators of Unicode": Case(
        between("2,a\u2028n,2024-03-01,S,1", "3,a\x0bn\x0c\x85,2024-03-01,S,1"), None, {}, ("1", "2", "3", "9")
    ),
    "blank values": Case(between(" \t ,ann,2024-03-01,S,1", "\u3000,ann,2024-03-01,S,1", "4,\u00a0,2024-03-01, S ,1"),
        None, {3: ["missing_value"], 4: ["missing_value"]}, ("1", "4", "9")),
    "keys with characters that are not seen": Case(
        between(*(f"{key},ann,2024-03-01,S,1" for key in HIDDEN)), None, each(HIDDEN, "hidden_character")
    ),
    "customers with characters that are not seen": Case(
        between("2,ann\u200b,2024-03-01,S,1"), None, {3: ["hidden_character"]}
    ),
    "missing keys": Case(between(",ann,2024-03-01,S,1", "NA,a,2024-03-01,S,1"), None, each(("", ""), "missing_value")),
    "duplicate key in a file": Case(between(ONE.strip(), "1,e,2024-03-01,S,7"), None, each(("", ""), "duplicate_key")),
    "unknown codes": Case(between("2,a,2024-03-01,s,1", "3,a,2024-03-01,sale,1"), None, each(("", ""), "unknown_code")),
    "SQL and spreadsheet formulas as values": Case(
        between("2,\"'); drop table raw.orders; --\",2024-03-01,S,1", "=1+1,ann,2024-03-01,S,1"),
        None,
        {},
        ("1", "2", "=1+1", "9"),
    ),
    "formula and quotes in a column's name": Case(
        f'id,customer,at,kind,amount,"a""; drop table x",=1\n{ONE.strip()},x,y\n', None, {}, ("1",)
    ),
    "name with quotes": Case(between(), None, {}, name="orders_'\""),
    "name with signs of patterns": Case(between(), None, {}, name="orders_[1]{a,b}*?"),
    "Parquet name with signs of patterns": Case(
        parquet(f"select {PARQUET}"), None, {}, ("1",), "parquet", name="orders_[1]*{a,b}'"
    ),
    "Chinese name": Case(between(), None, {}, name="orders_订单 %41"),
}  # fmt: skip
