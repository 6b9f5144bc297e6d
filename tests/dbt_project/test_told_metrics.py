"""Margins and metrics that do not come from orders, against pandas that scans all rows anew for a customer and date."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import relations, shop

AS_OF = shop.LAST_DAY  # inside a month, so that both calendars are at work
POLICY_MARGIN = 0.25
REACHED = ["targeted", "sent", "delivered"]


@pytest.fixture(scope="module")
def rows():
    tables = relations.tables()
    lines = tables["order_items"].merge(tables["orders"][["source", "order_key", "ordered_on", "customer_key"]])
    return tables | {"lines": lines.merge(tables["products"], on=["source", "product_key"], how="left")}


@pytest.fixture(scope="module")
def metrics(told_shop):
    made = told_shop()
    return made.read(
        "select metrics.*, source, customer_key from core.customer_metrics as metrics "
        "join core.customer_xref using (customer_id) order by customer_id, as_of_date"
    )


def within(days: pd.Series, as_of: date, months: int = 10_000) -> pd.Series:
    """Whether the days lie in the months that end on the as-of date."""
    after = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    first = after - pd.DateOffset(months=months) if months < 10_000 else pd.Timestamp("1900-01-01")
    stamps = pd.to_datetime(days)
    return (stamps >= first) & (stamps < after)


class Known:
    """The rows of one customer, and those of everybody, up to a date."""

    def __init__(self, rows: dict[str, pd.DataFrame], source: str, key: str, as_of: date):
        self.rows, self.source, self.key, self.as_of = rows, source, key, as_of

    def own(self, table: str) -> pd.DataFrame:
        frame = self.rows[table]
        return frame[(frame["source"] == self.source) & (frame["customer_key"] == self.key)]

    def told(self, table: str, day: str, where=None) -> bool:
        frame = self.rows[table]
        frame = frame if where is None else frame[where(frame)]
        return bool(within(frame[day], self.as_of).any())

    def count(self, frame: pd.DataFrame, day: str, months: int = 10_000) -> int:
        return int(within(frame[day], self.as_of, months).sum())


def service(known: Known) -> dict:
    tickets, contacts = known.own("tickets"), known.own("contacts")
    solved = tickets[within(tickets["solved_on"], known.as_of, 12)]
    hours = (pd.to_datetime(solved["solved_at"]) - solved["opened_at"]).dt.total_seconds() / 3600
    told = known.told("tickets", "opened_on")
    return {
        "tickets_12m": known.count(tickets, "opened_on", 12) if told else np.nan,
        "complaints_12m": known.count(tickets[tickets["kind"] == "complaint"], "opened_on", 12) if told else np.nan,
        "contacts_12m": known.count(contacts, "started_on", 12) if known.told("contacts", "started_on") else np.nan,
        "solution_hours_12m": hours.clip(lower=0).mean(),
    }


def satisfaction(known: Known) -> dict:
    answers = known.own("surveys").dropna(subset=["score"])
    answers = answers.assign(known_on=answers["answered_on"].fillna(answers["asked_on"]))
    nps = answers[(answers["kind"] == "nps") & within(answers["known_on"], known.as_of)]
    nps = nps.assign(at=pd.to_datetime(nps["answered_at"]).fillna(nps["asked_at"])).sort_values(
        ["known_on", "at", "survey_answer_key"]
    )
    csat = answers[(answers["kind"] == "csat") & within(answers["known_on"], known.as_of, 12)]
    texts = known.own("feedback")
    return {
        "nps_score": nps["score"].iloc[-1] if len(nps) else np.nan,
        "csat_12m": csat["score"].mean(),
        "rating_12m": texts.loc[within(texts["written_on"], known.as_of, 12), "rating"].mean(),
    }


def behaviour(known: Known) -> dict:
    events = known.own("events")
    recent = events[within(events["occurred_on"], known.as_of, 3)]
    ever = events.loc[within(events["occurred_on"], known.as_of), "occurred_on"]
    has_key = lambda frame: frame["session_key"].notna()  # noqa: E731
    is_login = lambda frame: frame["kind"] == "login"  # noqa: E731
    measured = lambda frame: frame["duration_seconds"].between(0, 86400)  # noqa: E731
    visits = recent.dropna(subset=["session_key"]).drop_duplicates(["occurred_on", "session_key"])
    return {
        "active_days_3m": recent["occurred_on"].nunique() if known.told("events", "occurred_on") else np.nan,
        "sessions_3m": len(visits) if known.told("events", "occurred_on", has_key) else np.nan,
        "logins_1m": known.count(events[is_login(events)], "occurred_on", 1)
        if known.told("events", "occurred_on", is_login)
        else np.nan,
        "duration_minutes_3m": recent.loc[measured(recent), "duration_seconds"].sum() / 60
        if known.told("events", "occurred_on", measured)
        else np.nan,
        "days_since_active": (known.as_of - max(ever)).days if len(ever) else np.nan,
        "coupon_uses_12m": coupon_uses(known),
    }


def coupon_uses(known: Known) -> float:
    """Coupons by day from four tables; a use whose coupon has no name counts when no other of the day has one."""
    tables = (
        ("orders", "ordered_on", lambda frame: frame["coupon_key"].notna()),
        ("lines", "ordered_on", lambda frame: frame["coupon_key"].notna()),
        ("events", "occurred_on", lambda frame: frame["kind"] == "coupon_use"),
        ("campaign_touches", "touched_on", lambda frame: frame["kind"] == "redeemed"),
    )
    uses = pd.concat(
        known.own(table)[lambda frame, where=where: where(frame)][[day, "coupon_key"]].set_axis(
            ["day", "coupon"], axis=1
        )
        for table, day, where in tables
    )
    by_day = uses[within(uses["day"], known.as_of, 12)].groupby("day")["coupon"].nunique()
    return by_day.clip(lower=1).sum() if any(known.told(*table) for table in tables) else np.nan


def campaigns(known: Known) -> dict:
    touches = known.own("campaign_touches")
    touches = touches[touches["is_control"].isin([None, False, np.nan]) & touches["touched_on"].notna()]
    touches = touches.assign(campaign=touches["campaign_key"].fillna(touches["touch_key"]))
    reached = touches[touches["kind"].isin(REACHED)]
    reached = reached[within(reached["touched_on"], known.as_of, 12)].drop_duplicates(["campaign", "touched_on"])
    answered = touches[touches["kind"].isin(["responded", "redeemed", "converted"])]
    answered = answered.groupby("campaign", as_index=False)["touched_on"].min()
    told = known.told("campaign_touches", "touched_on")
    reaches = lambda frame: frame["kind"].isin(REACHED)  # noqa: E731
    return {
        "touches_12m": len(reached) if known.told("campaign_touches", "touched_on", reaches) else np.nan,
        "responses_12m": known.count(answered, "touched_on", 12) if told else np.nan,
    }


def costs(known: Known) -> dict:
    """Every cost as of the date: what a booking names is the booking's from its day on; taken back on that day."""
    entries = []
    bookings = known.rows["service_costs"]
    compensations = bookings[bookings["kind"] == "compensation"].groupby(["source", "ticket_key"])["incurred_on"].min()
    for_contacts = bookings.groupby(["source", "contact_key"])["incurred_on"].min()
    for row in known.own("service_costs").itertuples():
        entries.append(("marketing" if row.kind == "marketing" else "service", row.incurred_on, row.amount))
    named = [
        *((for_contacts, r.contact_key, r.started_on, r.cost) for r in known.own("contacts").itertuples()),
        *(
            (compensations, r.ticket_key, min((d for d in (r.solved_on, r.closed_on) if d), default=None),
             r.compensation_amount)
            for r in known.own("tickets").itertuples()
        ),
    ]  # fmt: skip
    for booked, key, day, cost in named:
        if day is None or pd.isna(day) or pd.isna(cost):
            continue
        booking = booked.get((known.source, key))
        if booking is None or booking > day:
            entries.append(("service", day, cost))
            entries += [("service", booking, -cost)] if booking is not None else []
    touches = known.own("campaign_touches")
    touches = touches[touches["is_control"].isin([None, False, np.nan]) & touches["touched_on"].notna()]
    touches = touches.merge(known.rows["campaigns"][["source", "campaign_key", "cost_per_contact"]], how="left")
    touches["campaign"] = touches["campaign_key"].fillna(touches["touch_key"])
    for (_, day), group in touches.groupby(["campaign", "touched_on"]):
        own = group["cost"].dropna()
        reached = group["kind"].isin(["targeted", "sent", "delivered"]).any()
        cost = own.sum() if len(own) else group["cost_per_contact"].iloc[0] if reached else np.nan
        entries += [] if pd.isna(cost) else [("marketing", day, cost)]
    in_window = [(what, amount) for what, day, amount in entries if within(pd.Series([day]), known.as_of, 12).all()]
    return {f"{kind}_cost_12m": sum(a for what, a in in_window if what == kind) for kind in ("service", "marketing")}


