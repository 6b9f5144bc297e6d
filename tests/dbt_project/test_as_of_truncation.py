"""No leakage: a build for an earlier date equals a build of input that ends at that date, in every table."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.dbt_project import shop

EARLIER = date(2023, 9, 14)
LAST_MONTH_END = date(2023, 8, 31)
POINT_IN_TIME = {
    "core.customer_metrics": "* exclude (is_current)",
    "marts.rfm_scores": "* exclude (build_id)",
    "marts.customer_tiers": "* exclude (is_current, build_id)",
    "int.int_clv__summaries": "*",
    "marts.lifecycle_stage": "* exclude (is_current, build_id)",
    "marts.life_table": "* exclude (build_id)",
    "marts.lifecycle_curve": "* exclude (build_id)",
    "marts.lifecycle_health": "* exclude (build_id)",
    "marts.activity_state": "* exclude (build_id)",
    "marts.loyalty_scores": "* exclude (build_id)",
    "marts.data_health": "* exclude (is_current, build_id)",
}


def filled(world, until: date):
    orders, lines = shop.orders_and_lines()
    customers = shop.customers(orders)
    kept = orders[orders["ordered_on"] <= until]
    lines = lines.merge(kept[["source", "order_key"]], on=["source", "order_key"])
    seen = customers["created_on"].isna() | (pd.to_datetime(customers["created_on"]) <= pd.Timestamp(until))
    rows = {"orders": kept, "order_items": lines, "products": shop.products(), "customers": customers[seen]}
    made = world()
    for entity, frame in rows.items():
        made.load(entity, frame)
    return made


def up_to_last_month_end(made) -> dict[str, pd.DataFrame]:
    return {
        table: made.read(f"select {columns} from {table} where as_of_date <= '{LAST_MONTH_END}' order by all")
        for table, columns in POINT_IN_TIME.items()
    }


@pytest.fixture(scope="module")
def builds(world, whole_shop):
    """The whole input as of its end and as of the earlier date, and the input that ends at the earlier date."""
    whole = whole_shop()
    late = up_to_last_month_end(whole)
    early = up_to_last_month_end(whole.build(EARLIER, data_tests=False))
    digests = whole.digests()
    return late, early, digests, filled(world, EARLIER).build(EARLIER, data_tests=False).digests()


def test_earlier_date_equals_truncated_input(builds):
    """These are two builds of one date in two warehouses too: twice gives the same tables."""
    _, _, of_whole, of_truncated = builds
    written_by_load = "core.customer_xref"  # the load knows all keys
    assert of_whole.keys() == of_truncated.keys() and len(of_whole) > 20
    assert {table for table in of_whole if of_whole[table] != of_truncated[table]} <= {written_by_load}


def test_a_later_build_says_the_same_of_an_earlier_month_end(builds):
    """What was known at a month-end does not depend on when it is asked."""
    late, early, _, _ = builds
    for table in POINT_IN_TIME:
        pd.testing.assert_frame_equal(late[table], early[table])
        assert len(late[table]) > 100
