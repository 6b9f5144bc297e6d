"""Preferences by the shipped policy, from rows in pandas: one customer, date and dimension after the other."""

from __future__ import annotations

from collections import Counter, defaultdict

import pandas as pd

MONTHS, PRIOR, PRODUCTS = 12, 5, 3  # include/policies/preferences.yml
MINIMUM = {"channel": 3, "category": 5, "price_band": 5, "discount": 3}
BANDS = (("low", 0.34), ("middle", 0.67), ("high", 1.0))


def bands(lines: pd.DataFrame) -> dict[str, str]:
    """Price band by product, of sale lines with product, category, quantity, amount and discount."""
    sold = lines[(lines["quantity"] > 0) & lines["product"].notna()]
    totals = sold.assign(worth=sold["amount"] + sold["discount"].fillna(0)).groupby("product")
    prices = (totals["worth"].sum() / totals["quantity"].sum()).round(6)
    category = lines.dropna(subset=["product"]).groupby("product")["category"].first().reindex(prices.index)
    found = {}
    for _, members in prices.groupby(category.fillna("")):
        size = len(members)
        for product, price in members.items() if size >= PRODUCTS else ():
            below, up_to = (members < price).sum(), (members <= price).sum()
            place = round((below + up_to - 1) / (2 * (size - 1)), 6) if size > 1 else 0.5
            found[product] = next(band for band, bar in BANDS if place <= bar)
    return found


def preferences_at(orders: pd.DataFrame, lines: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Rows of customer_preferences at a date, by customer and dimension.

    Parameters
    ----------
    orders : sale orders with customer, day, channel, discount (missing when none is told) and coupon
    lines : sale lines with customer, day, product, category, quantity, amount, discount
    """
    first = as_of + pd.Timedelta(days=1) - pd.DateOffset(months=MONTHS)
    orders = orders[(orders["day"] >= first) & (orders["day"] <= as_of)]
    lines = lines[(lines["day"] >= first) & (lines["day"] <= as_of)]
    band = bands(lines)
    known, goods = orders[orders["customer"].notna()], lines[lines["customer"].notna()]
    told = known[known["discount"].notna()]
    saved = (told["discount"] > 0) | told["coupon"].notna()
    chosen = {
        "channel": (known["customer"], known["channel"]),
        "discount": (told["customer"], saved.map({True: "discounted", False: "full_price"})),
        "category": (goods["customer"], goods["category"]),
        "price_band": (goods["customer"], goods["product"].map(band)),
    }
    rows = []
    for dimension, (customers, choices) in chosen.items():
        rows += _rows(dimension, customers, choices, sorted(known["customer"].unique()))
    return pd.DataFrame(rows)


def _rows(dimension: str, customers: pd.Series, choices: pd.Series, everybody: list[str]) -> list[dict]:
    own: dict[str, Counter] = defaultdict(Counter)
    for customer, choice in zip(customers, choices, strict=True):
        if isinstance(choice, str):
            own[customer][choice] += 1
    total = sum(own.values(), Counter())
    share = {choice: count / sum(total.values()) for choice, count in total.items()}
    place = {choice: -rank for rank, choice in enumerate(sorted(total, key=lambda one: (-total[one], one)))}
    rows = []
    for customer in everybody:
        counts = own[customer]
        evidence = sum(counts.values())
        row = {"customer": customer, "dimension": dimension, "evidence": evidence}
        row["confidence"] = evidence / (evidence + PRIOR)
        if evidence >= MINIMUM[dimension]:
            best = max(counts, key=lambda one: (counts[one], place[one]))
            lean = max(counts, key=lambda one: (round(counts[one] / share[one], 3), place[one]))
            expected = (counts[best] + PRIOR * share[best]) / (evidence + PRIOR)
            row |= {"preferred": best, "choices": counts[best], "share": counts[best] / evidence}
            row |= {"expected_share": expected, "everybodys_share": share[best], "lift": expected / share[best]}
            leaning = (counts[lean] + PRIOR * share[lean]) / (evidence + PRIOR) / share[lean]
            row |= {"leans_to": lean, "leans_to_lift": leaning, "reason": None}
        elif not total:
            row["reason"] = "no source tells it"
        else:
            row["reason"] = "too few choices" if evidence else "nothing told of this customer"
        rows.append(row)
    return rows


def assert_equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Every row of `found` is one of `expected`, by customer and dimension, figures to six places."""
    key = ["customer", "dimension"]
    both = expected.merge(found, on=key, how="outer", suffixes=("_by_hand", ""), validate="1:1", indicator=True)
    assert (both["_merge"] == "both").all(), both[both["_merge"] != "both"].head()
    for name in ("preferred", "leans_to", "reason"):
        wrong = both[both[name].fillna("") != both[f"{name}_by_hand"].fillna("")]
        assert wrong.empty, (name, wrong[[*key, name, f"{name}_by_hand"]].head())
    for name in (
        "evidence",
        "choices",
        "share",
        "expected_share",
        "everybodys_share",
        "lift",
        "leans_to_lift",
        "confidence",
    ):
        apart = (both[name].astype(float) - both[f"{name}_by_hand"].astype(float)).abs()
        assert both[name].isna().equals(both[f"{name}_by_hand"].isna()), name
        assert apart.fillna(0).max() < 2e-6, (name, both.loc[apart.idxmax(), [*key, name, f"{name}_by_hand"]])
