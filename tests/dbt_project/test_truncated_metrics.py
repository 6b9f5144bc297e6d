"""No leakage: metrics of rows as they were on three past evenings equal those that the whole history tells of them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.dbt_project import relations, shop
from tests.dbt_project.warehouse_by_hand import World

PAST = (date(2023, 3, 31), date(2023, 9, 14), date(2024, 2, 29))


def build(world, as_of: date, told_until: date) -> World:
    """All entities as they were known on an evening, built as of a day."""
    tables = relations.tables()
    orders = tables["orders"][tables["orders"]["ordered_on"] <= told_until]
    lines = tables["order_items"].merge(orders[["source", "order_key"]], on=["source", "order_key"])
    customers = shop.customers(tables["orders"])
    seen = customers["created_on"].isna() | (pd.to_datetime(customers["created_on"]) <= pd.Timestamp(told_until))
    tables |= {"orders": orders, "order_items": lines, "customers": customers[seen]}
    made = world()
    for entity, rows in tables.items():
        made.load(entity, relations.truncated(entity, rows, told_until))
    return made.build(as_of, "+customer_metrics", data_tests=False)


def month_ends(made: World) -> pd.DataFrame:
    return made.read(
        "select source, customer_key, metrics.* exclude (customer_id, is_current) "
        "from core.customer_metrics as metrics join core.customer_xref using (customer_id) "
        "where is_month_end order by all"
    )


@pytest.fixture(scope="module")
def whole(told_shop) -> pd.DataFrame:
    return month_ends(told_shop())


@pytest.fixture(scope="module")
def evenings(world) -> dict[date, tuple[pd.DataFrame, dict[str, str]]]:
    """Metrics and digests of each past evening, built from what was known by it."""
    return {until: (month_ends(then := build(world, until, until)), then.digests()) for until in PAST}


@pytest.mark.parametrize("until", PAST, ids=str)
def test_metrics_of_a_past_evening(evenings, whole, until):
    then, _ = evenings[until]
    now = whole[whole["as_of_date"] <= pd.Timestamp(until)].reset_index(drop=True)
    assert len(then) > 50
    pd.testing.assert_frame_equal(now, then)


def test_a_build_for_an_earlier_day_knows_nothing_of_later_rows(world, evenings):
    """Every table, facts and what lies between included, equals that of the rows as they were on the day."""
    of_whole = build(world, PAST[1], relations.ENDS).digests()
    _, of_truncated = evenings[PAST[1]]
    written_by_load = "core.customer_xref"  # the load knows all keys
    assert of_whole.keys() == of_truncated.keys() and len(of_whole) > 30
    assert {table for table in of_whole if of_whole[table] != of_truncated[table]} <= {written_by_load}


def test_every_metric_was_put_to_the_test(whole):
    past = whole[whole["as_of_date"] == pd.Timestamp(PAST[-1])]
    assert [name for name in past.columns if past[name].isna().all()] == []


def test_what_is_kept_is_what_would_be_made(told_shop, stale_from=date(2023, 8, 10)):
    """Making again what is stale, of every table that is kept by day or as-of date, changes nothing that is true."""
    made = told_shop()
    whole = made.digests()
    made.execute(
        f"delete from ops.staleness; insert into ops.staleness (layer, stale_from) values ('core', date '{stale_from}')"
    )
    made.dbt("build", "--select", "+customer_metrics", "--resource-type", "model")
    assert made.digests() == whole
