"""The as-of calendar: the dates for which a build tells what was known."""

from __future__ import annotations

from datetime import date

import duckdb

_LARGEST_GAP_DAYS = 366
_LARGEST_ISOLATED_SHARE = 0.001


def last_plausible_order_date(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The latest local order date that is not a stray.

    A date is a stray when, with everything after it, it holds less than a thousandth of all orders and
    lies more than a year after the order date before it: a typing error must not move the whole company
    into the future. So is one over a day after it was loaded, unless all are. None when there are no orders.
    """
    loaded = "ordered_on <= _loaded_at::date + 1"  # a day is local, and may have begun before that of the load
    return _last_without_strays(connection, loaded) or _last_without_strays(connection, "true")


def _last_without_strays(connection: duckdb.DuckDBPyConnection, counted: str) -> date | None:
    row = connection.execute(
        f"""
        with days as (select ordered_on as day, count(*) as orders from raw.orders where {counted} group by 1),
        seen as (
            select
                day,
                day - lag(day) over (order by day) as gap,
                sum(orders) over (order by day desc) as orders_from_here,
                sum(orders) over () as all_orders
            from days
        ),
        first_stray as (
            select min(day) as day from seen
            where gap > {_LARGEST_GAP_DAYS} and orders_from_here < {_LARGEST_ISOLATED_SHARE} * all_orders
        )
        select max(days.day) from days cross join first_stray
        where first_stray.day is null or days.day < first_stray.day
        """
    ).fetchone()
    return row[0]


def write_as_of_dates(connection: duckdb.DuckDBPyConnection, as_of: date, history_months: int) -> int:
    """Replace `ops.as_of_dates`: month-ends since the first order, at most `history_months`, and `as_of`.

    Returns the number of dates.
    """
    connection.execute(
        """
        create or replace table ops.as_of_dates as
        with bounds as (
            select greatest(
                coalesce((select min(ordered_on) from raw.orders where ordered_on <= $as_of), $as_of),
                ($as_of - to_months($months))::date
            ) as first_day
        ),
        month_ends as (
            select last_day(month::date) as day
            from bounds,
                unnest(generate_series(date_trunc('month', first_day), $as_of, interval 1 month)) as months(month)
        )
        select day as as_of_date, true as is_month_end, day = $as_of as is_current
        from month_ends where day <= $as_of
        union
        select $as_of::date, $as_of::date = last_day($as_of::date), true
        order by 1
        """,
        {"as_of": as_of, "months": history_months},
    )
    return connection.execute("select count(*) from ops.as_of_dates").fetchone()[0]
