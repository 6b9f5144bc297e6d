"""A real PostgreSQL as a source: types, one snapshot, incremental reading, deletes and schema drift."""

from __future__ import annotations

import threading

import psycopg
import pytest

from include.load.connections import Connection
from include.load.postgres_reader import PostgresReader

CRM = """
source: crm
timezone: UTC
currency: EUR
connection: crm
tables:
  customers:
    format: postgres
    relation: public.customers
    key: id
    entities:
      customers:
        columns: {customer_key: id, full_name: name}
  orders:
    format: postgres
    relation: public.orders
    key: id
    cursor: updated_at
    overlap: 2 days
    entities:
      orders:
        columns: {order_key: id, customer_key: customer, ordered_at: at, amount: amount}
"""
TABLES = """
create table customers (id int primary key, name text);
create table orders (
    id bigint primary key, customer int, at timestamptz, amount numeric(12, 2), updated_at timestamptz, deleted_at date
);
insert into customers values (1, 'Ann'), (2, 'Bob');
insert into orders values
    (1, 1, '2024-03-01 10:00+00', 10.50, '2024-03-01 10:00+00'),
    (2, 2, '2024-03-05 10:00+00', 20, '2024-03-05 10:00+00'),
    (3, 2, '2024-03-09 10:00+00', 30, '2024-03-09 10:00+00');
"""
ORDERS = "select order_key, amount::varchar, _batch_id from raw.orders order by 1"
LEDGER = (
    "select rows_read, rows_accepted, rows_unchanged, rows_quarantined, rows_deleted from ops.load_ledger "
    "where table_name = 'orders' order by loaded_at"
)


@pytest.fixture
def crm(company, postgres_url, monkeypatch):
    """A company whose only source is the database; `sql` changes it."""
    monkeypatch.setenv("TIERWORKS_CONN_CRM", postgres_url)
    made = company(CRM)
    database = psycopg.connect(postgres_url, autocommit=True)
    made.sql = lambda statements: database.execute(statements)
    made.sql(TABLES)
    yield made
    database.close()


def deletes(how: str) -> str:
    return CRM.replace("    overlap: 2 days\n", f"    overlap: 2 days\n    deletes: {how}\n")


def test_only_news_and_the_overlap_are_read_again(crm):
    crm.load()
    assert crm.rows("select customer_key, full_name from raw.customers order by 1") == [("1", "Ann"), ("2", "Bob")]
    crm.sql("update orders set amount = 31, updated_at = '2024-03-10' where id = 3")
    crm.sql("insert into orders values (4, 1, '2024-03-02', 40, '2024-03-08')")  # written late, inside the overlap
    crm.sql("update orders set amount = 99 where id = 1")  # not announced by the cursor
    crm.load()
    assert crm.rows(ORDERS) == [
        ("1", "10.5000", "batch-1"),
        ("2", "20.0000", "batch-1"),
        ("3", "31.0000", "batch-2"),
        ("4", "40.0000", "batch-2"),
    ]
    assert crm.rows(LEDGER) == [(3, 3, 0, 0, 0), (2, 2, 0, 0, 0)]
    before = crm.digests()
    crm.load()
    assert crm.digests() == before
    assert crm.rows(LEDGER)[-1] == (2, 0, 2, 0, 0)


@pytest.mark.parametrize("how", ["{tombstone: {column: deleted_at}}", "{reconcile: always}", "{reconcile: daily}"])
def test_deletes_leave_landed_and_contract_rows_and_are_counted(crm, how):
    crm.declare(deletes(how))
    crm.load()
    if "tombstone" in how:
        crm.sql("update orders set deleted_at = '2024-03-10', at = null, updated_at = '2024-03-10' where id in (1, 3)")
        crm.sql("insert into orders (id, updated_at, deleted_at) values (9, '2024-03-10', '2024-03-10')")
    else:
        crm.sql("delete from orders where id in (1, 3)")
    crm.load()
    assert crm.rows("select order_key from raw.orders") == [("2",)]
    assert crm.rows("select id from raw.crm__orders") == [(2,)]
    read, accepted, unchanged, quarantined, deleted = crm.rows(LEDGER)[-1]
    assert (read, deleted, quarantined) == (accepted + unchanged, 2, 0)
    before = crm.digests()
    crm.load()
    assert crm.digests() == before
    assert crm.rows(LEDGER)[-1][-1] == 0


def test_an_emptied_table_is_refused_unless_it_may_be_empty(crm):
    crm.declare(deletes("{reconcile: always}"))
    crm.load()
    crm.sql("delete from orders")
    assert "is empty, and rows of it are landed" in crm.load_failing().messages[0]
    assert len(crm.rows(ORDERS)) == 3
    crm.declare(deletes("{reconcile: always}\n    optional: true"))
    assert crm.load().total("rows_deleted") == 3
    assert crm.rows(ORDERS) == []


