"""What the made-up shop knows of its customers beside their orders, the same at every call: all entities, with gaps.

Rows of nobody, before the first order, after the last day, without a moment that others have, and bookings that come
before, with or after what they name.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.dbt_project import shop

BEGINS = date(2021, 10, 1)
ENDS = date(2024, 5, 20)
LATER_MOMENTS = {
    "tickets": ["solved_at", "closed_at"],
    "surveys": ["answered_at"],
    "payments": ["paid_at"],
    "referrals": ["converted_at"],
    "subscriptions": ["ended_at"],
}
TOLD_WITH = {"ended_at": ["end_kind", "end_reason"], "paid_at": ["amount_paid"]}
DAYS = {
    "tickets": "opened_on",
    "contacts": "started_on",
    "service_costs": "incurred_on",
    "surveys": "asked_on",
    "feedback": "written_on",
    "events": "occurred_on",
    "campaigns": "starts_on",
    "campaign_touches": "touched_on",
    "payments": "issued_on",
    "points": "booked_on",
    "referrals": "referred_on",
    "subscriptions": "starts_on",
}


def tables(seed: int = 4) -> dict[str, pd.DataFrame]:
    """Rows of every entity but customers, as the contract has them."""
    dice = Dice(seed)
    orders, lines = shop.orders_and_lines()
    made = {
        "orders": orders.assign(
            coupon_key=[dice.maybe(0.1, f"coupon {n % 7}") for n in range(len(orders))],
            shipping_amount=[dice.maybe(0.7, dice.money(9)) for _ in range(len(orders))],
        ),
        "order_items": lines.assign(
            unit_cost=[dice.maybe(0.4, dice.money(60)) for _ in range(len(lines))],
            coupon_key=[dice.maybe(0.05, f"coupon {n % 7}") for n in range(len(lines))],
        ),
        "products": shop.products().assign(
            unit_cost=[None if n % 3 else dice.money(40) for n in range(12)],
            margin_rate=[0.35 if n % 3 == 1 else None for n in range(12)],
        ),
        "tickets": dice.rows(160, "ticket", _ticket),
        "contacts": dice.rows(220, "contact", _contact),
        "surveys": dice.rows(260, "survey_answer", _answer),
        "feedback": dice.rows(90, "feedback", _text),
        "events": dice.rows(900, "event", _event),
        "campaigns": pd.DataFrame(
            {
                "source": "web",
                "campaign_key": f"c{n}",
                "starts_on": BEGINS,
                "cost_per_contact": [None, 0.3, 1.25][n % 3],
            }
            for n in range(6)
        ),
        "campaign_touches": dice.rows(420, "touch", _touch),
        "payments": dice.rows(180, "payment", _demand),
        "points": dice.rows(240, "points_entry", _booking),
        "referrals": dice.rows(60, "referral", _referral),
        "subscriptions": dice.rows(60, "subscription", _term),
    }
    made["service_costs"] = _service_costs(dice, made["contacts"], made["tickets"])
    return made


def truncated(entity: str, rows: pd.DataFrame, until: date) -> pd.DataFrame:
    """The rows as they were on that evening: what began later is not there, what happened to them later is blank."""
    if entity not in DAYS:
        return rows
    kept = rows[rows[DAYS[entity]].isna() | (rows[DAYS[entity]] <= until)].copy()
    if entity == "surveys":
        told = kept["answered_on"].where(kept["answered_on"].notna(), kept["asked_on"])
        kept.loc[told > until, "score"] = np.nan
    for moment in LATER_MOMENTS.get(entity, ()):
        day = moment.replace("_at", "_on")
        later = kept[day].notna() & (kept[day] > until)
        kept.loc[later, [moment, day, *TOLD_WITH.get(moment, ())]] = None
    return kept


class Dice:
    """Chance by a seed: customers, moments and amounts."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)

    def rows(self, count: int, name: str, make) -> pd.DataFrame:
        made = []
        for number in range(count):
            source, customer = self.customer()
            own = {"source": source, f"{name}_key": f"{name}{number}", "customer_key": customer}
            made.append(own | make(self, number, source))
        return pd.DataFrame(made)

    def customer(self) -> tuple[str, str | None]:
        """A buyer of the shop, or now and then nobody known."""
        number = int(self.random.integers(0, 60))
        return ("till" if number % 4 == 0 else "web"), self.maybe(0.94, f"k{number}")

    def maybe(self, chance: float, value):
        return value if self.random.random() < chance else None

    def one_of(self, *values):
        return values[int(self.random.integers(0, len(values)))]

    def money(self, most: float) -> float:
        return round(float(self.random.random() * most), 2)

    def moment(self, name: str, day: date | None = None, chance: float = 1.0) -> dict:
        """`name_at` and `name_on`, both empty when chance says so."""
        day = day or BEGINS + timedelta(days=int(self.random.integers(0, (ENDS - BEGINS).days)))
        told = self.random.random() < chance
        stamp = pd.Timestamp(day) + pd.Timedelta(minutes=int(self.random.integers(0, 1440)))
        return {f"{name}_at": stamp if told else None, f"{name}_on": day if told else None}

    def later(self, name: str, day: date, most: int, chance: float) -> dict:
        return self.moment(name, day + timedelta(days=int(self.random.integers(0, most))), chance)


