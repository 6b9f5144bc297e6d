"""Score tables exist, typed and empty, before any model does."""

from __future__ import annotations

import duckdb

from include.scoring.tables import SCORE_TABLES, create_score_tables


def test_creating_keeps_what_is_there():
    connection = duckdb.connect()
    create_score_tables(connection)
    connection.execute("insert into scores.clv_tiers (customer_id, as_of_date) values ('c1', date '2020-01-31')")
    create_score_tables(connection)
    counts = {name: connection.execute(f"select count(*) from scores.{name}").fetchone()[0] for name in SCORE_TABLES}
    assert counts == dict.fromkeys(SCORE_TABLES, 0) | {"clv_tiers": 1}


def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks():
    connection = duckdb.connect()
    connection.execute(
        "create schema scores; create table scores.clv_scores (customer_id varchar, clv_12m decimal(18,4))"
    )
    connection.execute("insert into scores.clv_scores values ('c1', 5)")
    create_score_tables(connection)
    old = connection.execute("select * from scores.clv_scores").df()
    assert old.customer_id[0] == "c1"
    assert old.clv_12m_low.isna().all()
    create_score_tables(fresh := duckdb.connect())
    of_type = "select column_name, data_type from information_schema.columns where table_name = 'clv_scores' order by 1"
    assert connection.execute(of_type).fetchall() == fresh.execute(of_type).fetchall()


def test_money_is_decimal_and_probabilities_are_double():
    connection = duckdb.connect()
    create_score_tables(connection)
    types = dict(
        connection.execute(
            "select column_name, data_type from information_schema.columns where table_name = 'clv_scores'"
        ).fetchall()
    )
    assert types["clv_12m"] == types["expected_spend"] == "DECIMAL(18,4)"
    assert types["probability_alive"] == types["expected_purchases_12m"] == "DOUBLE"
    assert types["as_of_date"] == "DATE"
