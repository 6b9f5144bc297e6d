"""Care: when it is due, whose it is, by which channel, and whether it was given."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from tests.dbt_project.managed_company import AS_OF, id_of, owners


def test_care_is_due_when_the_policy_says(managed, managed_rows):
    care = managed.read("select * from marts.care_schedule")
    care["due_on"], care["opens_on"] = care["due_on"].dt.date, care["opens_on"].dt.date
    from_on, until_on = AS_OF - timedelta(days=30), AS_OF + timedelta(days=30)
    people = managed.read(
        "select customer_id, first_order_on, created_on, birth_on, accepts_marketing from core.dim_customer"
    )
    began = people["first_order_on"].fillna(people["created_on"]).dt.date
    for occasion, days in {"first_week": 7, "three_months": 91, "six_months": 182}.items():
        due = {
            (customer, start + timedelta(days=days))
            for customer, start in zip(people["customer_id"], began, strict=True)
            if isinstance(start, date) and start == start and from_on <= start + timedelta(days=days) <= until_on
        }
        rows = care[care["occasion"] == occasion]
        assert set(zip(rows["customer_id"], rows["due_on"], strict=True)) == due, occasion
    born = people.dropna(subset=["birth_on"])
    months = {day.replace(day=1) for day in (AS_OF, until_on) if from_on <= day.replace(day=1) <= until_on}
    due = {
        (row.customer_id, month) for row in born.itertuples() for month in months if row.birth_on.month == month.month
    }
    rows = care[care["occasion"] == "birthday"]
    assert set(zip(rows["customer_id"], rows["due_on"], strict=True)) == due and len(due) > 3
    assert (care.groupby("occasion").size() > 0).reindex(["points_expiry", "monthly_contact"]).all()


def test_care_that_was_given_is_done(managed, managed_rows):
    care = managed.read("select * from marts.care_schedule")
    contacts = managed_rows["contacts"]
    useful = contacts[contacts["purpose"].isin(["care", "service", "sales"]) & (contacts["answered_by"] != "nobody")]
    days = useful.groupby("customer_key")["started_on"].apply(list).to_dict()
    days = {id_of(key): found for key, found in days.items()}
    states = set()
    for row in care.itertuples():
        counted = [day for day in days.get(row.customer_id, []) if row.opens_on.date() <= day <= AS_OF]
        assert (row.done_on.date() if counted else None) == (min(counted) if counted else None), row
        state = (
            "done"
            if counted
            else "overdue"
            if row.due_on.date() < AS_OF
            else "due"
            if row.opens_on.date() <= AS_OF
            else "planned"
        )
        assert row.status == state
        states.add(state)
    assert states == {"done", "overdue", "due", "planned"}


def test_care_goes_to_the_owner_by_a_channel_that_is_allowed(managed, managed_rows):
    care = managed.read("select * from marts.care_schedule")
    held = owners(managed_rows, AS_OF)
    known = managed.read("select customer_id, accepts_marketing, phone_status, email_status from core.dim_customer")
    known = known.set_index("customer_id")
    consents = known["accepts_marketing"].eq(True).fillna(False)
    used = managed_rows["contacts"]
    first = (pd.Timestamp(AS_OF) + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()
    used = used[(used["direction"] == "inbound") & (used["started_on"] >= first)]
    used = used.assign(customer_id=used["customer_key"].map(id_of)).groupby(["customer_id", "channel"]).size()
    reasons = set()
    for row in care.itertuples():
        manager = held.get(row.customer_id)
        assert (row.manager_id if manager else row.team) == (f"web:{manager}" if manager else "customer_care")
        person = known.loc[row.customer_id]
        service = row.occasion in ("first_week", "points_expiry", "subscription_expiry")
        channels = ["call", "message"] * (person["phone_status"] == "valid") + ["email"] * (
            person["email_status"] == "valid"
        )
        if not service and not consents[row.customer_id]:
            assert row.channel_reason == "no_consent" and pd.isna(row.channel)
        elif not channels:
            assert row.channel_reason == "not_reachable"
        else:
            best = max(
                channels, key=lambda channel: (used.get((row.customer_id, channel), 0), -channels.index(channel))
            )
            assert row.channel == best
        reasons.add(row.channel_reason)
    assert {"no_consent", "not_reachable", "preferred"} <= reasons
