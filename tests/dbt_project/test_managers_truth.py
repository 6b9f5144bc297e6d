"""Managers' scorecards against simulated managers whose skill is known, and whose portfolios differ."""

from __future__ import annotations

from datetime import date

import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople

AS_OF = date(2025, 6, 30)


@pytest.fixture(scope="module")
def skills_and_marts(world):
    """24,000 people, and the 48 managers who look after some 70 each."""
    people = SimulatedPeople(Simulation(24_000, 11))
    for _ in people.chunks():
        pass

    def read(query: str):
        return people.connection.execute(query).df()

    company = world()
    company.load(
        "customers",
        read(
            "select 'shop' as source, person::varchar as customer_key, created_at, created_at::date as created_on, "
            "region "
            "from cards where not is_second and created_at < getvariable('now')"
        ),
    )
    company.load(
        "orders",
        read(
            "select 'shop' as source, order_no::varchar as order_key, person::varchar as customer_key, ordered_at, "
            "ordered_at::date as ordered_on, 'sale' as kind, total as amount from baskets "
            "where ordered_at < getvariable('now') and person is not null"
        ),
    )
    company.load(
        "account_managers",
        read("select 'shop' as source, manager_no::varchar as manager_key, 'one' as level from manager_posts"),
    )
    company.load(
        "manager_assignments",
        read(
            "select 'shop' as source, row_number() over (order by person, role, since)::varchar as assignment_key, "
            "manager_no::varchar as manager_key, person::varchar as customer_key, role, since::date as starts_on, "
            "by_now(until)::date as ends_on from looked_after where since < getvariable('now')"
        ),
    )
    company.build(AS_OF, "+manager_scorecard", data_tests=False)
    parts = company.read(
        f"select *, manager_id.split_part(':', 2)::int as manager_no from marts.manager_scorecard_parts "
        f"where as_of_date = '{AS_OF}' and part = 'retention'"
    )
    return parts.merge(
        read("select manager_no, manager_skill(manager_no) as skill from manager_posts"), on="manager_no"
    )


@pytest.mark.verify
def test_the_fair_comparison_finds_the_order_of_skill_that_the_raw_one_hides(skills_and_marts):
    found = skills_and_marts
    assert len(found) == 48 and found["opportunities"].min() > 30

    def agreement(column: str) -> float:
        return -found[column].corr(found["skill"], method="spearman")

    raw, fair = agreement("raw_rate"), agreement("ratio")
    print(f"rank correlation with skill: raw {raw:.3f}, fair {fair:.3f}")
    assert fair > 0.5 and fair > raw + 0.05
