"""A made-up company whose customers fall silent, come back, complain, and are looked after; and who is warned of when.

The warnings are told a second time by walking through the dates of one customer after another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

FIRST, LAST = date(2022, 12, 5), date(2024, 6, 17)
MONTH_ENDS = [day.date() for day in pd.date_range("2022-12-31", "2024-05-31", freq="ME")]
DATES = [*MONTH_ENDS, LAST]
POINTS = {
    "high_score": 3,
    "gone_quiet": 2,
    "off_rhythm": 2,
    "coupons_fall": 1,
    "negative_word": 1,
    "late_answer": 1,
}
TIER_POINTS = {"diamond": 2, "gold": 1}
LEVELS = (("urgent", 6, 1), ("high", 4, 3), ("normal", 1, 7))
OPEN_DAYS, LEAD = 90, 90


def tables(seed: int = 3) -> dict[str, pd.DataFrame]:
    """Contract rows by entity, of 90 customers."""
    random = np.random.default_rng(seed)
    orders, events, tickets, surveys, feedback, assignments = [], [], [], [], [], []
    for number in range(90):
        who = {"source": "shop", "customer_key": f"k{number}"}
        rhythm, day = float(random.choice([8, 25, 60])), FIRST + timedelta(days=int(random.integers(0, 300)))
        while day <= LAST:
            kind = "return" if random.random() < 0.08 else "sale"
            amount = Decimal(int(random.integers(100, 9000))) / 100 * (-1 if kind == "return" else 1)
            coupon = f"v{random.integers(0, 5)}" if random.random() < 0.35 else None
            orders.append({**who, "ordered_on": day, "kind": kind, "amount": amount, "coupon_key": coupon})
            if number % 3:
                events.append({**who, "occurred_on": day + timedelta(days=int(random.integers(0, 9))), "kind": "login"})
            if random.random() < 0.1:
                opened = pd.Timestamp(day) + pd.Timedelta(hours=int(random.integers(0, 24)))
                answered = opened + pd.Timedelta(hours=int(random.integers(1, 60))) if random.random() < 0.8 else pd.NaT
                kind = str(random.choice(["complaint", "question"]))
                tickets.append({**who, "kind": kind, "opened_at": opened, "first_answered_at": answered})
            if random.random() < 0.15:
                kind = str(random.choice(["nps", "csat"]))
                score = float(random.integers(0, 11) if kind == "nps" else random.integers(1, 6))
                surveys.append({**who, "kind": kind, "score": score, "asked_on": day, "answered_on": day})
            if random.random() < 0.05:
                feedback.append({**who, "written_on": day, "rating": float(random.integers(1, 6))})
            silent = random.random() < 0.08
            day += timedelta(days=int(random.integers(150, 420)) if silent else 1 + int(random.exponential(rhythm)))
        if number % 4 == 0:
            begins = FIRST + timedelta(days=int(random.integers(0, 200)))
            ends = begins + timedelta(days=250)
            assignments.append({**who, "manager_key": f"m{number % 3}", "starts_on": begins, "ends_on": ends})
            assignments.append({**who, "manager_key": "m9", "starts_on": ends, "ends_on": None, "role": "support"})
    found = {
        "orders": _keyed(orders, "order_key", ordered_at="ordered_on"),
        "events": _keyed(events, "event_key", occurred_at="occurred_on"),
        "tickets": _keyed(tickets, "ticket_key"),
        "surveys": _keyed(surveys, "survey_answer_key", asked_at="asked_on", answered_at="answered_on"),
        "feedback": _keyed(feedback, "feedback_key", written_at="written_on"),
        "manager_assignments": _keyed(assignments, "assignment_key"),
        "account_managers": pd.DataFrame({"manager_key": ["m0", "m1", "m2", "m9"]}).assign(source="shop"),
    }
    opened = found["tickets"]
    opened["opened_on"], opened["first_answered_on"] = opened["opened_at"].dt.date, opened["first_answered_at"].dt.date
    return found


def _keyed(rows: list[dict], key: str, **moments: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame[key] = [f"{key[0]}{number}" for number in range(len(frame))]
    return frame.assign(**{moment: pd.to_datetime(frame[day]) for moment, day in moments.items()})


def begins(day: date, months: int) -> date:
    """First day of the months that end on the day."""
    return (pd.Timestamp(day) + pd.Timedelta(days=1) - pd.DateOffset(months=months)).date()


@dataclass
class Customer:
    """What is known of one customer, each kind of thing by day."""

    purchases: list[date] = field(default_factory=list)
    events: list[date] = field(default_factory=list)
    coupons: list[date] = field(default_factory=list)
    words: list[tuple[date, bool]] = field(default_factory=list)
    late: list[date] = field(default_factory=list)
    known_on: date = date.max

    def bought_by(self, day: date) -> list[date]:
        return [bought for bought in self.purchases if bought <= day]

    def rhythm(self, day: date) -> tuple[int, float | None]:
        """Days since the last purchase, and the same in mean gaps."""
        bought = self.bought_by(day)
        recency = (day - bought[-1]).days
        if len(bought) < 2:
            return recency, None
        mean_gap = round((bought[-1] - bought[0]).days / (len(bought) - 1), 6)
        return recency, round(recency / mean_gap, 6)

    def is_judged(self, day: date) -> bool:
        bought = self.bought_by(day)
        return len(bought) >= 2 and (day - bought[-1]).days <= 180 and self.known_on < day

    def is_lost(self, day: date) -> bool:
        recency, ratio = self.rhythm(day)
        once = len(self.bought_by(day)) == 1
        return recency > 365 or (recency > 120 and ratio is not None and ratio > 5) or (recency > 180 and once)

    def signals(self, day: date, score: float | None, coupons_are_told: bool) -> list[str]:
        recency, ratio = self.rhythm(day)
        seen = [event for event in self.events if event <= day]
        recent, half_year = (sum(begins(day, months) <= used <= day for used in self.coupons) for months in (3, 6))
        said = [negative for when, negative in self.words if begins(day, 1) <= when <= day]
        fires = {
            "high_score": score is not None and score >= 0.6,
            "gone_quiet": bool(seen) and (day - seen[-1]).days > 30,
            "off_rhythm": ratio is not None and ratio > 2 and recency > 45,
            "coupons_fall": coupons_are_told and half_year >= 2 and (2 * recent - half_year) / half_year < -0.5,
            "negative_word": any(said),
            "late_answer": any(begins(day, 1) <= late <= day for late in self.late),
        }
        return [signal for signal, fired in fires.items() if fired]


def customers(made: dict[str, pd.DataFrame]) -> dict[str, Customer]:
    """By key, with the days of each thing in order."""
    found: dict[str, Customer] = {}
    for row in made["orders"].itertuples():
        one = found.setdefault(row.customer_key, Customer())
        one.known_on = min(one.known_on, row.ordered_on)
        if row.kind == "sale":
            one.purchases.append(row.ordered_on)
        if isinstance(row.coupon_key, str):
            one.coupons.append(row.ordered_on)
    answers_from = made["tickets"]["first_answered_on"].dropna().min()
    for row in made["events"].itertuples():
        found[row.customer_key].events.append(row.occurred_on)
    for row in made["tickets"].itertuples():
        is_late = pd.isna(row.first_answered_at) or row.first_answered_at - row.opened_at > pd.Timedelta(hours=24)
        late_on = row.opened_on + timedelta(days=1)
        if row.kind == "complaint" and is_late and late_on >= answers_from:
            found[row.customer_key].late.append(late_on)
    for row in made["surveys"].itertuples():
        found[row.customer_key].words.append((row.answered_on, row.score <= (6 if row.kind == "nps" else 2)))
    for row in made["feedback"].itertuples():
        found[row.customer_key].words.append((row.written_on, row.rating <= 2))
    for one in found.values():
        one.purchases, one.events = sorted(set(one.purchases)), sorted(one.events)
    return found


def walk(one: Customer, tier_at, score_at, coupons_from: date) -> list[dict]:
    """Alerts of a customer, date by date: an open one lets no other be opened."""
    alerts: list[dict] = []
    last_bought, grid_from, spans_used = None, None, set()
    for day in (day for day in DATES if one.bought_by(day)):
        if alerts and not alerts[-1].get("lost_on") and one.is_lost(day):
            alerts[-1]["lost_on"] = day
        if not one.is_judged(day) or one.is_lost(day):
            continue
        fired = one.signals(day, score_at(day), coupons_from <= day)
        points = sum(POINTS[signal] for signal in fired) + TIER_POINTS.get(tier_at(day), 0)
        if not fired:
            continue
        if one.bought_by(day)[-1] != last_bought:
            last_bought, grid_from, spans_used = one.bought_by(day)[-1], day, set()
        span = (day - grid_from).days // OPEN_DAYS
        if span in spans_used:
            continue
        spans_used.add(span)
        level, _, due_days = next(level for level in LEVELS if points >= level[1])
        later = [bought for bought in one.purchases if bought > day]
        alerts.append(
            {
                "opened_on": day,
                "signals": ", ".join(fired),
                "points": points,
                "level": level,
                "due_on": day + timedelta(days=due_days),
                "tier": tier_at(day),
                "bought_on": later[0] if later else None,
                "runs_out_on": grid_from + timedelta(days=(span + 1) * OPEN_DAYS),
            }
        )
    return [alert | _ending(alert) for alert in alerts]


def _ending(alert: dict) -> dict:
    ends = {"bought": alert["bought_on"], "lost": alert.get("lost_on"), "ran_out": alert["runs_out_on"]}
    reason = min((name for name, day in ends.items() if day), key=lambda name: ends[name])
    if ends[reason] > LAST:
        return {"status": "open", "closed_on": None, "close_reason": None}
    return {"status": "closed", "closed_on": ends[reason], "close_reason": reason}
