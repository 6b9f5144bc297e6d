"""customer_metrics against a brute-force count in pandas that scans everything anew for each customer and date."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from include.policies.churn_policy import indicator_names
from tests.dbt_project import shop

AS_OF = shop.LAST_DAY  # inside a month, so that both calendars are at work
COMPARED = [
    *("tenure_days", "recency_days", "purchase_span_days", "orders_lifetime", "orders_12m", "orders_6m", "orders_3m"),
    *("orders_1m", "purchase_days_lifetime", "purchase_days_12m", "return_orders_12m", "gross_revenue_lifetime"),
    *("gross_revenue_12m", "net_revenue_lifetime", "net_revenue_12m", "net_revenue_6m", "net_revenue_3m"),
    *("net_revenue_1m", "returned_amount_lifetime", "returned_amount_12m", "lines_12m", "products_lifetime"),
    *("products_12m", "categories_lifetime", "categories_12m", "units_12m", "discount_amount_12m", "return_rate_12m"),
    *("weekend_share", "mean_gap_days", "longest_gap_days", "gap_variation", "rhythm_ratio", "orders_trend_3m"),
    *("average_order_value", "average_order_value_12m", "discount_share_12m", "units_per_order_12m"),
]


@pytest.fixture(scope="module")
def built(whole_shop):
    shop_world = whole_shop()
    return {
        "metrics": shop_world.read("select * from core.customer_metrics"),
        "xref": shop_world.read("select * from core.customer_xref"),
        "dates": shop_world.read("select * from ops.as_of_dates"),
        "orders": shop_world.read("select * from core.fct_orders"),
        "features": shop_world.read("select * from int.int_churn__features"),
    }


def counted(orders, lines, customers, as_of) -> dict:
    """Every compared metric of one customer from their own rows, as plainly as it can be said."""
    as_of = pd.Timestamp(as_of)
    orders = orders[orders["day"] <= as_of]
    lines = lines[lines["day"] <= as_of]
    sales = orders[orders["kind"] == "sale"]
    created = customers.loc[customers["created_on"].notna() & (customers["created_on"] <= as_of), "created_on"]

    def within(frame, months, back=0):
        end = as_of + pd.Timedelta(days=1)
        from_, to = end - pd.DateOffset(months=months + back), end - pd.DateOffset(months=back)
        return frame[(frame["day"] >= from_) & (frame["day"] < to)]

    def net(frame):
        return frame["gross"].sum() - frame["returned"].sum() + frame["adjusted"].sum()

    days = pd.Series(sorted(sales["day"].unique()), dtype="datetime64[us]")
    gaps = days.diff().dropna().dt.days
    last_12m, sales_12m, lines_12m = within(orders, 12), within(sales, 12), within(lines, 12)
    told, ever_lines = last_12m["discount"].notna().any(), len(lines) > 0
    now, before = within(sales, 3), within(sales, 3, back=3)
    first = min([*created, *days.head(1)], default=None)
    sold, sold_12m = lines[lines["kind"] == "sale"], lines_12m[lines_12m["kind"] == "sale"]
    share = lambda a, b: a / b if b else np.nan  # noqa: E731
    result = {
        "tenure_days": (as_of - first).days if first is not None else np.nan,
        "recency_days": (as_of - days.iloc[-1]).days if len(days) else np.nan,
        "purchase_span_days": (days.iloc[-1] - days.iloc[0]).days if len(days) else np.nan,
        "purchase_days_lifetime": len(days),
        "purchase_days_12m": sales_12m["day"].nunique(),
        "return_orders_12m": (last_12m["kind"] == "return").sum(),
        "lines_12m": len(lines_12m) if ever_lines else np.nan,
        "products_lifetime": sold["product_key"].nunique() if ever_lines else np.nan,
        "products_12m": sold_12m["product_key"].nunique() if ever_lines else np.nan,
        "categories_lifetime": sold["category"].nunique() if ever_lines else np.nan,
        "categories_12m": sold_12m["category"].nunique() if ever_lines else np.nan,
        "units_12m": sold_12m["quantity"].sum() if ever_lines else np.nan,
        "discount_amount_12m": last_12m["discount"].sum() if told else np.nan,
        "returned_amount_lifetime": orders["returned"].sum(),
        "returned_amount_12m": last_12m["returned"].sum(),
        "return_rate_12m": share(last_12m["returned"].sum(), last_12m["gross"].sum()),
        "weekend_share": share((days.dt.day_of_week >= 5).sum(), len(days)) if len(days) else np.nan,
        "mean_gap_days": gaps.mean(),
        "longest_gap_days": gaps.max(),
        "gap_variation": gaps.std(ddof=0) / gaps.mean() if len(gaps) > 1 else np.nan,
        "orders_trend_3m": share(len(now) - len(before), len(now) + len(before)),
        "average_order_value": share(orders["gross"].sum(), len(sales)),
        "average_order_value_12m": share(last_12m["gross"].sum(), len(sales_12m)),
    }
    result["rhythm_ratio"] = result["recency_days"] / result["mean_gap_days"]
    result["units_per_order_12m"] = share(result["units_12m"], len(sales_12m))
    result["discount_share_12m"] = share(
        result["discount_amount_12m"], last_12m["gross"].sum() + result["discount_amount_12m"]
    )
    for name, months in {"lifetime": 600, "12m": 12, "6m": 6, "3m": 3, "1m": 1}.items():
        result[f"orders_{name}"] = len(within(sales, months))
        result[f"net_revenue_{name}"] = net(within(orders, months))
        result[f"gross_revenue_{name}"] = within(orders, months)["gross"].sum()
    return result


def test_every_metric_equals_a_count_from_scratch(built):
    orders, lines = shop.orders_and_lines()
    customers = shop.customers(orders)
    customers["created_on"] = pd.to_datetime(customers["created_on"])
    orders = orders.assign(day=pd.to_datetime(orders["ordered_on"]))
    lines = lines.merge(orders[["source", "order_key", "customer_key", "day"]], on=["source", "order_key"])
    lines = lines.merge(shop.products()[["source", "product_key", "category"]], on=["source", "product_key"])
    lines[["amount", "quantity", "discount_amount"]] = lines[["amount", "quantity", "discount_amount"]].astype(float)
    by_kind = lines.pivot_table(index=["source", "order_key"], columns="kind", values="amount", aggfunc="sum")
    orders = orders.join(by_kind.fillna(0), on=["source", "order_key"]).join(
        lines.groupby(["source", "order_key"])["discount_amount"].sum().rename("discount"), on=["source", "order_key"]
    )
    line_kind = lines.groupby(["source", "order_key"])["kind"].first()
    orders["kind"] = orders["kind"].fillna(
        orders[["source", "order_key"]].join(line_kind, on=["source", "order_key"])["kind"]
    )
    amount = orders["amount"].astype(float)
    for name, kind, sign in (("gross", "sale", 1), ("returned", "return", -1), ("adjusted", "adjustment", 1)):
        orders[name] = sign * orders[kind].fillna(amount.where(orders["kind"] == kind, 0))
    keys = built["xref"].set_index("customer_id")

    nobody = {name: frame.iloc[:0] for name, frame in (("orders", orders), ("lines", lines), ("customers", customers))}
    owned = [
        (dict(list(frame.groupby(["source", "customer_key"]))), nobody[name])
        for name, frame in (("orders", orders), ("lines", lines), ("customers", customers))
    ]
    for row in built["metrics"].sample(250, random_state=7).itertuples():
        source, key = keys.loc[row.customer_id, ["source", "customer_key"]]
        own = [frames.get((source, key), none) for frames, none in owned]
        expected = counted(*own, row.as_of_date)
        actual = {name: getattr(row, name) for name in COMPARED}
        assert {name: np.nan if pd.isna(value) else float(value) for name, value in actual.items()} == pytest.approx(
            {name: float(expected[name]) for name in COMPARED}, abs=2e-6, nan_ok=True
        ), (source, key, row.as_of_date)


def test_a_row_for_everyone_known_at_the_date(built):
    """Dated customers are known from their date on; those whom an undated table tells of, always."""
    rows = built["metrics"].merge(built["xref"], on="customer_id")
    assert not rows.duplicated(["customer_id", "as_of_date"]).any()
    dates = len(built["dates"])
    assert (rows[rows["customer_key"].isin(["k70", "k71"])].groupby("customer_key").size() == dates).all()
    late = rows[rows["customer_key"] == "k72"]
    assert sorted(late["as_of_date"].dt.date) == [date(2024, 3, 31), AS_OF]
    assert (late["orders_lifetime"] == 0).all() and late["recency_days"].isna().all()


def test_features_name_no_one(built):
    """Only numbers known at the date: a model must not learn ids, nor attributes that carry no date."""
    columns = set(built["features"].columns) - {"customer_id", "as_of_date", "is_eligible", "told_reason"}
    assert columns == set(indicator_names())
    assert len(columns & set(built["metrics"].columns)) >= 20
    assert all(pd.api.types.is_float_dtype(built["features"][name]) for name in columns)
