"""A build that makes only what is stale equals one that makes everything, table by table."""

from __future__ import annotations

from datetime import date

import pytest

from tests.pipeline.life import Life

pytestmark = pytest.mark.timeout(600)


def test_what_is_kept_is_what_would_be_made(first_evening, quick_dbt):
    life = first_evening
    wrong, gone = life.lines_of("2024-01", 4), life.lines_of("2024-02", 3)

    # Late rows, corrections and deletes of months back, seen at a month-end.
    life.load(date(2024, 4, 30), corrected=wrong, gone=gone)
    life.build(date(2024, 4, 30))
    assert all("2024-01-01" <= day <= "2024-01-31" for day in life.since())

    # Over the month-end, which is no current date any more; each layer is killed on the way, and taken up again.
    life.move("P0001", "Elsewhere")
    life.load(date(2024, 5, 9), corrected=wrong, gone=gone)
    life.killed(date(2024, 5, 9), "core", after="fct_orders")
    life.killed(date(2024, 5, 9), "marts", after="customer_tiers")
    kept = life.build(date(2024, 5, 9))
    # What was killed of core was made by the step that needed it.
    assert life.since() == ["2024-05-09", "2024-04-30"]
    made = life.build(date(2024, 5, 9), full_refresh=True)
    assert [table for table in made if kept[table] != made[table]] == []


@pytest.mark.verify
def test_days_in_a_row_and_back(company, quick_dbt):
    life = Life(company)
    late = life.lines_of("2024-01-1", 5)
    life.load(date(2024, 1, 20), late=late)
    first = life.build(date(2024, 1, 20))
    life.load(date(2024, 1, 21))
    grown = life.build(date(2024, 1, 21))
    assert all("2024-01-10" <= day <= "2024-01-19" for day in life.since())
    assert grown == life.build(date(2024, 1, 21), full_refresh=True) and grown != first
    # The same date again finds nothing stale before the date itself; an earlier date is made whole.
    assert life.build(date(2024, 1, 21)) == grown
    assert life.since() == ["2024-01-21", "2024-01-21"]
    life.build(date(2024, 1, 20))
    assert life.since() == ["ever", "ever"]
