"""The tests' PostgreSQL is a real one, and every test has a database of its own."""

from __future__ import annotations

import psycopg


def test_each_test_has_an_empty_database(postgres_cluster, postgres_url):
    other = postgres_cluster.new_database()
    with psycopg.connect(postgres_url) as one, psycopg.connect(other) as two:
        one.execute("create table customers (id int)")
        one.commit()
        tables = "select count(*) from information_schema.tables where table_schema = 'public'"
        assert (one.execute(tables).fetchone(), two.execute(tables).fetchone()) == ((1,), (0,))
        assert one.info.server_version >= 120000
