"""Score tables exist, typed and empty, before any model does."""

from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest

from include.scoring.tables import SCORE_TABLES, create_score_tables
from include.scoring.writing import write_value_scores


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


@pytest.mark.parametrize(("values", "tiers"), [
    ([900, 80, 80, 0, 0, 0, 0, 0, 0, 0], ["high", "high", "high", *["low"] * 7]),
    ([0, 0, 0], ["low", "low", "low"]),
    ([5, None], ["low", None]),
])  # fmt: skip
def test_who_is_worth_nothing_is_in_the_last_value_tier_however_many_they_are(monkeypatch, values, tiers):
    """By the bars of include/policies/clv.yml: 5, 20 and 50 % of those who have a value."""
    monkeypatch.setattr("include.scoring.writing.staleness_of_marts", lambda connection: date.min)
    monkeypatch.setattr("include.scoring.writing.note_scores", lambda connection, day: None)
    connection, day = duckdb.connect(), date(2024, 6, 30)
    create_score_tables(connection)
    connection.execute(
        "create schema policy; create table policy.clv_tiers as from (values (1, 'top', 0.05), (2, 'high', 0.2), "
        "(3, 'medium', 0.5), (4, 'low', null)) as bars (level, tier, top_share)"
    )
    ids = [f"c{place}" for place in range(len(values))]
    scores = pa.table({"customer_id": ids, "as_of_date": [day] * len(ids), "clv_12m": pa.array(values, pa.float64())})
    write_value_scores(connection, day, scores, datetime(2024, 7, 1, tzinfo=UTC).replace(tzinfo=None))
    told = connection.execute("select value_tier from scores.clv_tiers order by customer_id").fetchall()
    assert [tier for (tier,) in told] == tiers
