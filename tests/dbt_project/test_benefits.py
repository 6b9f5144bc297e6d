"""Points, milestones, benefits and the long tail against a second computation from the raw rows, booking by booking."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

FIRST, LAST = date(2023, 1, 9), date(2024, 11, 12)
WARNING, WINDOW = 60, 30
BUILT = "+points_balance +customer_milestones +tier_benefits +long_tail"


def orders(random: np.random.Generator) -> pd.DataFrame:
    """Fifty customers, some of them large, who come now and then and sometimes bring things back."""
    rows = []
    for number in range(50):
        day = FIRST + timedelta(days=int(random.integers(0, 400)))
        size = float(random.choice([1, 1, 1, 4, 15]))
        kind = "sale"
        while day <= LAST:
            amount = Decimal(str(round(float(random.gamma(2, 60)) * size, 2)))
            rows.append((f"c{number}", day, kind, -amount / 2 if kind == "return" else amount))
            kind = "return" if random.random() < 0.12 else "sale"
            day += timedelta(days=int(random.choice([0, 9, 40, 170])))
    frame = pd.DataFrame(rows, columns=["customer_key", "ordered_on", "kind", "amount"]).assign(source="shop")
    frame["order_key"] = [f"o{number}" for number in range(len(frame))]
    return frame.assign(ordered_at=pd.to_datetime(frame["ordered_on"]))


def bookings(random: np.random.Generator, bought: pd.DataFrame) -> pd.DataFrame:
    """Points for every sale, some before the first order; spent while there are any; expiry is often not booked."""
    rows = [("c0", FIRST - timedelta(days=20), "bonus", 50)]
    for customer, own in bought[bought["kind"] == "sale"].groupby("customer_key"):
        balance = 0
        for _, sale in own.sort_values(["ordered_on", "order_key"]).iterrows():
            earned = int(sale["amount"])
            rows.append((customer, sale["ordered_on"], "earned", earned))
            balance += earned
            if random.random() < 0.4 and balance > 10:
                spent = int(random.integers(1, balance))
                rows.append(
                    (customer, sale["ordered_on"], str(random.choice(["redeemed", "expired", "adjusted"])), -spent)
                )
                balance -= spent
    frame = pd.DataFrame(rows, columns=["customer_key", "booked_on", "kind", "points"]).assign(source="shop")
    frame["points_entry_key"] = [f"p{number}" for number in range(len(frame))]
    lasts = timedelta(days=365)
    frame["expires_on"] = [
        day + lasts if gives > 0 else None for day, gives in zip(frame.booked_on, frame.points, strict=True)
    ]
    frame["points"] = [Decimal(points) for points in frame["points"]]
    return frame.assign(booked_at=pd.to_datetime(frame["booked_on"]))


@pytest.fixture(scope="module")
def made(world):
    random = np.random.default_rng(7)
    bought = orders(random)
    booked = bookings(random, bought)
    costs = bought.sample(40, random_state=1)[["source", "customer_key", "ordered_on", "order_key"]]
    costs = costs.rename(columns={"ordered_on": "incurred_on", "order_key": "service_cost_key"}).assign(kind="people")
    costs["amount"] = [Decimal(int(amount)) for amount in random.integers(1, 400, len(costs))]
    shop = world()
    for entity, rows in {"orders": bought, "points": booked, "service_costs": costs}.items():
        shop.load(entity, rows)
    return shop.build(LAST, select=BUILT), bought, booked


@pytest.fixture(scope="module")
def keys(made):
    return (
        made[0]
        .read("select customer_key, customer_id from core.customer_xref")
        .set_index("customer_id")["customer_key"]
    )


def as_of_dates(made) -> list[date]:
    return [stamp.date() for stamp in made[0].read("select as_of_date from ops.as_of_dates order by 1")["as_of_date"]]


def ledger(own: pd.DataFrame, day: date) -> dict[str, object]:
    """Takes one booking after another; what takes points takes them from the lots that end first."""
    lots: list[list] = []
    total = dict.fromkeys(("earned", "bonus", "redeemed", "expired", "adjusted"), 0)
    for _, entry in own[own["booked_on"] <= day].iterrows():
        points = int(entry["points"])
        total[entry["kind"]] += points
        if points > 0:
            lots.append([entry["expires_on"], points])
            continue
        for lot in sorted(lots, key=lambda lot: lot[0]):
            taken = min(lot[1], -points)
            lot[1] -= taken
            points += taken
    left = sorted(lot for lot in lots if lot[1] > 0)
    ahead = [lot for lot in left if lot[0] >= day]
    first = ahead[0][0] if ahead else None
    return {
        "earned_points": total["earned"],
        "bonus_points": total["bonus"],
        "redeemed_points": -total["redeemed"],
        "expired_points": -total["expired"],
        "adjusted_points": total["adjusted"],
        "balance_points": sum(total.values()),
        "lapsed_points": sum(points for ends, points in left if ends < day),
        "expiring_points": sum(points for ends, points in ahead if ends <= day + timedelta(days=WARNING)),
        "next_expiry_on": first,
        "next_expiry_points": sum(points for ends, points in ahead if ends == first) if ahead else None,
    }


def test_balances_are_those_of_a_ledger_kept_booking_by_booking(made, keys):
    shop, bought, booked = made
    balances = shop.read("select * from marts.points_balance")
    by_key = booked.groupby("customer_key")
    nobody = booked.iloc[:0]
    for _, row in balances.iterrows():
        key = keys[row["customer_id"]]
        own = by_key.get_group(key) if key in by_key.groups else nobody
        for column, truth in ledger(own, row["as_of_date"].date()).items():
            value = row[column]
            if column.endswith("_on"):
                assert (None if pd.isna(value) else value.date()) == truth, (key, row["as_of_date"], column)
            else:
                assert (None if pd.isna(value) else value) == truth, (key, row["as_of_date"], column)
    assert (balances["lapsed_points"] > 0).sum() > 20 and (balances["expiring_points"] > 0).sum() > 20
    first_seen = [
        (key, day)
        for key, own in bought.groupby("customer_key")
        for day in as_of_dates(made)
        if own["ordered_on"].min() <= day
    ]
    assert len(balances) == len(first_seen)


def test_growth_points_are_revenue_and_ten_for_each_order_of_twelve_months(made, keys):
    shop, bought, _ = made
    rows = shop.read(
        "select customer_id, as_of_date, growth_points from marts.points_balance where growth_points is not null"
    )
    for _, row in rows.iterrows():
        own = bought[bought["customer_key"] == keys[row["customer_id"]]]
        day = row["as_of_date"]
        begins = (day + pd.Timedelta(days=1) - pd.DateOffset(months=12)).date()
        own = own[(own["ordered_on"] >= begins) & (own["ordered_on"] <= day.date())]
        truth = max(sum(own["amount"]), 0) + 10 * (own["kind"] == "sale").sum()
        assert float(row["growth_points"]) == pytest.approx(float(truth), abs=1e-6)


def milestones_of(own: pd.DataFrame) -> dict[tuple, date]:
    """Walks through the days of a customer and notes when each bar of the shipped policy is first reached."""
    reached: dict[tuple, date] = {}
    sale_days, lifetime, by_year = set(), Decimal(0), {}
    for day, rows in own.sort_values("ordered_on").groupby("ordered_on"):
        if (rows["kind"] == "sale").any():
            sale_days.add(day)
        lifetime += sum(rows["amount"])
        by_year[day.year] = by_year.get(day.year, Decimal(0)) + sum(rows["amount"])
        passed = {
            ("first_repeat", 1): len(sale_days) >= 2,
            ("tenth_day", 1): len(sale_days) >= 10,
            ("yearly_target", day.year): by_year[day.year] >= 5000,
            ("loyal_spender", 1): lifetime >= 20000,
        }
        for what in (what for what, is_passed in passed.items() if is_passed):
            reached.setdefault(what, day)
    if sale_days:
        first = pd.Timestamp(min(sale_days))
        for years in (1, 2):
            day = (first + pd.DateOffset(years=years)).date()
            if day <= LAST:
                reached["anniversary", years] = day
    return reached


def test_milestones_are_those_met_on_a_walk_through_the_days(made, keys):
    shop, bought, _ = made
    rows = shop.read("select * from marts.customer_milestones")
    found = {(keys[row.customer_id], row.milestone, row.occurrence): row.reached_on.date() for row in rows.itertuples()}
    truth = {
        (key, *what): day for key, own in bought.groupby("customer_key") for what, day in milestones_of(own).items()
    }
    assert found == truth
    assert set(rows["milestone"]) == {"first_repeat", "tenth_day", "yearly_target", "loyal_spender", "anniversary"}
    ago = (pd.Timestamp(LAST) - rows["reached_on"]).dt.days
    assert list(rows["days_ago"]) == list(ago)
    assert list(rows["is_recent"]) == list(ago < WINDOW) and list(rows["is_today"]) == list(ago == 0)


def test_a_benefit_counts_those_who_hold_its_tier_today(made):
    shop = made[0]
    benefits = shop.read("select * from marts.tier_benefits")
    held = shop.read("select tier from marts.customer_tiers where is_current")["tier"].value_counts().to_dict()
    for _, row in benefits.iterrows():
        assert row["customers"] == (held.get(row["tier"], 0) if row["is_given"] else 0)
    prices = benefits[benefits["benefit"] == "price_share"].set_index("tier")["value_number"].to_dict()
    assert prices == {"diamond": 0.75, "gold": 0.80, "silver": 0.90, "bronze": 1.0}


def test_the_long_tail_is_who_stayed_low_and_who_costs_more_than_they_bring(made):
    """Months are counted backwards through a customer's tiers; the cap is a tenth of the mean over diamond and gold."""
    shop = made[0]
    tiers = shop.read("select * from marts.customer_tiers").sort_values("as_of_date")
    metrics = shop.read("select * from core.customer_metrics").set_index(["customer_id", "as_of_date"])
    tail = shop.read("select * from marts.long_tail").set_index("customer_id")
    today = pd.Timestamp(LAST)
    a_year_before = pd.Timestamp(2023, 10, 31)
    high = tiers[(tiers["as_of_date"] == today) & tiers["tier"].isin(["diamond", "gold"])]["customer_id"]
    costs = [metrics.at[(customer, today), "service_cost_12m"] for customer in high]
    known = [float(cost) for cost in costs if not pd.isna(cost)]
    cap = 0.1 * sum(known) / len(known)
    named = set()
    for customer, own in tiers.groupby("customer_id"):
        now = metrics.loc[(customer, today)]
        months, is_low = 0, own.iloc[-1]["tier"] == "bronze"
        for _, row in own[own["is_month_end"]].iloc[::-1].iterrows():
            if row["tier"] != "bronze":
                break
            months += 1
        loses = not pd.isna(now["profit_12m"]) and now["profit_12m"] < 0
        if not (is_low or loses):
            continue
        named.add(customer)
        row = tail.loc[customer]
        assert row["is_unprofitable"] == loses
        assert float(row["service_cost_cap"]) == pytest.approx(cap, abs=1e-3)
        if not is_low:
            assert pd.isna(row["months_low"]) and row["action"] == "review_terms"
            continue
        assert row["months_low"] == months
        before = metrics["net_revenue_12m"].get((customer, a_year_before))
        grown = (
            before is not None
            and now["net_revenue_12m"] > max(before, 0)
            and (before <= 0 or float(now["net_revenue_12m"] / before) - 1 >= 0.1)
        )
        assert row["is_flagged"] == (months >= 12 and not grown)
        over = not pd.isna(now["service_cost_12m"]) and float(now["service_cost_12m"]) > cap
        if row["is_flagged"]:
            assert row["action"] == ("limit_cost" if over else "keep_cost_low")
        else:
            assert row["action"] == ("offer_conversion" if 3 <= months < 12 else "watch")
    assert named == set(tail.index)
    assert {"keep_cost_low", "watch", "offer_conversion"} <= set(tail["action"])