def _ticket(dice: Dice, number: int, source: str) -> dict:
    opened = dice.moment("opened")
    solved = dice.later("solved", opened["opened_on"], 40, 0.8)
    kind = dice.one_of("complaint", "question", "service")
    return {
        **opened,
        **solved,
        **dice.later("closed", solved["solved_on"] or opened["opened_on"], 20, 0.7),
        "kind": kind,
        "compensation_amount": dice.maybe(0.5, dice.money(30)) if kind == "complaint" else None,
    }


def _contact(dice: Dice, number: int, source: str) -> dict:
    return {**dice.moment("started"), "cost": dice.maybe(0.6, dice.money(12))}


def _answer(dice: Dice, number: int, source: str) -> dict:
    kind = dice.one_of("nps", "csat", "ces")
    asked = dice.moment("asked")
    score = dice.maybe(0.7, float(dice.random.integers(0, 11) if kind == "nps" else dice.random.integers(1, 6)))
    return {**asked, **dice.later("answered", asked["asked_on"], 30, 0.0 if score is None else 0.85), "kind": kind,
            "score": score}  # fmt: skip


def _text(dice: Dice, number: int, source: str) -> dict:
    return {**dice.moment("written"), "rating": dice.maybe(0.8, float(dice.random.integers(1, 6)))}


def _event(dice: Dice, number: int, source: str) -> dict:
    kind = dice.one_of("login", "view", "view", "coupon_use", "purchase")
    return {
        **dice.moment("occurred"),
        "kind": kind,
        "session_key": dice.maybe(0.8, f"visit{number // 4}"),
        "coupon_key": dice.maybe(0.7, f"coupon {number % 7}") if kind == "coupon_use" else None,
        "duration_seconds": [12.5, 340.0, None, 61.25, -5.0, 90_000.0, 7.0][number % 7],
    }


def _touch(dice: Dice, number: int, source: str) -> dict:
    return {
        **dice.moment("touched", chance=0.95),
        "campaign_key": dice.maybe(0.9, f"c{number % 6}"),
        "kind": dice.one_of("targeted", "sent", "delivered", "clicked", "responded", "redeemed", "converted"),
        "is_control": dice.maybe(0.6, bool(number % 5 == 0)),
        "cost": dice.maybe(0.4, dice.money(2)),
        "coupon_key": dice.maybe(0.5, f"coupon {number % 7}"),
    }


def _demand(dice: Dice, number: int, source: str) -> dict:
    issued = dice.moment("issued")
    due = issued["issued_on"] + timedelta(days=int(dice.random.integers(-3, 30)))
    lost = dice.random.random() < 0.2
    due_on = dice.maybe(0.9, due)
    paid = dice.later("paid", issued["issued_on"], 90, 0.0 if lost else 0.8)
    return {
        **issued,
        "due_on": due_on,
        **paid,
        "amount_paid": 50.0 if paid["paid_on"] else None,
        "kind": dice.one_of("charge", "charge", None, "refund"),
        "amount_due": dice.money(200),
        "written_off_amount": dice.money(100) + 1 if lost else None,
    }


def _booking(dice: Dice, number: int, source: str) -> dict:
    points = round(float(dice.random.integers(-60, 100)))
    return {**dice.moment("booked"), "points": points, "kind": "earned" if points > 0 else "redeemed"}


def _referral(dice: Dice, number: int, source: str) -> dict:
    others = [n for n in range(60) if (n % 4 == 0) == (source == "till")]
    referred = dice.moment("referred")
    return {
        **referred,
        "referred_customer_key": dice.maybe(0.7, f"k{dice.one_of(*others)}"),
        **dice.later("converted", referred["referred_on"], 200, 0.5),
    }


def _term(dice: Dice, number: int, source: str) -> dict:
    starts = dice.moment("starts")["starts_on"]
    ends = dice.maybe(0.8, starts + timedelta(days=int(dice.random.integers(20, 400))))
    ended = dice.later("ended", starts, 420, 0.6)
    return {
        "starts_on": starts,
        "ends_on": ends,
        **ended,
        "end_kind": ["cancelled", "lapsed", "renewed"][number % 3] if ended["ended_on"] else None,
        "end_reason": f"reason {number % 5}" if ended["ended_on"] else None,
        "price": dice.money(90),
        "billing_period": dice.one_of("month", "quarter", "year", None),
    }


def _service_costs(dice: Dice, contacts: pd.DataFrame, tickets: pd.DataFrame) -> pd.DataFrame:
    """Bookings of their own, and some that name a contact or compensate a ticket, a few days before or after it."""
    named = [
        (row, "contact_key", row.contact_key, row.started_on)
        for row in contacts.sample(60, random_state=1).itertuples()
    ]
    named += [
        (row, "ticket_key", row.ticket_key, row.opened_on) for row in tickets.sample(70, random_state=1).itertuples()
    ]
    rows = []
    for row, column, key, day in named:
        kind = dice.one_of("compensation", "people") if column == "ticket_key" else dice.one_of("people", None)
        booked = day + timedelta(days=int(dice.random.integers(-5, 60)))
        rows.append({"source": row.source, "customer_key": row.customer_key, "incurred_on": booked, column: key,
                     "kind": kind})  # fmt: skip
    for _ in range(80):
        source, customer = dice.customer()
        rows.append({"source": source, "customer_key": customer, "incurred_on": dice.moment("x")["x_on"],
                     "kind": dice.one_of("people", "technology", "marketing", None)})  # fmt: skip
    amounts = [dice.money(25) for _ in rows]
    return pd.DataFrame(rows).assign(service_cost_key=[f"s{n}" for n in range(len(rows))], amount=amounts)