def test_a_table_that_was_never_filled_may_stay_empty(crm):
    crm.declare(deletes("{tombstone: {column: deleted_at}}"))
    crm.sql("delete from orders")
    crm.load()
    assert crm.load().errors == []


def test_a_cursor_that_goes_back_has_everything_read(crm):
    crm.load()
    crm.sql("update orders set updated_at = '2024-02-01', amount = amount + 1")
    said = crm.load_telling()
    assert "updated_at went back (now up to" in said and "everything is read" in said
    assert crm.rows("select amount::varchar from raw.orders order by order_key") == [
        ("11.5000",), ("21.0000",), ("31.0000",)
    ]  # fmt: skip
    assert "everything" not in crm.load_telling()


def test_rows_without_a_cursor_are_read_every_time(crm):
    crm.sql("insert into orders values (5, 1, '2024-03-02', 50, null)")
    crm.load()
    crm.sql("update orders set amount = 51 where id = 5")
    assert "1 rows have no updated_at: they are read every time" in crm.load_telling()
    assert crm.rows("select amount::varchar from raw.orders where order_key = '5'") == [("51.0000",)]


def test_a_cursor_far_in_the_future_hides_nothing_that_comes(crm):
    crm.sql("insert into orders values (5, 1, '2024-03-02', 50, '2199-01-01')")
    assert "over a day ahead" in crm.load_telling()
    crm.sql("insert into orders values (6, 1, '2024-03-02', 60, '2024-03-10')")
    crm.load()
    assert len(crm.rows(ORDERS)) == 5


def test_a_new_column_is_filled_for_earlier_rows_too(crm):
    crm.load()
    crm.sql("alter table orders add column clerk text default 'zoe'")
    assert "new column clerk: everything is read" in crm.load_telling()
    assert crm.rows("select distinct clerk from raw.crm__orders") == [("zoe",)]
    assert crm.rows(LEDGER)[-1] == (3, 3, 0, 0, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("alter table orders drop column amount", "crm/orders: public.orders has no column amount (found: id, "),
        ("alter table orders rename to purchases", "crm/orders: the database has no relation public.orders."),
        (
            "alter table orders alter amount type text",
            "crm/orders: column amount of public.orders is VARCHAR, and was DECIMAL(12,2) when it was landed.",
        ),
    ],
)
def test_a_missing_or_retyped_column_is_an_error_and_other_tables_are_loaded(crm, change, words):
    crm.load()
    before = crm.rows(ORDERS)
    crm.sql(change)
    crm.sql("insert into customers values (3, 'Eve')")
    failed = crm.load_failing()
    assert failed.messages[0].startswith(words)
    assert (crm.rows(ORDERS), crm.rows("select count(*) from raw.customers")) == (before, [(3,)])


def test_a_type_that_cannot_become_the_contracts_is_told_with_its_line(crm):
    crm.sql("alter table orders add column paid boolean")
    crm.declare(CRM.replace("ordered_at: at", "ordered_at: paid"))
    words = crm.load_failing().messages[0]
    assert words.startswith("crm/orders: orders.ordered_at needs a timestamp, and paid is BOOLEAN.")
    assert f"{crm.workspace.declarations[0]}:" in words


def test_a_retyped_column_is_taken_by_a_full_refresh_and_a_wider_one_at_once(crm):
    crm.load()
    crm.sql("alter table orders alter amount type numeric(14, 3), alter customer type bigint")
    crm.load()
    assert crm.rows("select typeof(amount), typeof(customer), amount::varchar from raw.crm__orders where id = 1") == [
        ("DECIMAL(14,3)", "BIGINT", "10.500")
    ]
    crm.sql("alter table orders alter amount type text")
    crm.load_failing()
    assert crm.load(full_refresh=True).total("rows_accepted") == 5
    assert crm.rows("select typeof(amount) from raw.crm__orders limit 1") == [("VARCHAR",)]
    assert crm.rows("select amount::varchar from raw.orders order by order_key") == [
        ("10.5000",), ("20.0000",), ("30.0000",)
    ]  # fmt: skip


def test_a_changed_declaration_reads_everything_and_keeps_what_the_source_purged(crm):
    crm.load()
    crm.sql("delete from orders where id = 1")
    crm.declare(CRM.replace("amount: amount}", "amount: amount, channel: {constant: web}}"))
    assert "its declaration has changed: everything is read" in crm.load_telling()
    assert crm.rows("select order_key, channel from raw.orders order by 1") == [
        ("1", "web"),
        ("2", "web"),
        ("3", "web"),
    ]


