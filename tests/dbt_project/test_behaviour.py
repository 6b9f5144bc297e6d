"""Preferences, activity and loyalty of the made-up shop against pandas that scans its rows anew for each date."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import preferences_by_hand, relations, shop

AS_OF = date(2024, 4, 17)  # inside a month
BUILT = "+customer_preferences +activity_state +loyalty_scores"
ANSWERS = ["opened", "clicked", "responded", "redeemed", "converted"]
# include/policies/loyalty.yml: metric, weight, worst, best
LOYALTY = {
    "repurchase": ("repurchases_12m", 0.30, 0, 12),
    "tenure": ("tenure_days", 0.15, 0, 1095),
    "regularity": ("active_month_share_12m", 0.15, 0, 1),
    "breadth": ("categories_12m", 0.15, 1, 6),
    "referral": ("referred_buyers_lifetime", 0.10, 0, 2),
    "satisfaction": ("csat_12m", 0.10, 2.5, 5),
    "recommendation": ("nps_score", 0.05, 0, 10),
}


@pytest.fixture(scope="module")
def tables():
    made = relations.tables()
    random = np.random.default_rng(5)
    channels = random.choice(["app", "web", "store", None], len(made["orders"]), p=(0.4, 0.3, 0.2, 0.1))
    made["orders"] = made["orders"].assign(channel=channels)
    return made


@pytest.fixture(scope="module")
def company(world, tables):
    made = world()
    for entity, rows in tables.items():
        made.load(entity, rows)
    made.load("customers", shop.customers(tables["orders"]))
    return made.build(AS_OF, BUILT)


@pytest.fixture(scope="module")
def keys(company):
    rows = company.read("select source || ':' || customer_key as key, customer_id from core.customer_xref")
    return rows.set_index("customer_id")["key"]


@pytest.fixture(scope="module")
def sold(tables):
    """Sale orders and sale lines with the names that the counting by hand reads."""
    orders, lines = tables["orders"], tables["order_items"]
    lines = lines.merge(orders[["source", "order_key", "customer_key", "ordered_on"]], on=["source", "order_key"])
    lines = lines.merge(
        tables["products"][["source", "product_key", "category"]], on=["source", "product_key"], how="left"
    )
    lines = lines.rename(columns={"product_key": "product", "discount_amount": "discount", "ordered_on": "day"})
    numbers = {name: lines[name].astype(float) for name in ("quantity", "amount", "discount")}
    lines = lines.assign(customer=_keys(lines), day=pd.to_datetime(lines["day"]), **numbers)
    strongest = lines.assign(rank=lines["kind"].map({"sale": 3, "return": 2, "adjustment": 1}))
    by_order = strongest.groupby(["source", "order_key"]).agg(rank=("rank", "max"), discount=("discount", "sum"))
    orders = orders.merge(by_order.reset_index(), on=["source", "order_key"], how="left")
    kind = orders["rank"].map({3: "sale", 2: "return", 1: "adjustment"}).fillna(orders["kind"])
    orders = orders.assign(customer=_keys(orders), day=pd.to_datetime(orders["ordered_on"]), order_kind=kind)
    return orders.rename(columns={"coupon_key": "coupon"}), lines[lines["kind"] == "sale"]


def _keys(rows: pd.DataFrame) -> pd.Series:
    return (rows["source"] + ":" + rows["customer_key"]).where(rows["customer_key"].notna())


def as_of_dates() -> list[pd.Timestamp]:
    """The current date and the twelve month-ends before it."""
    return [*pd.date_range("2023-04-30", "2024-03-31", freq="ME"), pd.Timestamp(AS_OF)]


def test_preferences_are_those_counted_by_hand(company, keys, sold):
    found = company.read("select * from marts.customer_preferences")
    found["customer"] = found["customer_id"].map(keys)
    orders, lines = sold
    orders = orders[orders["order_kind"] == "sale"]
    assert sorted(found["as_of_date"].unique()) == as_of_dates()
    for as_of in as_of_dates():
        expected = preferences_by_hand.preferences_at(orders, lines, as_of)
        preferences_by_hand.assert_equal(found[found["as_of_date"] == as_of], expected)
    assert found["preferred"].notna().groupby(found["dimension"]).sum().min() > 100
    assert {"too few choices", "nothing told of this customer"} <= set(found["reason"].dropna())


def test_price_bands_and_discounts_have_names_in_both_languages(company):
    words = company.read(
        "select distinct preferred, preferred_en, preferred_zh from marts.customer_preferences "
        "where dimension in ('price_band', 'discount') and preferred is not null"
    )
    assert set(words["preferred"]) == {"low", "middle", "high", "discounted", "full_price"}
    assert (words["preferred"] != words["preferred_zh"]).all() and words["preferred_en"].notna().all()


@pytest.fixture(scope="module")
def happenings(tables, sold):
    """Every day on which a customer did something, and what it was."""
    orders, _ = sold
    surveys = tables["surveys"]
    moment = surveys["answered_on"].where(surveys["answered_on"].notna(), surveys["asked_on"])
    scored = surveys.assign(day=moment.where(surveys["score"].notna()))
    touches = tables["campaign_touches"]
    parts = [
        orders[orders["order_kind"] == "sale"][["customer", "day"]].assign(what="purchase"),
        orders[orders["order_kind"] == "return"][["customer", "day"]].assign(what="word"),
        _days(tables["events"], "occurred_on", "event"),
        _days(tables["contacts"], "started_on", "word"),
        _days(tables["tickets"], "opened_on", "word"),
        _days(scored, "day", "word"),
        _days(tables["feedback"], "written_on", "word"),
        _days(touches[touches["kind"].isin(ANSWERS)], "touched_on", "word"),
    ]
    return pd.concat(parts).dropna(subset=["customer", "day"])


def _days(rows: pd.DataFrame, column: str, what: str) -> pd.DataFrame:
    return pd.DataFrame({"customer": _keys(rows), "day": pd.to_datetime(rows[column]), "what": what})


def test_activity_is_the_silence_by_own_rhythm(company, keys, happenings):
    found = company.read(
        "select states.*, purchase_days_lifetime, mean_gap_days, tenure_days, metrics.active_days_3m as days_3m "
        "from marts.activity_state as states join core.customer_metrics as metrics using (customer_id, as_of_date)"
    )
    (known,) = company.read("select count(*) as n from core.customer_metrics")["n"]
    assert len(found) == known
    found["customer"] = found["customer_id"].map(keys)
    for as_of in as_of_dates():
        past = happenings[happenings["day"] <= as_of]
        last = past.groupby("customer")["day"].max()
        for row in found[found["as_of_date"] == as_of].itertuples():
            day = last.get(row.customer)
            silent = (as_of - day).days if day is not None else row.tenure_days
            if day is not None:
                kinds = set(past[(past["customer"] == row.customer) & (past["day"] == day)]["what"])
                assert row.last_activity == next(kind for kind in ("purchase", "event", "word") if kind in kinds)
                assert row.last_activity_on == day
            if pd.isna(silent):
                assert (row.rule, pd.isna(row.state)) == ("nothing_known", True)
                continue
            rhythm = row.mean_gap_days if row.purchase_days_lifetime >= 4 else None
            limits = [  # include/policies/activity.yml
                int(min(max(1.5 * rhythm, 14), 90)) if rhythm is not None else 30,
                int(min(max(3 * rhythm, 30), 180)) if rhythm is not None else 90,
            ]
            expected = "active" if silent <= limits[0] else "nearly_silent" if silent <= limits[1] else "dormant"
            assert (row.state, row.days_silent) == (expected, silent), (as_of, row.customer)
            start = as_of + pd.Timedelta(days=1) - pd.DateOffset(months=3)
            assert row.stickiness == pytest.approx(row.days_3m / ((as_of - start).days + 1), abs=1e-6)
    assert set(found["rule"]) == {"own_rhythm", "days", "since_known", "nothing_known"}
    assert found["state"].value_counts().min() > 20


def test_loyalty_is_the_weighted_mean_of_what_is_known(company):
    metrics = company.read("select * from core.customer_metrics where orders_lifetime > 0")
    found = company.read("select * from marts.loyalty_scores")
    both = metrics.merge(found, on=["customer_id", "as_of_date"], how="outer", validate="1:1")
    assert len(both) == len(metrics) == len(found)
    parts, weights = {}, {}
    for part, (metric, weight, worst, best) in LOYALTY.items():
        parts[part] = ((both[metric].astype(float) - worst) / (best - worst)).clip(0, 1)
        weights[part] = weight * parts[part].notna()
    known = sum(weights.values())
    total = sum(weight * parts[part].fillna(0) for part, weight in weights.items())
    score = (100 * total / known).where(known >= 0.5)
    assert both["known_share"].to_numpy() == pytest.approx(known.to_numpy(), abs=1e-6)
    assert both["loyalty_score"].to_numpy(float) == pytest.approx(score.to_numpy(), abs=1e-3, nan_ok=True)
    for part in parts:
        points = 100 * LOYALTY[part][1] * parts[part] / known
        assert both[f"{part}_points"].to_numpy(float) == pytest.approx(points.to_numpy(), abs=1e-3, nan_ok=True), part
        assert both[f"{part}_points"].notna().sum() > 50, part
    levels = pd.cut(
        both["loyalty_score"], [-1, 20, 40, 60, 101], right=False, labels=["hardly", "loose", "loyal", "devoted"]
    )
    assert (levels.astype(object).fillna("") == both["loyalty_level"].fillna("")).all()
    assert both["unknown_parts"].notna().any() and both["unknown_parts"].isna().any()


def test_without_the_optional_entities_there_is_less_to_tell_and_nothing_fails(world):
    bare = world()
    orders, _ = shop.orders_and_lines()
    bare.load("orders", orders[orders["source"] == "till"])
    bare.load("customers", shop.customers(orders[orders["source"] == "till"]))
    bare.build(AS_OF, BUILT)
    reasons = bare.read("select dimension, reason, count(*) as n from marts.customer_preferences group by all")
    assert set(reasons["reason"]) == {"no source tells it"}
    assert set(reasons["dimension"]) == {"channel", "category", "price_band", "discount"}
    states = bare.read("select last_activity, stickiness from marts.activity_state")
    assert set(states["last_activity"].dropna()) <= {"purchase", "word"} and states["stickiness"].isna().all()
    unknown = bare.read("select distinct unknown_parts from marts.loyalty_scores")["unknown_parts"]
    assert set(unknown) == {"breadth referral satisfaction recommendation"}


def test_a_company_without_orders_has_empty_marts(world):
    empty = world().build(AS_OF, BUILT)
    for mart in ("customer_preferences", "activity_state", "loyalty_scores"):
        assert empty.read(f"select count(*) as n from marts.{mart}")["n"][0] == 0
