"""The eleven value drivers and their levers of two real retailers, month by month from orders and stages by hand."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from tests.real_retailers.books import TEN_THOUSANDTHS

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]

KEY = ["as_of_date", "stage"]
# What no file tells, by the driver that is computed from it.
UNTOLD = {
    "acquisition_cost": "marketing_spend",
    "service_cost": "service_costs",
    "renewal": "subscriptions",
    "migration": "subscriptions",
    "bad_debt": "payments",
}


@pytest.fixture(scope="module")
def began(retailer) -> pd.DataFrame:
    """Every known customer and month-end: the stage the month began in, and whether they had bought before it."""
    rows = retailer.stages[["customer", "as_of_date", "stage", "first_purchase_on"]]
    rows = rows[rows["as_of_date"].isin(retailer.books.month_ends)].sort_values(["customer", "as_of_date"])
    spend = retailer.known[["customer", "as_of_date", "monthly_spend"]]
    rows = rows.merge(spend, on=["customer", "as_of_date"]).rename(columns={"stage": "after"})
    by = rows.groupby("customer")
    # Both files begin with the retailer's first month, so who was not known before had not bought before.
    rows["stage"] = by["after"].shift().fillna("prospect")
    rows["former_spend"] = by["monthly_spend"].shift()
    starts = rows["as_of_date"] + pd.Timedelta(days=1) - pd.DateOffset(months=1)
    rows["had_bought"] = rows["first_purchase_on"] < starts
    rows["has_bought"] = rows["first_purchase_on"] <= rows["as_of_date"]
    return rows


@pytest.fixture(scope="module")
def sales(retailer, began) -> pd.DataFrame:
    """Orders of whole months: whose, in which stage the month began, and the part of them in new categories."""
    books = retailer.books
    first = books.sales.groupby("customer")["day"].min()
    orders = books.orders.assign(as_of_date=books.orders["day"] + pd.offsets.MonthEnd(0))
    orders = orders[orders["as_of_date"].isin(books.month_ends)]
    orders = orders.merge(began[["customer", "as_of_date", "stage"]], on=["customer", "as_of_date"], how="left")
    orders["stage"] = orders["stage"].fillna("unassigned")
    orders["is_first"] = orders["day"] == orders["customer"].map(first)
    lines = books.lines[(books.lines["kind"] == "sale")].dropna(subset=["customer", "category"])
    seen = lines.groupby(["customer", "category"])["day"].min().reset_index()
    new = seen[seen["day"] > seen["customer"].map(first)]
    new = new.assign(month=new["day"].dt.to_period("M"))[["customer", "category", "month"]]
    of_new = lines.assign(month=lines["day"].dt.to_period("M")).merge(new, on=["customer", "category", "month"])
    orders["new_amount"] = orders["order"].map(of_new.groupby("order")["amount"].sum()).fillna(0)
    orders.attrs["new"] = new
    return orders


@pytest.fixture(scope="module")
def expected(retailer, began, sales) -> pd.DataFrame:
    """base, events and amount by month-end, stage and driver; what nothing happened to is left out."""
    sold = sales[sales["kind"] == "sale"]
    lost, not_lost = sales[sales["stage"] == "lost"], sales[sales["stage"] != "lost"]
    alive, gone = began[began["stage"] != "lost"], began[began["stage"] == "lost"]
    buyers = alive[alive["has_bought"]]
    told: dict[str, tuple] = {}
    unsold = began[~began["had_bought"]]
    comes = unsold[unsold["has_bought"]]
    told["purchase_intention"] = (size(unsold), size(comes), money(sales[sales["is_first"]], "gross"))
    repeats = not_lost[~not_lost["is_first"]]
    told["recurring_revenue"] = (
        size(buyers),
        size(sold[(sold["stage"] != "lost") & ~sold["is_first"] & sold["customer"].notna()]),
        money(repeats.assign(rest=repeats["gross"] - repeats["new_amount"]), "rest"),
    )
    new = sales.attrs["new"].assign(as_of_date=lambda rows: rows["month"].dt.end_time.dt.normalize())
    new = new.merge(buyers[["customer", *KEY]], on=["customer", "as_of_date"])
    told["cross_sell"] = (size(buyers), size(new), money(repeats, "new_amount"))
    won = lost[lost["kind"] == "sale"].drop_duplicates(["customer", "as_of_date"])
    told["win_back"] = (size(gone), size(won), money(lost, "gross"))
    telling = sales[sales["discount"].notna()]
    given = telling[telling["discount"] != 0]
    told["discounts"] = (size(telling), size(given), -money(given, "discount"))
    left = alive[alive["after"] == "lost"]
    # One who sent more back than they bought is no loss.
    given_up = -left.assign(loss=left["former_spend"].clip(lower=0)).groupby(KEY)["loss"].sum()
    told["leaving"] = (size(alive), size(left), given_up)
    parts = [
        pd.DataFrame(dict(zip(("base", "events", "amount"), three, strict=True))).fillna(0).assign(driver=driver)
        for driver, three in told.items()
    ]
    return pd.concat(parts).set_index("driver", append=True)


def size(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby(KEY).size()


def money(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows.groupby(KEY)[column].sum() / TEN_THOUSANDTHS


@pytest.fixture(scope="module")
def found(retailer) -> pd.DataFrame:
    return retailer.read("select * from value_drivers").set_index([*KEY, "driver"]).sort_index()


def untold(retailer) -> dict[str, str]:
    extra = {"cross_sell": "products", "discounts": "orders.discount_amount"}
    return UNTOLD | (extra if retailer.name == "online_retail" else {})


def test_a_driver_that_no_file_tells_of_says_what_is_missing(retailer, found):
    missing = found.reset_index().groupby("driver")["missing"]
    assert missing.first().dropna().to_dict() == untold(retailer)
    for driver, own in found.groupby("driver"):
        assert own["amount"].isna().all() == (driver in untold(retailer)), driver
    assert set(found.index.get_level_values("as_of_date")) == set(retailer.books.month_ends)


def test_every_driver_of_every_month_and_stage(retailer, found, expected):
    known = found[~found.index.get_level_values("driver").isin(untold(retailer))]
    ours = expected.reindex(known.index)
    without = ~ours.index.isin(expected.index)
    for name in ("base", "events", "amount"):
        theirs = known[name].astype(float).fillna(0)
        by_hand = ours[name].astype(float).fillna(0)
        if name != "amount":
            # Money without a customer has no base to be measured by.
            nobody = known.index.get_level_values("stage") == "unassigned"
            theirs, by_hand = theirs[~nobody], by_hand[~nobody]
        wrong = pd.DataFrame({"found": theirs, "expected": by_hand})[(theirs - by_hand).abs() > 2e-3]
        assert wrong.empty, (name, len(wrong), wrong.head(8))
    assert (known.loc[without, "amount"].fillna(0) == 0).all()
    told = expected[(expected["amount"] != 0)].index.difference(known.index)
    assert set(told.get_level_values("driver")) <= set(untold(retailer)), "nothing that happened is left out"


def test_money_counts_once(retailer, found, sales):
    """Purchase intention, recurring revenue, cross-sell and win-back of a month add up to its gross revenue."""
    parts = ["purchase_intention", "recurring_revenue", "cross_sell", "win_back"]
    rows = found.reset_index()
    summed = rows[rows["driver"].isin(parts)].groupby("as_of_date")["amount"].sum().astype(float)
    gross = sales.groupby("as_of_date")["gross"].sum() / TEN_THOUSANDTHS
    assert summed.to_dict() == pytest.approx(gross.to_dict(), abs=1e-3)


def test_changes_are_since_the_month_before(found):
    rows = found.reset_index().sort_values("as_of_date")
    for _, own in rows.groupby(["stage", "driver"]):
        amounts = own["amount"].astype(float)
        months = own["as_of_date"].dt.to_period("M")
        follows = months == months.shift() + 1
        before = amounts.shift().where(follows)
        both = before.notna() & amounts.notna() & own["previous_amount"].notna()
        assert own["previous_amount"].astype(float)[both].to_numpy() == pytest.approx(before[both].to_numpy())
        assert own["change_of_amount"].astype(float)[both].to_numpy() == pytest.approx(
            (amounts - before)[both].to_numpy(), abs=1e-3
        )


def shapley(before: list[float], now: list[float]) -> np.ndarray:
    """What each factor's change did to their product, averaged over the orders in which they could have moved."""
    effects = np.zeros(3)
    orders = list(permutations(range(3)))
    for order in orders:
        state = list(before)
        for factor in order:
            was = np.prod(state)
            state[factor] = now[factor]
            effects[factor] += (np.prod(state) - was) / len(orders)
    return effects


