"""Databases through SQLAlchemy: SQLite, and PostgreSQL by psycopg, read in batches with what the engine's own gives."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest

import include.load.sql_reader as sql_reader
from tests.load.test_postgres import CRM, ORDERS, TABLES

SQL = CRM.replace("format: postgres", "format: sql")


@pytest.fixture
def sqlite(company, tmp_path, monkeypatch):
    path = tmp_path / "crm.sqlite"
    monkeypatch.setenv("TIERWORKS_CONN_CRM", f"sqlite:///{path}")
    made = company(SQL.replace("public.", "").replace("customer_key: customer, ordered_at", "ordered_at"))
    database = sqlite3.connect(path, isolation_level=None)
    made.sql = lambda statements: database.executescript(statements)
    made.sql(
        """
        create table customers (id integer primary key, name text);
        create table orders (id integer primary key, at text, amount numeric, updated_at text);
        insert into customers values (1, 'Ann');
        insert into orders values (1, '2024-03-01 10:00:00', 10.5, '2024-03-01 10:00:00');
        insert into orders values (2, '2024-03-05 10:00:00', 'much', '2024-03-05 10:00:00');
        insert into orders values (3, '2024-03-09 10:00:00', 30, '2024-03-09 10:00:00');
        """
    )
    yield made
    database.close()


def test_sqlite_is_read_as_text_and_a_bad_value_is_set_aside(sqlite):
    sqlite.load()
    assert sqlite.rows(ORDERS) == [("1", "10.5000", "batch-1"), ("3", "30.0000", "batch-1")]
    assert sqlite.quarantine() == [("orders", 2, ["wrong_type"])]
    sqlite.sql("update orders set amount = 20, updated_at = '2024-03-10 00:00:00' where id = 2")
    sqlite.load()
    ledger = "select rows_read, rows_accepted, rows_unchanged from ops.load_ledger where table_name = 'orders'"
    assert sqlite.rows(f"{ledger} order by loaded_at")[-1] == (2, 1, 1)
    assert len(sqlite.rows(ORDERS)) == 3


def test_columns_that_have_names_of_ours(sqlite):
    sqlite.sql("alter table orders add column rowid text; update orders set rowid = 'x' || id")
    sqlite.load()
    assert sqlite.rows("select id, rowid, _line from raw.crm__orders order by _line") == [
        ("1", "x1", 1),
        ("3", "x3", 3),
    ]
    sqlite.sql("alter table orders add column _key text")
    assert sqlite.load_failing().messages == [
        "crm/orders: column _key of orders has a name that Tierworks uses. Rename it."
    ]


def test_a_driver_that_is_not_installed_is_named(company, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_CRM", "postgresql+pg8000://crm:hunter2@127.0.0.1/crm")
    (message,) = company(SQL).load_failing().messages
    assert "the driver pg8000 of the connection crm is not installed. Install it, or name another" in message


def test_both_ways_into_postgres_land_the_same_rows(company, postgres_url, monkeypatch):
    monkeypatch.setattr(sql_reader, "_BATCH", 2)
    monkeypatch.setenv("TIERWORKS_CONN_CRM", postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(TABLES)
        engine, alchemy = company(CRM), company(SQL)
        for _ in range(2):
            for one in (engine, alchemy):
                one.load()
            for table in ("raw.orders", "raw.customers"):
                assert engine.digests()[table] == alchemy.digests()[table]
            database.execute("update orders set amount = 77, updated_at = '2024-03-10' where id = 2")
        assert alchemy.rows("select amount::varchar from raw.orders where order_key = '2'") == [("77.0000",)]


def test_secrets_and_missing_relations(company, postgres_url, monkeypatch):
    shop = company(SQL)
    monkeypatch.setenv("TIERWORKS_CONN_CRM", postgres_url)
    assert "the database has no relation public.customers" in shop.load_failing().messages[0]
    monkeypatch.setenv("TIERWORKS_CONN_CRM", postgres_url.replace("crm:", "crm:hunter2"))
    words = shop.load_failing().messages[0]
    assert "password authentication failed" in words and "hunter2" not in words
