"""customer_metrics once more, from the words of their descriptions and a retailer's books, for one as-of date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.real_retailers.books import TEN_THOUSANDTHS, Books

# What neither retailer's files tell of: null for everyone at every date.
UNTOLD = (
    *("complaint_rate", "points_balance", "monthly_recurring_revenue", "overdue_amount", "written_off_lifetime"),
    *("service_cost_12m", "marketing_cost_12m", "roi_12m", "tickets_12m", "complaints_12m", "contacts_12m"),
    *(
        "active_days_3m",
        "sessions_3m",
        "logins_1m",
        "duration_minutes_3m",
        "referrals_lifetime",
        "referred_buyers_lifetime",
    ),
    *("active_subscriptions", "solution_hours_12m", "nps_score", "csat_12m", "rating_12m", "days_since_active"),
)


def metrics_at(books: Books, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row per customer known by the date, indexed by the source's key; money in workspace currency."""
    people = books.people[books.people["known_on"].isna() | (books.people["known_on"] <= as_of)].set_index("customer")
    orders = books.orders[(books.orders["day"] <= as_of) & books.orders["customer"].notna()]
    told = pd.DataFrame(index=people.index)
    _counts_and_money(told, orders, as_of)
    _days(told, orders, people, as_of)
    _breadth(told, books, orders, as_of)
    _ratios(told)
    _campaigns(told, books, as_of)
    for name in UNTOLD:
        told[name] = np.nan
    return told


def within(frame: pd.DataFrame, as_of: pd.Timestamp, months: int, back: int = 0) -> pd.DataFrame:
    """Rows of the `months` that end on the date, or so many months earlier."""
    end = as_of + pd.Timedelta(days=1)
    begin, end = end - pd.DateOffset(months=months + back), end - pd.DateOffset(months=back)
    return frame[(frame["day"] >= begin) & (frame["day"] < end)]


def _counts_and_money(told: pd.DataFrame, orders: pd.DataFrame, as_of: pd.Timestamp) -> None:
    sales = orders[orders["kind"] == "sale"]
    for name, months in {"lifetime": 1200, "12m": 12, "6m": 6, "3m": 3, "1m": 1}.items():
        told[f"orders_{name}"] = _sum(told, within(sales, as_of, months).assign(one=1), "one")
        told[f"net_revenue_{name}"] = _sum(told, within(orders, as_of, months), "net") / TEN_THOUSANDTHS
    for name, months in {"lifetime": 1200, "12m": 12}.items():
        seen = within(orders, as_of, months)
        told[f"gross_revenue_{name}"] = _sum(told, seen, "gross") / TEN_THOUSANDTHS
        told[f"returned_amount_{name}"] = _sum(told, seen, "returned") / TEN_THOUSANDTHS
        told[f"gross_margin_{name}"] = _sum(told, seen, "margin") / TEN_THOUSANDTHS
    # Neither shipping nor service nor addressing is told of, so nothing is taken off.
    told["profit_12m"] = told["gross_margin_12m"]
    assumed = orders[orders["kind"].isin(["sale", "return"])]
    told["margin_is_assumed"] = told.index.isin(assumed["customer"])
    last = within(orders, as_of, 12)
    told["return_orders_12m"] = _sum(told, last[last["kind"] == "return"].assign(one=1), "one")
    told["discount_amount_12m"] = last.groupby("customer")["discount"].sum(min_count=1) / TEN_THOUSANDTHS
    now, before = (within(orders, as_of, 3, back) for back in (0, 3))
    for name, of in {"orders_trend_3m": None, "gross_revenue_trend_3m": "gross"}.items():
        pair = [
            _sum(told, part, of) if of else _sum(told, part[part["kind"] == "sale"].assign(one=1), "one")
            for part in (now, before)
        ]
        told[name] = _share(pair[0] - pair[1], pair[0] + pair[1])