def numbers(values: Iterable) -> list[float]:
    return [np.nan if pd.isna(value) else float(value) for value in values]


def test_levers_are_base_rate_and_worth_and_share_the_change(retailer, found):
    levers = retailer.read("select * from value_driver_levers")
    wide = levers.pivot(index=[*KEY, "driver"], columns="lever", values=["lever_value", "previous_value", "effect"])
    judged = 0
    for key, row in wide.iterrows():
        told = found.loc[key]
        base, events, amount = numbers(told[["base", "events", "amount"]])
        value, former, effect = (
            numbers(row[kind, lever] for lever in ("base", "rate", "worth"))
            for kind in ("lever_value", "previous_value", "effect")
        )
        measured = [base, events / base if base else np.nan, amount / events if events else np.nan]
        assert value == pytest.approx(measured, rel=1e-5, abs=1e-4, nan_ok=True), key
        if np.isnan(effect).any() or np.isnan(former[0]):
            continue
        pairs = []
        for now, was in zip(value, former, strict=True):
            now, was = (was if np.isnan(now) else now), (now if np.isnan(was) else was)
            pairs.append((0.0 if np.isnan(was) else was, 0.0 if np.isnan(now) else now))
        moved = shapley(*(list(side) for side in zip(*pairs, strict=True)))
        assert effect == pytest.approx(moved, abs=max(0.05, 2e-5 * abs(amount))), key
        assert sum(effect) == pytest.approx(float(told["change_of_amount"]), abs=0.01), key
        judged += 1
    assert judged > 50
