"""The policy of exchange rates: its tables, and faults that point at their line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.own_policies import policies

USD = "  - {currency: USD, from: 2024-01-01, rate: 0.0512345678}\n"


def test_its_tables_say_what_the_file_says(tmp_path):
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path))
        assert connection.execute("from policy.exchange_settings").fetchall() == [(None,)]
        assert connection.execute("from policy.exchange_rates").fetchall() == []
        own = f"workspace_currency: EUR\nrates:\n{USD}  - {{currency: CHF, from: 2024-01-01, rate: 1}}\n"
        write_policy_tables(connection, policies(tmp_path, exchange_rates=own))
        assert connection.execute("from policy.exchange_settings").fetchall() == [("EUR",)]
        assert connection.execute("from policy.exchange_rates").fetchall() == [
            ("USD", date(2024, 1, 1), Decimal("0.0512345678")),
            ("CHF", date(2024, 1, 1), Decimal(1)),
        ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"rates:\n{USD}", r"exchange_rates\.yml:2: rule USD: name the workspace_currency"),
        ("workspace_currency: euro\n", r"exchange_rates\.yml:1: workspace_currency: must be three capital letters"),
        (f"workspace_currency: EUR\nrates:\n{USD}{USD}", r"exchange_rates\.yml:4: rule USD: two rates from 2024-01-01"),
        (f"workspace_currency: USD\nrates:\n{USD}", r"exchange_rates\.yml:3: rule USD: USD is the workspace's own"),
        (f"rates:\n{USD.replace('USD', 'XXX')}workspace_currency: EUR\n", r":2: rule XXX: XXX is no currency"),
        (
            "rates:\n  - {currency: USD, from: 2024-02-30, rate: 1}\n",
            r"exchange_rates\.yml:2: rates: from: must be a day",
        ),
        (
            "rates:\n  - {currency: USD, from: 2024-02-01, rate: 0}\n",
            r"exchange_rates\.yml:2: rates: rate: .* 0\.000001",
        ),
        ("rates:\n  - {currency: USD, since: 2024-02-01, rate: 1}\n", r"exchange_rates\.yml:2: rates: from is missing"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, exchange_rates=text)
