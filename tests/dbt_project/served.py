"""How the made-up shop looks after its customers: managers, contacts, costs, campaigns, tickets, points, birthdays."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from tests.dbt_project import shop
from tests.dbt_project.contracts_and_costs import _day, _of_web

FIRST = date(2023, 2, 1)
MANAGERS = ("m0", "m1", "m2", "m3")


def tables(seed: int = 31) -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(seed)
    return {
        "account_managers": _managers(),
        "manager_assignments": _assignments(random),
        "contacts": _contacts(random),
        "service_costs": _service_costs(random),
        "marketing_spend": _spend(random),
        "campaigns": _campaigns(),
        "campaign_touches": _touches(random),
        "tickets": _tickets(random),
        "surveys": _ratings(random),
        "points": _points(random),
    }


def people() -> pd.DataFrame:
    """What the customer list knows: region, birthday, consent, address."""
    return _of_web(
        [
            {
                "customer_key": f"k{n}",
                "_table": "profiles",
                "region": ["north", "south", None][n % 3],
                "birth_on": None if n % 5 == 0 else date(1960 + n % 40, 1 + n % 12, 1 + n % 28),
                "accepts_marketing": [True, False, None, True][n % 4],
                "email": f"k{n}@example.org" if n % 3 else None,
                "phone": f"+49301234{n:03}" if n % 2 else None,
            }
            for n in range(60)
            if n % 4
        ]
    )


def _managers() -> pd.DataFrame:
    return _of_web(
        [
            {
                "manager_key": key,
                "level": "key" if key == "m3" else "junior",
                "hired_on": FIRST,
                "left_on": date(2024, 2, 10) if key == "m2" else None,
                "capacity": 20,
            }
            for key in MANAGERS
        ]
    )


def _assignments(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for number in range(55):
        if number % 4 == 0:
            continue
        starts = _day(random, FIRST) if number % 3 else FIRST
        manager = number % 3 if number % 7 else 3
        ends = starts + timedelta(days=int(random.integers(100, 300))) if number % 5 == 0 else None
        rows.append((f"m{manager}", f"k{number}", "owner", starts, ends))
        if ends:
            rows.append((f"m{(manager + 1) % 3}", f"k{number}", None, ends + timedelta(days=1), None))
        if number % 6 == 0:
            rows.append((f"m{(manager + 2) % 4}", f"k{number}", "support", starts, None))
    names = ["manager_key", "customer_key", "role", "starts_on", "ends_on"]
    frame = pd.DataFrame(rows, columns=names).assign(source="web")
    return frame.assign(assignment_key=[f"s{n}" for n in range(len(frame))])


def _contacts(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for n in range(400):
        day = _day(random, FIRST) if n < 300 else shop.LAST_DAY - timedelta(days=int(random.integers(0, 40)))
        rows.append(
            {
                "contact_key": f"c{n}",
                "customer_key": f"k{random.integers(0, 60)}",
                "started_at": pd.Timestamp(day) + pd.Timedelta(hours=9),
                "started_on": day,
                "channel": str(random.choice(["call", "email", "chat", "message"])),
                "direction": str(random.choice(["inbound", "outbound"])),
                "purpose": str(random.choice(["care", "service", "complaint", "sales"])),
                "answered_by": str(random.choice(["bot", "agent", "nobody"])),
                "cost": None if n % 7 == 0 else Decimal(int(random.integers(1, 900))) / 100,
            }
        )
    return _of_web(rows)


def _service_costs(random: np.random.Generator) -> pd.DataFrame:
    kinds = ["people", "technology", "logistics", "marketing", "other", None]
    return _of_web(
        [
            {
                "service_cost_key": f"c{n}",
                "customer_key": None if n % 3 == 0 else f"k{random.integers(0, 60)}",
                "incurred_on": _day(random, FIRST),
                "kind": kinds[n % 6] if n % 3 else kinds[n % 2],
                "amount": Decimal(int(random.integers(1, 90_000))) / 100,
            }
            for n in range(160)
        ]
    )


def _spend(random: np.random.Generator) -> pd.DataFrame:
    return _of_web(
        [
            {
                "spend_key": f"m{n}",
                "spent_on": _day(random, FIRST),
                "purpose": ["acquisition", "brand", "retention", None][n % 4],
                "campaign_key": "g0" if n % 9 == 0 else None,
                "amount": Decimal(int(random.integers(100, 90_000))) / 100,
            }
            for n in range(80)
        ]
    )


def _campaigns() -> pd.DataFrame:
    return _of_web(
        [
            {
                "campaign_key": f"g{n}",
                "name": f"campaign {n}",
                "starts_on": FIRST + timedelta(days=50 * n),
                "ends_on": FIRST + timedelta(days=50 * n + 14),
                "cost": None if n == 2 else Decimal(300 + n),
            }
            for n in range(9)
        ]
    ).drop(columns="name")


def _touches(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for n in range(300):
        campaign = int(random.integers(0, 9))
        day = FIRST + timedelta(days=50 * campaign + int(random.integers(0, 14)))
        if day <= shop.LAST_DAY:
            rows.append(
                {
                    "touch_key": f"t{n}",
                    "campaign_key": f"g{campaign}",
                    "customer_key": f"k{random.integers(0, 60)}",
                    "kind": "sent",
                    "is_control": n % 10 == 0,
                    "touched_at": pd.Timestamp(day),
                    "touched_on": day,
                    "cost": Decimal(int(random.integers(1, 300))) / 100,
                }
            )
    return _of_web(rows)


def _tickets(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for n in range(160):
        opened = pd.Timestamp(_day(random, FIRST)) + pd.Timedelta(hours=int(random.integers(0, 24)))
        answered = None if n % 11 == 0 else opened + pd.Timedelta(minutes=int(random.integers(1, 3000)))
        rows.append(
            {
                "ticket_key": f"t{n}",
                "customer_key": f"k{random.integers(0, 60)}",
                "opened_at": opened,
                "opened_on": opened.date(),
                "kind": ["complaint", "question", None][n % 3],
                "priority": ["p1", "p2"][n % 2],
                "first_answered_at": answered,
                "first_answered_on": None if answered is None else answered.date(),
                "paused_minutes": None if n % 4 else float(37 * n % 600),
            }
        )
    return _of_web(rows)


def _ratings(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for n in range(40):
        day = _day(random, FIRST)
        score = None if n % 6 == 0 else float(random.integers(1, 6))
        rows.append(
            {
                "survey_answer_key": f"a{n}",
                "manager_key": MANAGERS[n % 4],
                "kind": "collaboration",
                "asked_at": pd.Timestamp(day),
                "asked_on": day,
                "score": score,
                "answered_at": None if score is None else pd.Timestamp(day),
                "answered_on": None if score is None else day,
            }
        )
    return _of_web(rows)


def _points(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for n in range(60):
        day = _day(random, date(2023, 9, 1))
        rows.append(
            {
                "points_entry_key": f"p{n}",
                "customer_key": f"k{n}",
                "booked_at": pd.Timestamp(day),
                "booked_on": day,
                "kind": "earned",
                "points": Decimal(10 + n),
                "expires_on": shop.LAST_DAY + timedelta(days=int(random.integers(-20, 90))),
            }
        )
    return _of_web(rows)
