"""Channels against simulated people of whom it is known what brought them, and who never was anybody."""

from __future__ import annotations

from datetime import date

import pytest

from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople

AS_OF = date(2025, 6, 30)


@pytest.fixture(scope="module")
def truth_and_marts(world):
    people = SimulatedPeople(Simulation(4000, 11))
    for _ in people.chunks():
        pass
    customers = people.connection.execute(
        "select 'shop' as source, person::varchar as customer_key, created_at, created_at::date as created_on, "
        "acquired_by as acquisition_channel, 'D' || case when is_fake then digits(hash(person // 50), 'farm', 8) "
        "else digits(record_h, 'device', 10) end as device_key, is_fake, is_buyer "
        "from cards where not is_second and created_at < getvariable('now')"
    ).df()
    orders = people.connection.execute(
        "select 'shop' as source, order_no::varchar as order_key, person::varchar as customer_key, ordered_at, "
        "ordered_at::date as ordered_on, 'sale' as kind, total as amount from baskets "
        "where ordered_at < getvariable('now') and person is not null"
    ).df()
    company = world()
    company.load("customers", customers.drop(columns=["is_fake", "is_buyer"]))
    company.load("orders", orders)
    company.build(AS_OF, "+channel_quality", data_tests=False)
    return customers, orders, company.read("select * from marts.channel_quality").set_index("channel")


def test_each_channel_brought_whom_it_truly_brought(truth_and_marts):
    customers, orders, quality = truth_and_marts
    came = set(customers["customer_key"]) | set(orders["customer_key"])
    brought = customers.groupby("acquisition_channel").size()
    for channel, count in brought.items():
        assert quality.loc[channel, "customers"] == count
    assert quality["customers"].sum() == len(came)


def test_false_users_are_found_where_they_came_from(truth_and_marts):
    customers, _, quality = truth_and_marts
    fakes = customers[customers["is_fake"]]
    true = fakes.groupby("acquisition_channel").size()
    found = quality["false_users"].reindex(true.index)
    # Who is alone on a device cannot be told from somebody who has not bought yet.
    together = fakes.groupby("device_key")["customer_key"].transform("size") >= 2
    assert together.sum() > 25
    assert found.sum() >= 0.9 * together.sum()
    assert (found <= true).all()
    assert quality["false_user_share"].idxmax() == "affiliate"
    assert quality.loc["store", "false_users"] == 0