def _days(told: pd.DataFrame, orders: pd.DataFrame, people: pd.DataFrame, as_of: pd.Timestamp) -> None:
    """All that counts days with a sale, and months."""
    days = orders[orders["kind"] == "sale"][["customer", "day"]].drop_duplicates().sort_values(["customer", "day"])
    by = days.groupby("customer")["day"]
    told["first_purchase_on"], told["last_purchase_on"] = by.min(), by.max()
    known = people["created_on"].where(people["created_on"] <= as_of)
    told["tenure_days"] = (as_of - pd.concat([known, told["first_purchase_on"]], axis=1).min(axis=1)).dt.days
    told["recency_days"] = (as_of - told["last_purchase_on"]).dt.days
    told["purchase_span_days"] = (told["last_purchase_on"] - told["first_purchase_on"]).dt.days
    told["purchase_days_lifetime"] = by.size().reindex(told.index, fill_value=0)
    recent = within(days, as_of, 12)
    told["purchase_days_12m"] = recent.groupby("customer").size().reindex(told.index, fill_value=0)
    was_first = recent["day"] == recent["customer"].map(told["first_purchase_on"])
    told["repurchases_12m"] = recent[~was_first].groupby("customer").size().reindex(told.index, fill_value=0)
    told["active_months_lifetime"] = (
        days.assign(month=days["day"].dt.to_period("M")).groupby("customer")["month"].nunique()
    ).reindex(told.index, fill_value=0)
    told["active_months_12m"], told["months_observed"] = 0, 0
    first_order = orders.groupby("customer")["day"].min().reindex(told.index)
    for back in range(12):
        buyers = within(days, as_of, 1, back)["customer"].unique()
        told["active_months_12m"] += told.index.isin(buyers)
        told["months_observed"] += first_order < as_of + pd.Timedelta(days=1) - pd.DateOffset(months=back)
    told["weekend_share"] = (days["day"].dt.day_of_week >= 5).groupby(days["customer"]).mean()
    gaps = by.diff().dt.days
    by_gap = gaps.groupby(days["customer"])
    told["mean_gap_days"], told["longest_gap_days"] = by_gap.mean(), by_gap.max()
    told["gap_variation"] = (by_gap.std(ddof=0) / by_gap.mean()).where(by_gap.count() > 1)
    told["rhythm_ratio"] = told["recency_days"] / told["mean_gap_days"]


def _breadth(told: pd.DataFrame, books: Books, orders: pd.DataFrame, as_of: pd.Timestamp) -> None:
    """What depends on lines is unknown until there is an order with lines; every order here has some."""
    has_lines = told.index.isin(orders["customer"])
    lines = books.lines[(books.lines["day"] <= as_of) & books.lines["customer"].notna()]
    last = within(lines, as_of, 12)
    told["lines_12m"] = _sum(told, last.assign(one=1), "one").where(has_lines)
    for name, seen in {"lifetime": lines, "12m": last}.items():
        sold = seen[seen["kind"] == "sale"]
        for thing, column in {"products": "product", "categories": "category"}.items():
            told[f"{thing}_{name}"] = _distinct(told, sold, column).where(has_lines)
        told[f"units_{name}"] = (_sum(told, sold, "quantity") / TEN_THOUSANDTHS).where(has_lines)


def _ratios(told: pd.DataFrame) -> None:
    told["units_per_order_12m"] = _share(told["units_12m"], told["orders_12m"])
    full = told["gross_revenue_12m"] + told["discount_amount_12m"]
    told["discount_share_12m"] = _share(told["discount_amount_12m"], full)
    told["return_rate_12m"] = _share(told["returned_amount_12m"], told["gross_revenue_12m"])
    told["average_order_value"] = _share(told["gross_revenue_lifetime"], told["orders_lifetime"])
    told["average_order_value_12m"] = _share(told["gross_revenue_12m"], told["orders_12m"])
    for name, of in {
        "monthly_spend": "net_revenue_12m",
        "orders_per_month_12m": "orders_12m",
        "active_month_share_12m": "active_months_12m",
    }.items():
        told[name] = _share(told[of], told["months_observed"])


def _campaigns(told: pd.DataFrame, books: Books, as_of: pd.Timestamp) -> None:
    """Coupons each once a day, campaigns when first answered; targeting carries no day and cannot be counted."""
    dated = books.touches[books.touches["day"] <= as_of]
    used = dated.drop_duplicates(["customer", "day", "coupon"])
    answered = dated.groupby(["customer", "campaign"], as_index=False)["day"].min()
    for name, rows in {"coupon_uses_12m": used, "responses_12m": answered}.items():
        told[name] = _sum(told, within(rows, as_of, 12).assign(one=1), "one") if len(dated) else np.nan
    told["touches_12m"] = np.nan


def _sum(told: pd.DataFrame, frame: pd.DataFrame, column: str) -> pd.Series:
    return frame.groupby("customer")[column].sum().reindex(told.index, fill_value=0)


def _distinct(told: pd.DataFrame, frame: pd.DataFrame, column: str) -> pd.Series:
    pairs = frame[["customer", column]].dropna().drop_duplicates()
    return pairs.groupby("customer").size().reindex(told.index, fill_value=0)


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """To six decimals, as ratios are told: what is equal when told has one rank."""
    exact = part / whole.where(whole != 0)
    return np.sign(exact) * np.floor(exact.abs() * 1e6 + 0.5) / 1e6
