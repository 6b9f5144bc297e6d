"""The as-of calendar follows the data, not a typing error in it, and not the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest

from include.warehouse.as_of import last_plausible_order_date, write_as_of_dates


@pytest.fixture
def warehouse():
    connection = duckdb.connect()
    connection.execute(
        "create schema raw; create schema ops; create table raw.orders (ordered_on date, _loaded_at timestamp)"
    )
    yield connection
    connection.close()


def _order(warehouse, *days: date) -> None:
    loaded_at = datetime(2024, 6, 30, 22, 0)
    warehouse.executemany("insert into raw.orders values (?, ?)", [[day, loaded_at] for day in days])


def test_the_last_order_date_is_the_default(warehouse):
    _order(warehouse, *(date(2024, 1, 1) + timedelta(days=n) for n in range(90)))
    assert last_plausible_order_date(warehouse) == date(2024, 3, 30)


def test_a_stray_date_far_in_the_future_does_not_move_the_company(warehouse):
    _order(warehouse, *(date(2023, 1, 1) + timedelta(days=n % 365) for n in range(2000)), date(2199, 12, 31))
    assert last_plausible_order_date(warehouse) == date(2023, 12, 31)


def test_a_real_pause_in_trading_is_not_a_stray(warehouse):
    _order(warehouse, *[date(2020, 1, 1)] * 50, *[date(2023, 1, 1)] * 50)
    assert last_plausible_order_date(warehouse) == date(2023, 1, 1)


def test_a_day_after_the_load_does_not_move_a_small_company(warehouse):
    _order(warehouse, date(2024, 3, 1), date(2024, 7, 1), date(2024, 7, 2), date(2042, 3, 1))
    assert last_plausible_order_date(warehouse) == date(2024, 7, 1)


def test_a_company_of_the_future_has_a_date_too(warehouse):
    _order(warehouse, date(2031, 1, 1), date(2031, 1, 5))
    assert last_plausible_order_date(warehouse) == date(2031, 1, 5)


def test_no_orders_give_no_date(warehouse):
    assert last_plausible_order_date(warehouse) is None


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (
            date(2024, 3, 15),
            [
                (date(2024, 1, 31), True, False),
                (date(2024, 2, 29), True, False),
                (date(2024, 3, 15), False, True),
            ],
        ),
        (date(2024, 2, 29), [(date(2024, 1, 31), True, False), (date(2024, 2, 29), True, True)]),
        (date(2024, 1, 5), [(date(2024, 1, 5), False, True)]),
        (date(2023, 6, 30), [(date(2023, 6, 30), True, True)]),
    ],
)
def test_month_ends_since_the_first_order_and_the_date_itself(warehouse, as_of, expected):
    _order(warehouse, date(2024, 1, 20), date(2024, 3, 10))
    write_as_of_dates(warehouse, as_of, history_months=36)
    assert warehouse.execute("from ops.as_of_dates").fetchall() == expected


def test_history_is_as_long_as_the_policy_says(warehouse):
    _order(warehouse, date(1950, 1, 1), date(2024, 6, 30))
    assert write_as_of_dates(warehouse, date(2024, 6, 30), history_months=12) == 13


def test_without_orders_only_the_date_itself(warehouse):
    assert write_as_of_dates(warehouse, date(2024, 6, 30), history_months=36) == 1