def loyalty(known: Known) -> dict:
    referrals, orders = known.own("referrals"), known.rows["orders"]
    sales = orders.merge(known.rows["lines"].groupby(["source", "order_key"])["kind"].agg(set).rename("kinds"),
                         on=["source", "order_key"], how="left")  # fmt: skip
    is_sale = [("sale" in kinds) if isinstance(kinds, set) else kind == "sale"
               for kinds, kind in zip(sales["kinds"], sales["kind"], strict=True)]  # fmt: skip
    first = sales[is_sale].groupby(["source", "customer_key"])["ordered_on"].min()
    buyers = {}
    for row in referrals.itertuples():
        bought = first.get((row.source, row.referred_customer_key))
        days = [d for d in (row.converted_on, bought if bought and bought >= row.referred_on else None) if d]
        who = row.referred_customer_key or row.referral_key
        if days and within(pd.Series([min(days)]), known.as_of).all():
            buyers[who] = True
    points = known.own("points")
    return {
        "referrals_lifetime": known.count(referrals, "referred_on")
        if known.told("referrals", "referred_on")
        else np.nan,
        "referred_buyers_lifetime": len(buyers) if known.told("referrals", "referred_on") else np.nan,
        "points_balance": points.loc[within(points["booked_on"], known.as_of), "points"].sum()
        if known.told("points", "booked_on")
        else np.nan,
    }


