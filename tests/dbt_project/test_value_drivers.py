"""The eleven drivers against pandas that counts each month anew, their levers, renewals, and what is not known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import contracts_and_costs, shop

AS_OF = shop.LAST_DAY  # inside a month: no row for a month that is not over
EARLIER = date(2023, 10, 31)
SELECT = "+value_drivers +value_driver_levers +renewal_rates +plan_migration"
PATIENCE, WRITE_OFF = pd.Timedelta(days=60), pd.Timedelta(days=180)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def company(world, *more: str):
    orders, lines = shop.orders_and_lines()
    made = world()
    for entity, rows in {
        "orders": orders,
        "order_items": lines,
        "products": shop.products(),
        "customers": shop.customers(orders),
    }.items():
        made.load(entity, rows)
    for entity in more:
        made.load(entity, getattr(contracts_and_costs, entity)())
    return made


@pytest.fixture(scope="module")
def built(world):
    """The company at an earlier date, and now; the tables that the expectation is counted from."""
    made = company(world, "subscriptions", "service_costs", "payments", "leads", "marketing_spend")
    made.build(EARLIER, SELECT, data_tests=False)
    tables = {"then": made.read("select * from marts.value_drivers")}
    made.build(AS_OF, SELECT)
    for name in ("value_drivers", "value_driver_levers", "renewals", "renewal_rates", "plan_migration"):
        tables[name] = made.read(f"select * from marts.{name}")
    tables["stages"] = made.read("select * from marts.lifecycle_stage where is_month_end")
    tables["metrics"] = made.read("select customer_id, as_of_date, monthly_spend from core.customer_metrics")
    tables["orders"] = made.read("select * from core.fct_orders")
    tables["lines"] = made.read(
        "select items.*, products.category from core.fct_order_items as items "
        "left join core.dim_product as products using (product_id)"
    )
    xref = made.read("select customer_key, customer_id from core.customer_xref where source = 'web'")
    for entity in ("subscriptions", "service_costs", "payments", "leads", "marketing_spend"):
        rows = getattr(contracts_and_costs, entity)()
        tables[entity] = rows.merge(xref, how="left", on="customer_key") if "customer_key" in rows else rows
    return tables


def month_of(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days) + pd.offsets.MonthEnd(0)


def stage_at_the_beginning(built) -> dict:
    """By customer and month-end: the stage of the month-end before; newcomers began as prospects."""
    rows = built["stages"].query("unit_kind == 'customer'").sort_values("as_of_date")
    first = first_days(built)
    began = {}
    for customer, life in rows.groupby("customer_id"):
        before = None
        for row in life.itertuples():
            bought = customer in first and first[customer] < row.as_of_date.replace(day=1)
            began[customer, row.as_of_date] = before or (row.stage if bought else "prospect")
            before = row.stage
    return began


def first_days(built) -> dict:
    sales = built["orders"].query("kind == 'sale' and customer_id.notna()", engine="python")
    return sales.groupby("customer_id")["ordered_on"].min().to_dict()


def monthly_revenue(term) -> float | None:
    return float(term["price"]) / MONTHS.get(term["billing_period"], 1) if pd.notna(term["price"]) else None


def terms(built) -> pd.DataFrame:
    """What became of each term, read off the rows one by one."""
    rows = built["subscriptions"]
    rows = rows[pd.to_datetime(rows["starts_on"]) <= pd.Timestamp(AS_OF)]
    told = []
    for row in rows.itertuples():
        later = rows[rows["previous_subscription_key"] == row.subscription_key].sort_values("starts_on")
        after = later.iloc[0] if len(later) else None
        ended = pd.Timestamp(row.ended_on) if pd.notna(row.ended_on) and row.ended_on <= AS_OF else None
        kind = row.end_kind if ended is not None else None
        waited = pd.Timestamp(row.ends_on) + PATIENCE
        won = (
            pd.Timestamp(after["starts_on"])
            if after is not None
            else ended
            if kind in ("renewed", "migrated")
            else None
        )
        lost = None
        if kind in ("cancelled", "lapsed"):
            won, lost = None, ended
        elif kind is None and (won > waited if won is not None else waited <= pd.Timestamp(AS_OF)):
            lost = waited
        monthly = [monthly_revenue(row._asdict()), None if after is None else monthly_revenue(after)]
        told.append((row.subscription_key, row.customer_id, row.plan, after, won, lost, kind, row.ends_on, *monthly))
    columns = ["key", "customer_id", "plan", "after", "won", "lost", "kind", "ends_on", "revenue", "next_revenue"]
    return pd.DataFrame(told, columns=columns)


def expected_drivers(built) -> pd.Series:
    """Money by month-end, stage and driver, a booking at a time."""
    began, first = stage_at_the_beginning(built), first_days(built)
    months = set(built["stages"]["as_of_date"])
    money: dict = {}

    def book(driver, customer, day, amount, stage=None):
        month = pd.Timestamp(day) + pd.offsets.MonthEnd(0)
        if month in months and amount is not None and not pd.isna(amount):
            stage = stage or began.get((customer, month), "unassigned")
            money[month, stage, driver] = money.get((month, stage, driver), 0) + round(float(amount), 4)

    new: dict = {}
    sold = built["lines"].query("kind == 'sale'").dropna(subset=["customer_id", "category"])
    for (customer, category), rows in sold.groupby(["customer_id", "category"]):
        day = rows["ordered_on"].min()
        if day > first[customer]:
            new[customer, category] = day + pd.offsets.MonthEnd(0)
    for row in built["orders"].itertuples():
        customer, month = row.customer_id, row.ordered_on + pd.offsets.MonthEnd(0)
        lost = began.get((customer, month)) == "lost"
        crossed = 0.0
        if pd.notna(customer) and not lost and row.ordered_on != first.get(customer):
            for line in sold[sold["order_id"] == row.order_id].itertuples():
                if new.get((customer, line.category)) == month:
                    crossed += float(line.amount)
        rest = (
            "purchase_intention"
            if first.get(customer) == row.ordered_on
            else "win_back"
            if lost
            else "recurring_revenue"
        )
        book(rest, customer, row.ordered_on, float(row.gross_revenue) - crossed)
        book("cross_sell", customer, row.ordered_on, crossed)
        book("discounts", customer, row.ordered_on, None if pd.isna(row.discount_amount) else -row.discount_amount)
    for row in built["service_costs"].itertuples():
        book("service_cost", row.customer_id, row.incurred_on, -row.amount)
    for row in built["payments"].query("kind != 'refund'").itertuples():
        due = pd.Timestamp(row.due_on if pd.notna(row.due_on) else row.issued_on)
        book("bad_debt", row.customer_id, due + WRITE_OFF, -(row.written_off_amount or 0))
    for row in built["marketing_spend"].query("purpose == 'acquisition'").itertuples():
        book("acquisition_cost", None, row.spent_on, -row.amount, "prospect")
    for row in built["leads"].dropna(subset=["cost"]).itertuples():
        book("acquisition_cost", None, row.created_on, -row.cost, "prospect")
    for row in terms(built).itertuples():
        if row.won is not None and pd.notna(row.won):
            book("renewal", row.customer_id, row.won, row.revenue)
            book(
                "migration",
                row.customer_id,
                row.won,
                None if row.next_revenue is None else row.next_revenue - row.revenue,
            )
        if row.lost is not None and pd.notna(row.lost):
            book("leaving", row.customer_id, row.lost, -row.revenue if row.revenue is not None else None)
    spend = built["metrics"].set_index(["customer_id", "as_of_date"])["monthly_spend"]
    for row in built["stages"].query("unit_kind == 'customer' and stage == 'lost'").itertuples():
        before = row.as_of_date.replace(day=1) - pd.Timedelta(days=1)
        if began[row.customer_id, row.as_of_date] != "lost" and (row.customer_id, before) in spend.index:
            book("leaving", row.customer_id, row.as_of_date, -max(spend[row.customer_id, before], 0))
    return pd.Series(money)


def test_every_driver_equals_the_bookings(built):
    ours = built["value_drivers"].set_index(["as_of_date", "stage", "driver"])["amount"].astype(float)
    both = pd.concat([ours.rename("ours"), expected_drivers(built).rename("theirs")], axis=1)
    assert set(both.index.get_level_values(2)) == set(built["value_drivers"]["driver"])
    # What has nothing booked and is not known has no amount on either side.
    known = both.dropna(how="all").fillna(0)
    assert known["ours"].to_numpy() == pytest.approx(known["theirs"].to_numpy(), abs=0.001)
    booked = known[known["theirs"] != 0].groupby(level=2).size()
    assert len(booked) == 11 and (booked >= 2).all(), booked


def test_winning_customers_is_about_the_same_people_whether_or_not_it_costs(built):
    """Base and event of the acquisition cost are those of the purchase intention, in months without spending too."""
    prospects = built["value_drivers"].query("stage == 'prospect'").set_index("as_of_date")
    cost, intention = (prospects[prospects["driver"] == name] for name in ("acquisition_cost", "purchase_intention"))
    cost = cost[cost["missing"].isna()]
    assert len(cost) > 10
    pd.testing.assert_frame_equal(cost[["base", "events"]], intention.loc[cost.index, ["base", "events"]])


def test_no_month_that_is_not_over(built):
    assert built["value_drivers"]["as_of_date"].max() == pd.Timestamp("2024-03-31")


def test_levers_make_the_amount_and_their_effects_its_change(built):
    drivers = built["value_drivers"].set_index(["as_of_date", "stage", "driver"])
    levers = built["value_driver_levers"].set_index([*drivers.index.names, "lever"])
    made = levers["lever_value"].astype(float).unstack().prod(axis=1, skipna=False)
    effects = levers["effect"].astype(float).unstack().sum(axis=1, skipna=False)
    joined = drivers[["amount", "change_of_amount"]].astype(float).loc[made.index]
    whole = made.notna()
    assert whole.sum() > 100
    # Levers are told with six digits.
    assert made[whole].to_numpy(float) == pytest.approx(joined.loc[whole, "amount"].to_numpy(), rel=1e-3, abs=0.05)
    split = effects.notna()
    assert split.sum() > 100
    assert effects[split].to_numpy() == pytest.approx(joined.loc[split, "change_of_amount"].to_numpy(), abs=0.001)


def test_a_past_month_was_the_same_when_it_was_told(built):
    """Built in October and in April: the months up to October are equal, whatever came later."""
    key = ["as_of_date", "stage", "driver"]
    then = built["then"].set_index(key).drop(columns=["build_id", "policy_version"]).sort_index()
    now = built["value_drivers"].query("as_of_date <= @EARLIER").set_index(key)[then.columns].sort_index()
    assert len(then) > 200
    pd.testing.assert_frame_equal(now, then)


def test_renewals_equal_what_the_rows_say(built):
    told = terms(built).set_index("key")
    ours = built["renewals"].assign(key=built["renewals"]["subscription_id"].str.removeprefix("web:")).set_index("key")
    assert set(told.index) == set(ours.index)
    for key, row in told.iterrows():
        decided = row["won"] if pd.notna(row["won"]) else row["lost"]
        assert (pd.isna(decided) and pd.isna(ours.at[key, "decided_on"])) or ours.at[key, "decided_on"] == decided, key
        assert bool(ours.at[key, "is_won"]) == bool(pd.notna(row["won"])), key
        if pd.notna(row["kind"]):
            assert ours.at[key, "outcome"] == row["kind"], key
    assert {"renewed", "migrated", "cancelled", "lapsed", "upcoming"} <= set(ours["outcome"])


def test_rates_and_moves_add_up(built):
    renewals, moves = built["renewals"], built["plan_migration"]
    rates = built["renewal_rates"]
    assert rates["due"].sum() == len(renewals) and rates["won"].sum() == renewals["is_won"].sum()
    whole = rates[rates["upcoming"] == 0]
    over = whole[["cancelled", "lapsed"]].sum(axis=1) + whole["won"]
    expected = np.where(over > 0, whole["won"] / over.where(over > 0), np.nan)
    assert whole["renewal_rate"].to_numpy(float) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    told = terms(built)
    won = told[told["won"].notna()]
    assert moves["terms"].sum() == len(won)
    change = (won["next_revenue"] - won["revenue"]).sum()
    assert float(moves["change_of_recurring_revenue"].astype(float).sum()) == pytest.approx(change, abs=0.01)


def test_what_the_crm_does_not_tell_is_unknown(world):
    """Orders and customers only: five drivers are told, the others are null and say what is missing."""
    orders, _ = shop.orders_and_lines()
    made = world()
    bare = orders.query("source == 'till'")
    made.load("orders", bare)
    made.build(AS_OF, SELECT)
    rows = made.read("select distinct driver, missing, amount is null as unknown from marts.value_drivers")
    missing = rows[rows["unknown"]].set_index("driver")["missing"].to_dict()
    assert missing == {
        "acquisition_cost": "marketing_spend",
        "service_cost": "service_costs",
        "cross_sell": "products",
        "discounts": "orders.discount_amount",
        "renewal": "subscriptions",
        "migration": "subscriptions",
        "bad_debt": "payments",
    }
    assert set(rows[~rows["unknown"]]["driver"]) == {"purchase_intention", "recurring_revenue", "leaving", "win_back"}
    for mart in ("renewals", "renewal_rates", "plan_migration"):
        assert made.read(f"select count(*) as n from marts.{mart}")["n"][0] == 0
