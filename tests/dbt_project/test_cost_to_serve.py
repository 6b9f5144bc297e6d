"""The cost to serve against all that was booked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project.managed_company import AS_OF, LAST


def booked(managed_rows: dict, day: date) -> float:
    """All that was booked in the 12 months that end on a day: bookings, contacts, touches, campaigns, spend."""
    first = (pd.Timestamp(day) + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()

    def within(entity: str, column: str) -> pd.DataFrame:
        rows = managed_rows[entity]
        return rows[(rows[column] >= first) & (rows[column] <= day)]

    touches = within("campaign_touches", "touched_on")
    touches = touches[~touches["is_control"].astype(bool)]
    total = within("service_costs", "incurred_on")["amount"].astype(float).sum()
    total += within("contacts", "started_on")["cost"].dropna().astype(float).sum()
    total += touches["cost"].astype(float).sum()
    spend = within("marketing_spend", "spent_on")
    spend = spend[(spend["purpose"] != "acquisition") & (spend["campaign_key"] != "g0")]
    total += spend["amount"].astype(float).sum()
    so_far = managed_rows["campaign_touches"]
    so_far = so_far[(so_far["touched_on"] <= day) & ~so_far["is_control"].astype(bool)]
    for row in within("campaigns", "starts_on").dropna(subset=["cost"]).itertuples():
        own = so_far[so_far["campaign_key"] == row.campaign_key]["cost"].astype(float).sum()
        total += max(float(row.cost) - own, 0)
    return total


@pytest.mark.parametrize("day", [date(2023, 3, 31), date(2023, 9, 30), LAST, AS_OF])
def test_costs_close_to_all_that_was_booked(managed, managed_rows, day):
    by_tier = managed.read(f"select * from marts.maintenance_cost_by_tier where as_of_date = '{day}'")
    assert float(by_tier["cost_to_serve"].sum()) == pytest.approx(booked(managed_rows, day), abs=0.0001)
    customers = managed.read(f"select sum(cost_to_serve) as v from marts.maintenance_cost where as_of_date = '{day}'")[
        "v"
    ][0]
    assert customers == pytest.approx(by_tier[by_tier["tier"] != "unassigned"]["cost_to_serve"].sum(), abs=1e-6)


def test_shared_costs_go_by_their_driver(managed, managed_rows):
    """Technology that was booked on nobody is borne alike by all who bought in the year, to a ten-thousandth."""
    rows = managed_rows["service_costs"]
    first = (pd.Timestamp(AS_OF) + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()
    rows = rows[(rows["incurred_on"] >= first) & (rows["incurred_on"] <= AS_OF) & rows["customer_key"].isna()]
    shared = rows.assign(amount=rows["amount"].astype(float)).groupby("kind")["amount"].sum()
    found = managed.read(
        "select shared.* from marts.maintenance_cost as costs join core.customer_metrics as metrics "
        "using (customer_id, as_of_date) join (select customer_id, technology_cost from marts.maintenance_cost "
        "where is_current) as shared using (customer_id) where costs.is_current and orders_12m > 0 "
        "and not exists (from int.int_maintenance__direct as direct where direct.customer_id = costs.customer_id "
        "and direct.as_of_date = costs.as_of_date and coalesce(direct.technology, 0) <> 0)"
    )
    buyers = managed.read("select count(*) as n from core.customer_metrics where is_current and orders_12m > 0")["n"][0]
    assert len(found) >= 3
    assert np.allclose(found["technology_cost"].astype(float), shared["technology"] / buyers, atol=0.00011)