def subscriptions(known: Known) -> dict:
    running = []
    for row in known.own("subscriptions").itertuples():
        cut_short = row.ended_on and (not row.ends_on or row.ended_on < row.ends_on)
        over = (row.ended_on <= known.as_of) if cut_short else bool(row.ends_on and row.ends_on < known.as_of)
        if row.starts_on <= known.as_of and not over:
            running.append(round(row.price / {"quarter": 3, "year": 12}.get(row.billing_period, 1), 4))
    told = known.told("subscriptions", "starts_on")
    return {
        "active_subscriptions": len(running) if told else np.nan,
        "monthly_recurring_revenue": sum(running) if told else np.nan,
    }


def credit(known: Known) -> dict:
    owed = given_up = 0.0
    for row in known.own("payments").itertuples():
        if row.kind == "refund" or row.issued_on > known.as_of:
            continue
        lost_on = (row.due_on or row.issued_on) + timedelta(days=180) if row.written_off_amount > 0 else None
        given_up += row.written_off_amount if lost_on and lost_on <= known.as_of else 0
        settled = any(day and day <= known.as_of for day in (row.paid_on, lost_on))
        owed += row.amount_due if row.due_on and row.due_on < known.as_of and not settled else 0
    told = known.told("payments", "issued_on")
    return {"overdue_amount": owed if told else np.nan, "written_off_lifetime": given_up if told else np.nan}