def test_every_type_comes_out_whole_or_is_set_aside(crm):
    crm.sql(
        """
        create type mood as enum ('glad', 'sad'); create domain money_of_ours as numeric(8, 2);
        create table odd (
            id int primary key, free numeric, huge numeric(40, 5), mood mood, own money_of_ours, tags text[],
            body jsonb, place point, raw bytea, wait interval, code char(4), note varchar(9), price numeric(10, 2),
            seen timestamp, uid uuid, ratio float8
        );
        insert into odd values
            (1, 12345678901234567890.123456789012345678, 12345678901234567890123456789012345.12345, 'glad', 1.5,
             '{a,"b c"}', '{"b": [1, 2]}', '(1,2)', '\\xdead', '90 minutes', 'ab', 'x', 1.25, '2024-03-01 10:00',
             '00000000-0000-0000-0000-000000000001', 0.1),
            (2, 'NaN', null, null, null, null, null, null, null, null, null, null, 'NaN', null, null, 'NaN'),
            (3, null, null, null, null, null, null, null, null, null, null, null, null, 'infinity', null, null);
        """
    )
    crm.declare(
        CRM
        + """
  odd:
    format: postgres
    relation: odd
    key: id
    entities:
      products:
        columns: {product_key: id, list_price: price}
"""
    )
    crm.load()
    query = (
        "select free, huge, mood, own::varchar, tags, body, raw, code, note, price::varchar, ratio from raw.crm__odd"
    )
    assert crm.rows(f"{query} where id = 1") == [
        (
            *("12345678901234567890.123456789012345678", "12345678901234567890123456789012345.12345", "glad", "1.50"),
            *('["a","b c"]', '{"b": [1, 2]}', "dead", "ab", "x", "1.25", 0.1),
        )
    ]
    assert crm.quarantine() == [("odd", 2, ["not_finite"])]
    assert '"price":"NaN"' in crm.rows("select content from ops.quarantine")[0][0]


def test_all_tables_are_read_at_one_moment(crm, postgres_url, engine):
    reader = PostgresReader(engine, crm.source, Connection("crm", postgres_url))
    customers, orders = crm.source.tables
    reader.read(customers, "customers", None)
    crm.sql("insert into customers values (7, 'Late'); insert into orders values (7, 7, now(), 1, now())")
    reader.read(orders, "orders", None)
    reader.close()
    assert engine.execute("select count(*) from orders").fetchone() == (3,)


def test_writing_goes_on_while_tables_are_read(crm):
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            crm.sql(
                f"begin; insert into customers values ({number}, 'x'); insert into orders values "
                f"({number}, {number}, '2024-03-01', 1, now()); commit"
            )
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        crm.load()
        lost = "select count(*) from raw.orders anti join raw.customers using (customer_key)"
        assert crm.rows(lost) == [(0,)]
    stop.set()
    writer.join()


def test_secrets_stay_out_of_errors(crm, monkeypatch, postgres_url):
    wrong = postgres_url.replace("crm:", "crm:hunter2%40")
    monkeypatch.setenv("TIERWORKS_CONN_CRM", wrong)
    words = crm.load_failing().messages[0]
    assert "password authentication failed" in words
    assert "hunter2" not in words and wrong not in words and "***" not in crm.rows("select 1")
    monkeypatch.delenv("TIERWORKS_CONN_CRM")
    assert "Set TIERWORKS_CONN_CRM in the environment" in crm.load_failing().messages[0]


def test_a_user_without_the_right_is_told(crm, monkeypatch, postgres_url):
    crm.sql("create role guest login password 'guest'")
    crm.sql("grant select on customers to guest")
    monkeypatch.setenv(
        "TIERWORKS_CONN_CRM", postgres_url.replace(postgres_url.split("@")[0], "postgresql://guest:guest")
    )
    assert "the user may not read public.orders. Grant select on it." in crm.load_failing().messages[0]
    crm.sql("drop owned by guest; drop role guest")


def test_a_relation_without_a_key_is_replaced_by_what_it_holds_now(crm):
    lines = CRM.split("  orders:\n")[0].replace("relation: public.customers\n    key: id", "relation: lines").replace(
        "customers:\n        columns: {customer_key: id, full_name: name}",
        "order_items:\n        columns: {order_item_key: _row_id, order_key: basket, amount: amount}",
    )  # fmt: skip
    crm.sql("create table lines (basket text, amount int); insert into lines values ('a', 1), ('a', 1), ('b', 2)")
    crm.declare(CRM + lines.split("tables:\n")[1].replace("  customers:\n", "  lines:\n"))
    crm.load()
    crm.sql("delete from lines where basket = 'b'; insert into lines values ('c', 3)")
    crm.load()
    assert crm.rows("select order_key from raw.order_items order by 1") == [("a",), ("a",), ("c",)]
    assert crm.rows(
        "select rows_read, rows_accepted, rows_unchanged, rows_deleted from ops.load_ledger "
        "where table_name = 'lines' order by loaded_at"
    ) == [(3, 3, 0, 0), (3, 1, 2, 1)]
