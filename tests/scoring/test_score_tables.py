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
