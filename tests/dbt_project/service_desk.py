"""A made-up company in Berlin that is asked, complained to and judged: tickets, contacts and surveys, with gaps.

Its hours have a lunch break and a short Saturday; the clocks go forward on 31 March 2024.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

ZONE = "Europe/Berlin"
FIRST, LAST = date(2023, 9, 4), date(2024, 5, 7)
HOURS = {  # calendar: weekdays and hours; whether it is closed on holidays
    "office": ([((1, 2, 3, 4, 5), 8, 12), ((1, 2, 3, 4, 5), 13, 17), ((6,), 9, 13)], True),
    "hotline": ([((1, 2, 3, 4, 5, 6, 7), 7, 22)], False),
}
SPECIAL = {("office", date(2024, 3, 30)): 0, ("office", date(2024, 4, 1)): 1}
HOLIDAYS = [  # day, region, country
    (date(2024, 3, 29), None, None),
    (date(2024, 4, 1), None, None),
    (date(2024, 3, 8), "north", None),
    (date(2024, 4, 11), "south", "DE"),
    (date(2024, 4, 18), None, "AT"),
]
# rule, clock, minutes, runs, kinds, priorities, tiers, channels, team, escalates
RULES = [
    ("crisis_solve", "solve", 120, "always", None, ["p0"], None, None, "crisis", True),
    ("complaint_answer", "answer", 120, "hotline", ["complaint"], None, None, None, None, False),
    ("best_answer", "answer", 60, "office", None, None, ["diamond", "gold"], None, None, False),
    ("best_complaint", "answer", 30, "always", ["complaint"], None, ["diamond"], None, None, False),
    ("answer", "answer", 1440, "always", None, None, None, None, None, False),
    ("phone_solve", "solve", 300, "office", None, None, None, ["phone"], "desk", True),
    ("solve", "solve", 960, "office", None, None, None, None, None, False),
    ("complaint_close", "close", 2880, "always", ["complaint"], None, None, None, None, False),
    ("call_back", "call_back", 10080, "always", ["complaint"], None, None, None, None, False),
    ("chat_answer", "chat_answer", 0.25, "always", None, None, None, ["chat"], None, True),
]
STAGES = ("answer", "solve", "call_back")
# Solutions of cases whose 16 hours at the office are over when it closes on Wednesday, 17 April.
AT_CLOSING = {
    "2024-04-17 17:00": "met",
    "2024-04-18 07:30": "met",  # it has not opened yet: no time of the office has gone by since
    "2024-04-18 08:00": "met",
    "2024-04-18 08:01": "breached",
}
# A case that waits for an answer past its 24 hours, which are over a second before the last day is.
BEFORE_MIDNIGHT = "2024-05-06 23:59:59"
RANDOM_TICKETS = 220


def policy() -> str:
    """The same as service.yml."""
    lines = ["calendars:"]
    for calendar, (rows, is_closed) in HOURS.items():
        for days, begin, end in rows:
            hours = f'from: "{begin:02}:00", to: "{end:02}:00"'
            closed = "closed" if is_closed else "open"
            lines.append(f"  - {{calendar: {calendar}, weekdays: {list(days)}, {hours}, holidays: {closed}}}")
    lines.append("special_days:")
    lines += [f'  - {{day: "{day}", calendar: {name}, as_weekday: {n}}}' for (name, day), n in SPECIAL.items()]
    lines.append("targets:")
    for rule, clock, minutes, runs, kinds, priorities, tiers, channels, team, escalates in RULES:
        within = f"{round(minutes * 60)} s" if minutes < 1 else f"{minutes} min"
        parts = [f"rule: {rule}, clock: {clock}, within: {within}, runs: {runs}"]
        conditions = {"kinds": kinds, "priorities": priorities, "tiers": tiers, "channels": channels}
        parts += [f"{key}: [{', '.join(given)}]" for key, given in conditions.items() if given]
        parts += [f"team: {team}"] if team else []
        lines.append(f"  - {{{', '.join(parts)}, escalates: {str(escalates).lower()}}}")
    lines.append(f"recovery_stages: [{', '.join(STAGES)}]")
    return "\n".join(lines) + "\n"


def tables(seed: int = 5) -> dict[str, pd.DataFrame]:
    """Contract rows by entity, of 60 customers."""
    random = np.random.default_rng(seed)
    keys = [f"k{number}" for number in range(60)]
    customers = pd.DataFrame({"customer_key": keys, "created_on": FIRST, "created_at": pd.Timestamp(FIRST)})
    customers["region"] = [("north", "south", None)[number % 3] for number in range(60)]
    customers["country"] = [("DE", "DE", None, "AT")[number % 4] for number in range(60)]
    orders = []
    for number, key in enumerate(keys):
        day = FIRST + timedelta(days=number % 20)
        while day <= LAST:
            orders.append({"customer_key": key, "ordered_on": day, "amount": Decimal(int(random.integers(10, 500)))})
            day += timedelta(days=int(random.integers(3, 40)))
    calendar = pd.DataFrame(HOLIDAYS, columns=["day_on", "region", "country"]).assign(is_holiday=True)
    calendar.loc[len(calendar)] = [date(2024, 4, 2), None, None, False]
    assigned = [
        {"manager_key": f"m{number % 4}", "customer_key": key, "starts_on": FIRST, "ends_on": date(2024, 2, 1 + number)}
        for number, key in enumerate(keys[:20])
    ]
    assigned += [{"manager_key": "m8", "account_key": "a1", "starts_on": FIRST}]
    assigned += [{"manager_key": "m9", "customer_key": "k1", "starts_on": FIRST, "role": "support"}]
    tickets = _tickets(random, keys)
    return {
        "customers": customers.assign(source="desk"),
        "orders": _keyed(orders, "order_key").assign(kind="sale", ordered_at=lambda rows: _noon(rows["ordered_on"])),
        "calendar": calendar.assign(source="desk", calendar_key=[f"d{n}" for n in range(len(calendar))]),
        "manager_assignments": _keyed(assigned, "assignment_key"),
        "tickets": tickets,
        "contacts": _contacts(random, keys, tickets[:RANDOM_TICKETS]),
        "surveys": _surveys(random, keys),
    }


def _tickets(random: np.random.Generator, keys: list[str]) -> pd.DataFrame:
    rows = []
    for _ in range(RANDOM_TICKETS):
        begun = _moment(random, date(2024, 1, 25), LAST)
        later = lambda hours, chance=1.0, begun=begun: (  # noqa: E731
            begun + pd.Timedelta(minutes=int(random.exponential(hours * 60))) if random.random() < chance else pd.NaT
        )
        solved = later(30, 0.85)
        row = {
            "customer_key": str(random.choice(keys)) if random.random() < 0.95 else None,
            "account_key": "a1" if random.random() < 0.2 else None,
            "kind": str(random.choice(["complaint", "question", "service"])),
            "priority": random.choice(["p0", "p1", "p2", None], p=[0.15, 0.3, 0.4, 0.15]),
            "channel": str(random.choice(["phone", "chat", "email"])),
            "team": random.choice(["desk", "crisis", None]),
            "owner_key": f"g{random.integers(0, 5)}",
            "opened_at": begun,
            "first_answered_at": later(5, 0.8),
            "solved_at": solved,
            "called_back_at": solved + pd.Timedelta(hours=float(random.integers(1, 300)))
            if random.random() < 0.6
            else pd.NaT,
            "closed_at": solved + pd.Timedelta(hours=3) if random.random() < 0.9 else pd.NaT,
            "reopened_at": solved + pd.Timedelta(minutes=int(random.integers(-600, 600)))
            if random.random() < 0.1
            else pd.NaT,
            "escalated_at": later(60, 0.4),
            # Some below nothing, as a source has it that moved a clock; such a pause is none.
            "paused_minutes": float(random.integers(-90, 900)) if random.random() < 0.4 else None,
            "compensation_amount": Decimal(int(random.integers(0, 40))) if random.random() < 0.4 else None,
        }
        rows.append(row)
    cases = [dict.fromkeys(("opened_at", "first_answered_at"), "2024-04-15 17:30") | {"solved_at": moment}
             for moment in AT_CLOSING]  # fmt: skip
    moments = [name for name in rows[0] if name.endswith("_at")]
    for case in [*cases, {"opened_at": BEFORE_MIDNIGHT}]:
        local = {name: pd.Timestamp(case.get(name)).tz_localize(ZONE) for name in moments}
        known = {"customer_key": keys[0], "kind": "service", "channel": "email", "owner_key": "g0"}
        rows.append(
            dict.fromkeys(rows[0])
            | known
            | {name: moment.tz_convert("UTC").tz_localize(None) for name, moment in local.items()}
        )
    return _with_days(_keyed(rows, "ticket_key"))


def _contacts(random: np.random.Generator, keys: list[str], tickets: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for _ in range(700):
        ticket = tickets.iloc[int(random.integers(0, len(tickets)))] if random.random() < 0.3 else None
        begun = _moment(random, date(2024, 1, 5), LAST) + pd.Timedelta(seconds=int(random.integers(0, 60)))
        by = random.choice(
            ["bot", "self_service", "agent", "manager", "nobody", None], p=[0.3, 0.1, 0.35, 0.1, 0.1, 0.05]
        )
        waits = pd.Timedelta(seconds=int(random.exponential(30)))
        answered = begun + waits if by not in ("nobody", None) else pd.NaT
        row = {
            "customer_key": str(random.choice(keys[:25])) if ticket is None else ticket["customer_key"],
            "ticket_key": None if ticket is None else ticket["ticket_key"],
            "channel": random.choice(["call", "chat", "email", None], p=[0.3, 0.4, 0.25, 0.05]),
            "direction": random.choice(["inbound", "outbound", None], p=[0.8, 0.15, 0.05]),
            "purpose": random.choice(["question", "complaint", None], p=[0.6, 0.35, 0.05]),
            "started_at": begun,
            "answered_by": by,
            "answered_at": answered,
            "handed_over_at": begun + pd.Timedelta(seconds=100) if random.random() < 0.3 else pd.NaT,
            "escalated_at": begun + pd.Timedelta(seconds=16) if random.random() < 0.4 else pd.NaT,
            "ended_at": begun + waits + pd.Timedelta(seconds=int(random.integers(0, 300) * (random.random() < 0.7))),
            "is_resolved": random.choice([True, False, None], p=[0.6, 0.35, 0.05]),
            "agent_key": f"g{random.integers(0, 5)}",
            "manager_key": "m7" if by == "manager" else None,
            "cost": Decimal(int(random.integers(1, 20))) if random.random() < 0.9 else None,
        }
        rows.append(row)
    return _with_days(_keyed(rows, "contact_key"))


def _surveys(random: np.random.Generator, keys: list[str]) -> pd.DataFrame:
    rows = []
    for number in range(900):
        asked = _moment(random, FIRST, LAST)
        kind = str(random.choice(["nps", "csat", "csat", "csat", "kano_functional", "kano_dysfunctional"]))
        about = {"nps": ["delivery", None], "csat": ["delivery", "price", None]}.get(kind, ["returns", "wrapping"])
        score = random.integers(0, 11) if kind == "nps" else random.integers(1, 6)
        row = {
            "kind": kind,
            "dimension": random.choice(about),
            "customer_key": str(random.choice(keys)) if random.random() < 0.97 else None,
            "channel": random.choice(["app", "mail", None]),
            "survey_key": random.choice(["w1", "w2", None]) if kind.startswith("kano") else f"s{number}",
            "score": float(score) + (0.5 if kind == "csat" and score < 5 and random.random() < 0.05 else 0),
            "asked_at": asked,
            "answered_at": asked + pd.Timedelta(hours=float(random.integers(0, 60))),
        }
        if random.random() < 0.1:
            row |= {"score": None, "answered_at": pd.NaT}
        rows.append(row)
    return _with_days(_keyed(rows, "survey_answer_key"))


def _moment(random: np.random.Generator, first: date, last: date) -> pd.Timestamp:
    """A minute of working days and nights, UTC."""
    minutes = int(random.integers(0, ((last - first).days + 1) * 1440 - 180))
    return pd.Timestamp(first) + pd.Timedelta(minutes=minutes)


def _noon(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days) + pd.Timedelta(hours=11)


def _keyed(rows: list[dict], key: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows).assign(source="desk")
    frame[key] = [f"{key[0]}{number:04}" for number in range(len(frame))]
    return frame


def local_day(moments: pd.Series) -> pd.Series:
    return pd.to_datetime(moments).dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.date


def _with_days(frame: pd.DataFrame) -> pd.DataFrame:
    moments = [column for column in frame.columns if column.endswith("_at")]
    days = {column.replace("_at", "_on"): local_day(frame[column]) for column in moments}
    return frame.assign(**{name: day.where(day.notna(), None) for name, day in days.items()})