def margins(known: Known) -> dict:
    """Net revenue less cost, line by line, and of orders without lines by the policy."""
    entries, assumed = [], False
    lines, orders = known.own("lines"), known.own("orders")
    for row in lines.itertuples():
        quantity = -abs(row.quantity) if row.kind == "return" else row.quantity
        unit_cost = row.unit_cost_x if pd.notna(row.unit_cost_x) else row.unit_cost_y
        rate = row.margin_rate if pd.notna(row.margin_rate) else POLICY_MARGIN
        by_units = row.kind != "adjustment" and pd.notna(unit_cost)
        cost = float(quantity) * float(unit_cost) if by_units else float(row.amount) * (1 - rate)
        margin = float(row.amount) - (0 if row.kind == "adjustment" else cost)
        entries.append((row.ordered_on, margin))
        by_policy = row.kind != "adjustment" and pd.isna(unit_cost) and pd.isna(row.margin_rate)
        assumed |= by_policy and row.ordered_on <= known.as_of
    for row in orders[~orders["order_key"].isin(lines["order_key"])].itertuples():
        share = 1 if row.kind == "adjustment" else POLICY_MARGIN
        entries.append((row.ordered_on, float(row.amount) * share))
        assumed |= row.kind != "adjustment" and row.ordered_on <= known.as_of
    days = pd.Series([day for day, _ in entries], dtype="datetime64[us]")
    amounts = pd.Series([amount for _, amount in entries], dtype=float)
    recent = orders[within(orders["ordered_on"], known.as_of, 12)]
    return {
        "gross_margin_lifetime": amounts[within(days, known.as_of)].sum(),
        "gross_margin_12m": amounts[within(days, known.as_of, 12)].sum(),
        "margin_is_assumed": float(assumed),
        "shipping": recent["shipping_amount"].astype(float).sum(),
    }


def expected(known: Known) -> dict:
    parts = (service, satisfaction, behaviour, campaigns, costs, loyalty, subscriptions, credit, margins)
    figures = {name: value for part in parts for name, value in part(known).items()}
    spent = figures["service_cost_12m"] + figures["marketing_cost_12m"]
    figures["profit_12m"] = figures["gross_margin_12m"] - figures.pop("shipping") - spent
    figures["roi_12m"] = figures["profit_12m"] / spent if round(spent, 4) else np.nan
    return figures


def test_every_metric_equals_a_count_from_scratch(metrics, rows):
    for row in metrics.sample(120, random_state=3).itertuples():
        known = Known(rows, row.source, row.customer_key, row.as_of_date.date())
        figures = expected(known)
        actual = {name: getattr(row, name) for name in figures}
        assert {name: np.nan if pd.isna(value) else float(value) for name, value in actual.items()} == pytest.approx(
            {name: float(value) for name, value in figures.items()}, abs=2e-3, rel=1e-6, nan_ok=True
        ), (row.source, row.customer_key, row.as_of_date)


def test_the_rows_put_every_metric_to_the_test(metrics, rows):
    """Each differs between customers, so that an empty column would be seen."""
    now = metrics[metrics["is_current"]]
    for name in expected(Known(rows, "web", "k1", AS_OF)):
        assert now[name].dropna().nunique() > 1, name


def test_complaints_and_repurchases_follow_from_their_parts(metrics):
    bought = metrics[metrics["orders_12m"] > 0].dropna(subset=["complaints_12m"])
    assert bought["complaint_rate"].to_numpy() == pytest.approx(
        (bought["complaints_12m"] / bought["orders_12m"]).round(6).to_numpy(), abs=1e-6
    )
    assert metrics.loc[metrics["orders_12m"] == 0, "complaint_rate"].isna().all()
    is_new = metrics["first_purchase_on"] > metrics["as_of_date"] + pd.Timedelta(days=1) - pd.DateOffset(months=12)
    firsts = (is_new | (metrics["purchase_days_lifetime"] == metrics["purchase_days_12m"])) & (
        metrics["purchase_days_12m"] > 0
    )
    assert (metrics["repurchases_12m"] == metrics["purchase_days_12m"] - firsts).all()


def test_nothing_is_known_before_a_thing_is_told(world):
    """Customers and orders alone: what needs another entity is null, margin and profit are known by the policy."""
    made = world()
    orders, _ = shop.orders_and_lines()
    made.load("orders", orders[orders["source"] == "till"])
    made.build(AS_OF, "+customer_metrics", data_tests=False)
    figures = made.read("select * from core.customer_metrics")
    for name in ("tickets_12m", "contacts_12m", "active_days_3m", "duration_minutes_3m", "points_balance",
                 "overdue_amount", "touches_12m", "service_cost_12m", "nps_score", "active_subscriptions",
                 "complaint_rate", "roi_12m"):  # fmt: skip
        assert figures[name].isna().all(), name
    assert figures["margin_is_assumed"].any()
    margin = figures["gross_margin_12m"].astype(float).to_numpy()
    assert figures["profit_12m"].astype(float).to_numpy() == pytest.approx(margin)
