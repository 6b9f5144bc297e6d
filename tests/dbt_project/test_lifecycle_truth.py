"""The shipped rules against simulated people of whom it is known when they left."""

from __future__ import annotations

from datetime import date

import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople

AS_OF = date(2025, 6, 30)


@pytest.fixture(scope="module")
def judged(world):
    """Buyers with their stage at the last day, whether they have left, and whether that was half a year ago."""
    people = SimulatedPeople(Simulation(1500, 11))
    for _ in people.chunks():
        pass
    orders = people.connection.execute(
        "select 'shop' as source, order_no::varchar as order_key, person::varchar as customer_key, ordered_at, "
        "ordered_at::date as ordered_on, 'sale' as kind, total as amount from baskets "
        "where ordered_at < getvariable('now') and person is not null"
    ).df()
    left = people.connection.execute(
        "select person::varchar as customer_key, by_now(left_at)::date as left_on from lives left join departures "
        "using (person) where is_buyer"
    ).df()
    company = world()
    company.load("orders", orders)
    company.build(AS_OF, "+lifecycle_stage", data_tests=False)
    stages = company.read(
        "select customer_key, stage from marts.lifecycle_stage join core.customer_xref using (customer_id) "
        f"where as_of_date = '{AS_OF}'"
    )
    found = stages.merge(left, on="customer_key")
    days = (found["left_on"].max() - found["left_on"]).dt.days
    return found.assign(has_left=found["left_on"].notna(), left_long_ago=days >= 180)


def test_who_left_half_a_year_ago_is_lost(judged):
    """94 % at 2,000 people; the others are slow buyers, whose silence is not yet out of their rhythm."""
    gone = judged[judged["left_long_ago"]]
    assert len(gone) > 300
    assert (gone["stage"] == "lost").mean() > 0.9
    assert gone["stage"].isin(["lost", "decline"]).mean() > 0.95


def test_who_is_lost_has_left(judged):
    lost = judged[judged["stage"] == "lost"]
    assert lost["has_left"].mean() > 0.88
    steady = judged[judged["stage"].isin(["maturity", "growth", "advocate"])]
    assert steady["has_left"].mean() < 0.3
