"""Policies of baskets, next purchases, recommendations and elasticity: their tables, and faults with their place."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.own_policies import policies

TABLES = {
    "baskets": "baskets_settings",
    "next_purchase": "next_purchase_settings",
    "recommendations": "recommendation_settings",
    "elasticity": "elasticity_settings",
}


@pytest.mark.parametrize("stem", TABLES)
def test_the_table_says_what_the_file_says(tmp_path, stem):
    read = policies(tmp_path)
    with duckdb.connect() as connection:
        write_policy_tables(connection, read)
        (row,) = connection.execute(f"from policy.{TABLES[stem]}").df().to_dict("records")
    assert row == read[stem] and len(row) >= 4


def test_a_changed_value_reaches_the_table(tmp_path):
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path, recommendations="list_length: 9\n"))
        assert connection.execute("select list_length from policy.recommendation_settings").fetchone() == (9,)


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        ("baskets", "minimum_support: 2\n", r"baskets\.yml:1: minimum_support: must be a number from 0 to 1"),
        ("baskets", "together_day: 3\n", r"no such setting in baskets\.yml\. Did you mean together_days\?"),
        (
            "next_purchase",
            "window_share: 1\n",
            r"next_purchase\.yml:1: window_share: must be a number from 0\.1 to 0\.99",
        ),
        ("next_purchase", "return_days: 30.5\n", r"return_days: must be a whole number from 7 to 730"),
        ("recommendations", "list_length: 0\n", r"list_length: must be a whole number from 1 to 100"),
        ("elasticity", "minimum_lines: few\n", r"elasticity\.yml:1: minimum_lines: must be a whole number"),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
