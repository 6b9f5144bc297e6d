"""Each way of mapping a column gives the value that docs/sources.md promises."""

from __future__ import annotations

import json
import re

import pytest

from include.load.errors import DeclarationInvalid
from include.workspace import PROJECT_ROOT
from tests.load.conftest import HEADER, ORDERS


def test_the_example_of_the_page_works(company):
    page = (PROJECT_ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    shop = company(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    header = "id;customer;land;bought;type;total\n"
    rows = "1;ann;-;01.07.2024 00:30;S;1,50\n2;ann;Österreich;02.07.2024 10:00;;2\n3;NA;;03.07.2024 10:00;R;-1,5\n"
    shop.write("orders_1.csv", (header + rows).encode("latin-1"))
    shop.load()
    assert shop.rows(
        "select order_key, customer_key, ordered_at::varchar, ordered_on::varchar, kind, amount::varchar, currency, "
        "channel from raw.orders order by 1"
    ) == [
        ("1", "ann", "2024-06-30 22:30:00", "2024-07-01", "sale", "1.5000", "EUR", "online"),
        ("2", "ann", "2024-07-02 08:00:00", "2024-07-02", "sale", "2.0000", "EUR", "online"),
        ("3", None, "2024-07-03 08:00:00", "2024-07-03", "return", "-1.5000", "EUR", "online"),
    ]
    assert shop.rows("select customer_key, country from raw.customers") == [("ann", "Österreich")]


def test_the_company_of_the_walk_through_is_loaded(company):
    """docs/your-company.md: its declaration, its files, and one bad row."""
    page = (PROJECT_ROOT / "docs" / "your-company.md").read_text(encoding="utf-8")
    till = company(re.search(r"```yaml\n(source:.*?)```", page, re.DOTALL)[1])
    files = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    for name, content in zip(("KUNDEN.csv", "BELEGE_2024.csv", "POSITIONEN.csv"), files, strict=True):
        till.write(name, content.encode("latin-1"))
    till.write("BELEGE_2023.csv", (files[1].splitlines()[0] + "\nB0;K1;31.02.2023 10:00;V;1,00\n").encode("latin-1"))
    till.load()
    assert till.rows("select customer_key, city, created_on::varchar, gender from raw.customers") == [
        ("K1", "Lindau", "2024-01-03", "female")
    ]
    assert till.rows("select order_key, customer_key, kind, amount::varchar from raw.orders order by 1") == [
        ("B1", "K1", "sale", "1298.0000"),
        ("B2", "K1", "return", "-149.0000"),
    ]
    assert till.rows(
        "select order_item_key, product_key, quantity::varchar, amount::varchar from raw.order_items order by 1"
    ) == [("B1-1", "Trolley-649", "2.0000", "1298.0000"), ("B2-1", "Tasche-149", "1.0000", "-149.0000")]
    assert till.rows("select file, line, reasons[1].code from ops.quarantine") == [("BELEGE_2023.csv", 2, "wrong_type")]


def test_the_sources_currency_stands_where_rows_tell_none(company):
    """Of a group only when none of its rows tells one; a code that is not listed is refused as ever."""
    coded = "amount: amount\n          currency: {column: money, codes: {D: USD, N: null}}"
    shop = company(ORDERS.replace("amount: amount", coded))
    told = "0,ann,2024-01-02,S,1,D\n1,ann,2024-01-02,S,1,\n2,ann,2024-01-02,S,1,N\n3,ann,2024-01-02,S,1,X\n"
    shop.write("orders.csv", f"{HEADER.strip()},money\n{told}")
    shop.load()
    found = "select order_key, currency from raw.orders order by 1"
    assert shop.rows(found) == [("0", "USD"), ("1", "EUR"), ("2", "EUR")]
    grouped = ORDERS.replace("\n    key: id", "\n    key: line").replace(
        "      orders:\n        columns:", "      orders:\n        group_by: id\n        columns:"
    )
    shop.declare(grouped.replace("amount: amount", "amount: amount\n          currency: money"))
    told = "a,1,ann,2024-01-02,S,1,\nb,1,ann,2024-01-02,S,1,GBP\nc,2,ann,2024-01-02,S,1,\n"
    shop.write("orders.csv", f"line,{HEADER.strip()},money\n{told}")
    shop.load()
    assert shop.rows(found) == [("1", "GBP"), ("2", "EUR")]


@pytest.mark.parametrize(
    ("given", "at", "on"),
    [
        ("2024-03-31T23:30:00Z", "2024-03-31 23:30:00", "2024-03-31"),
        ("2024-04-01 01:30:00+02:00", "2024-03-31 23:30:00", "2024-03-31"),
        ("2024-04-01 05:00", "2024-04-01 05:00:00", "2024-04-01"),
        ("2024-04-01 03:59:59", "2024-04-01 03:59:59", "2024-03-31"),
        ("2024-04-01", "2024-04-01 04:00:00", "2024-04-01"),
    ],
)
def test_moments_are_kept_in_utc_beside_their_business_day(company, given, at, on):
    """Clocks in UTC, business in New York (four hours behind in April); a bare date is a business day."""
    shop = company(ORDERS.replace("timezone: Europe/Berlin", "timezone: UTC\nbusiness_timezone: America/New_York"))
    shop.write("orders.csv", HEADER + f"1,ann,{given},S,1\n")
    shop.load()
    assert shop.rows("select ordered_at::varchar, ordered_on::varchar from raw.orders") == [(at, on)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("first", "3.0000"), ("last", "2.0000"), ("min", "1.0000"), ("max", "3.0000"), ("sum", "6.0000")],
)
def test_rules_of_groups_settle_conflicts_the_same_in_any_order(company, rule, expected):
    grouped = ORDERS.replace("\n    key: id", "\n    key: line").replace(
        "      orders:\n        columns:", "      orders:\n        group_by: id\n        order_by: at\n        columns:"
    )
    shop = company(grouped.replace("amount: amount", f"amount: {{column: amount, rule: {rule}}}"))
    rows = ["a,1,ann,2024-01-02,S,1\n", "b,1,ann,2024-01-01,S,3\n", "c,1,ann,2024-01-02,S,2\n"]
    for number, order in enumerate((rows, rows[::-1])):
        shop.write("orders.csv", "line," + HEADER + "".join(order))
        shop.load()
        assert shop.rows("select amount::varchar from raw.orders") == [(expected,)], number


def test_distinct_gives_one_row_a_key(company):
    distinct = "group_by: customer\n        order_by: at\n        columns: {customer_key: customer, created_at: at}"
    shop = company(ORDERS.replace(distinct, "distinct: true\n        columns: {customer_key: customer}"))
    shop.write("orders.csv", HEADER + "1,ann,2024-01-01,S,1\n2,ann,2024-01-01,S,1\n")
    shop.load()
    assert shop.rows("select customer_key from raw.customers") == [("ann",)]


def test_a_code_may_mean_nothing(company):
    shop = company(ORDERS.replace("R: return", "R: return, X: null"))
    shop.write("orders.csv", HEADER + "1,ann,2024-01-01,X,1\n2,ann,2024-01-01,,1\n3,ann,2024-01-01,Y,1\n")
    shop.load()
    assert shop.rows("select order_key, kind from raw.orders order by 1") == [("1", None), ("2", None)]
    assert shop.quarantine() == [("orders.csv", 4, ["unknown_code"])]


def test_a_file_without_header_takes_the_declared_names(company):
    shop = company(
        ORDERS.replace(
            "\n    key: id", "\n    key: id\n    header: false\n    columns: [id, customer, at, kind, amount]"
        )
    )
    shop.write("orders.csv", "1,ann,2024-01-01,S,1\n")
    shop.load()
    assert shop.rows("select order_key, _line from raw.orders") == [("1", 1)]


def test_an_expression_that_does_not_fit_the_columns_names_its_line(company):
    shop = company(ORDERS.replace("amount: amount", 'amount: {expression: "amount * id"}'))
    shop.write("orders.csv", HEADER + "1,ann,2024-01-01,S,1\n")
    (message,) = shop.load_failing().messages
    assert "orders.amount cannot be computed" in message
    assert message.endswith("shop.yml:23.")


def test_a_key_that_comes_out_twice_fails_the_table_and_says_where(company):
    shop = company(ORDERS.replace("order_key: id", "order_key: {expression: lower(id)}"))
    shop.write("orders.csv", HEADER + "A,ann,2024-01-01,S,1\na,ann,2024-01-01,S,1\n")
    (message,) = shop.load_failing().messages
    assert "1 values of orders.order_key come out more than once, the first from orders, orders.csv line 2" in message
    assert shop.rows("select count(*) from raw.orders") == [(0,)]


def test_whole_floats_make_keys_without_a_fraction(company, engine):
    shop = company(ORDERS.replace("csv", "parquet"))
    engine.execute(
        "copy (select 1 as id, 17850.0::double as customer, timestamp '2024-01-01' as \"at\", 'S' as kind, "
        f"0.1::double + 0.2::double as amount) to '{shop.data / 'orders.parquet'}'"
    )
    shop.load()
    assert shop.rows("select customer_key, amount::varchar from raw.orders") == [("17850", "0.3000")]


def test_whole_numbers_with_a_fraction_of_nothing_are_the_same_keys_in_text(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,17850.0,2024-01-01,S,1\n2.0,17850,2024-01-01,S,2\n")
    shop.write("orders_2.csv", HEADER + "2,17851.00,2024-01-02,S,3\n3,0.5,2024-01-02,S,3\n4,07.0,2024-01-02,S,3\n")
    shop.load()
    assert shop.rows("select order_key, customer_key, amount::integer from raw.orders order by 1") == [
        ("1", "17850", 1), ("2", "17851", 3), ("3", "0.5", 3), ("4", "07.0", 3)
    ]  # fmt: skip


RAISING = {
    "amount": "cast(amount as decimal(18, 4)) + 1",
    "discount_amount": "cast(amount as decimal(18, 4)) * 2",
    "channel": "cast(cast(amount as decimal(18, 4)) as varchar)",
    "store": "json_extract_string(kind, '$.store')",
    "region": "coalesce(json_extract_string(kind, '$.region'), json_extract_string(kind, '$.store'))",
}


def test_a_row_whose_expressions_fail_costs_itself_only(company):
    """Expressions that share a part, or use a value twice, which the engine would compute outside of any attempt."""
    mapped = "".join(f'\n          {column}: {{expression: "{text}"}}' for column, text in RAISING.items())
    shop = company(
        ORDERS.replace(
            "\n          kind: {column: kind, codes: {S: sale, R: return}}\n          amount: amount", mapped
        )
    )
    rows = (
        """1,ann,2024-01-01,"{""store"": ""A""}",1\n2,ann,2024-01-01,x,1\n3,ann,2024-01-01,{},y\n4,ann,2024-01-01,,\n"""
    )
    shop.write("orders.csv", HEADER + rows)
    shop.load()
    assert shop.rows("select order_key, amount::integer, discount_amount::integer, store, region from raw.orders") == [
        ("1", 2, 2, "A", "A"), ("4", None, None, None, None)
    ]  # fmt: skip
    assert shop.quarantine() == [("orders.csv", 3, ["wrong_type"] * 2), ("orders.csv", 4, ["wrong_type"] * 3)]
    reasons = shop.rows("select reasons[1].reason, reasons[1].column from ops.quarantine where line = 3")
    assert reasons == [("orders.store cannot be computed from this row", "kind")]


def test_an_optional_column_may_be_absent_and_come_later(company):
    shop = company(ORDERS.replace("amount: amount", "amount: {column: amount, optional: true}"))
    shop.write("orders_1.csv", "id,customer,at,kind\n1,ann,2024-01-01,S\n")
    shop.load()
    shop.write("orders_2.csv", HEADER + "2,ann,2024-01-01,S,5\n")
    shop.write("orders_3.csv", "id,customer,at\n3,ann,2024-01-01\n")
    assert "column kind is missing from orders_3.csv" in shop.load_failing().messages[0]
    (shop.data / "orders_1.csv").unlink()
    (shop.data / "orders_3.csv").unlink()
    shop.load(full_refresh=True)
    assert shop.rows("select order_key, amount::integer from raw.orders order by 1") == [("1", None), ("2", 5)]


def test_a_required_column_is_not_optional(company):
    shop = company(ORDERS.replace("ordered_at: at", "ordered_at: {column: at, optional: true}"))
    with pytest.raises(DeclarationInvalid, match="optional: ordered_at is required by the contract"):
        shop.load()


ODD_NAMES = (
    *("line", "text", "fields", "record", "found", "source", "_table", "reasons", "rowid", "same", "hash", "_v0", "v"),
    *(
        "occurrence",
        "former_line",
        "row_id",
        "true_line",
        "corrected",
        "content",
        "arriving",
        "rows",
        "filename",
        "key",
    ),
    *("current_date", "select", "order_key", "a b", 'a"b', "a'b", "a.b", "名字", "%s", "{x}", "$1", "?"),
)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_columns_may_have_any_name_ours_too(company, kind):
    values = [f"{name}!" for name in ODD_NAMES]
    quoted = ['"' + name.replace('"', '""') + '"' for name in ODD_NAMES]
    everything = json.dumps(" || ".join(quoted), ensure_ascii=False)
    mapped = f"amount: amount\n          store: {{expression: {everything}}}\n          region: rowid"
    shop = company(
        ORDERS.replace("csv", kind).replace("{customer_key: customer,", '{customer_key: customer, city: "select",')
        .replace("amount: amount", mapped)
    )  # fmt: skip
    row = dict(zip(HEADER.strip().split(","), ["1", "ann", "2024-01-01", "S", "1"], strict=True))
    row |= dict(zip(ODD_NAMES, values, strict=True))
    lines = [",".join('"' + text.replace('"', '""') + '"' for text in texts) for texts in (row, row.values())]
    shop.write(f"orders.{kind}", "\n".join(lines) if kind == "csv" else json.dumps(row, ensure_ascii=False))
    shop.load()
    assert shop.rows("select store, region from raw.orders") == [("".join(values), "rowid!")]
    assert shop.rows("select city from raw.customers") == [("select!",)]


def test_odd_names_go_through_repeats_refusals_changed_files_and_replays(company):
    shop = company(
        ORDERS.replace("\n    key: id", "").replace("order_key: id", "order_key: _row_id")
        .replace("amount: amount", "amount: amount\n          store: rowid\n          region: row_id")
    )  # fmt: skip
    names = [name for name in ODD_NAMES if name.isidentifier()]
    head = f"{HEADER.strip()},{','.join(names)}\n"
    rows = [
        f"{n},ann,2024-01-0{n},{kind},1,{','.join(f'{name}!' for name in names)}\n" for n, kind in enumerate("SSX", 1)
    ]
    shop.write("orders.csv", head + rows[0] * 2 + "".join(rows[1:]))
    shop.load()
    assert shop.rows("select store, region, count(*) from raw.orders group by all") == [("rowid!", "row_id!", 3)]
    assert shop.quarantine() == [("orders.csv", 5, ["unknown_code"])]
    shop.write("orders.csv", head + rows[0] + "".join(rows[1:]))
    shop.load()
    assert shop.rows("select count(*) from raw.orders") == [(2,)]
    shop.declare(shop.workspace.declarations[0].read_text().replace("R: return", "R: return, X: adjustment"))
    (shop.data / "orders.csv").unlink()
    shop.declare(
        shop.workspace.declarations[0]
        .read_text()
        .replace("files: orders*.csv", "files: orders*.csv\n    optional: true")
    )
    shop.load()
    assert shop.rows("select store, region, count(*) from raw.orders group by all") == [("rowid!", "row_id!", 3)]
