"""What the made-up shop knows beside its orders: contracts, costs, demands, leads, advertising, tickets, answers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from tests.dbt_project import shop

PRICES = {"basic": 9, "plus": 19, "pro": 39}
DAYS = {"month": 30, "quarter": 90, "year": 365}


def subscriptions(seed: int = 5) -> pd.DataFrame:
    """Chains of terms of forty customers; half of them say how a term ended, the others leave it to be seen."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(40):
        tells = number % 2 == 0
        period = random.choice(["month", "quarter", "year", None], p=[0.5, 0.3, 0.1, 0.1])
        starts, plan, former = shop.FIRST_DAY + timedelta(days=int(random.integers(0, 400))), "basic", None
        for position in range(12):
            if starts > shop.LAST_DAY + timedelta(days=60):
                break
            ends = starts + timedelta(days=DAYS.get(period, 30) - 1)
            fate = random.choice(["renewed", "migrated", "cancelled", "lapsed"], p=[0.6, 0.2, 0.1, 0.1])
            ended = (
                ends + timedelta(days=1) if fate != "cancelled" else ends - timedelta(days=int(random.integers(0, 9)))
            )
            row = {
                "subscription_key": f"s{number}.{position}",
                "previous_subscription_key": former,
                "customer_key": None if number == 7 else f"k{number}",
                "account_key": "a1" if number == 7 else None,
                "plan": plan,
                "price": None if number == 9 else Decimal(PRICES[plan] * (10 if period == "year" else 1)),
                "billing_period": period,
                "starts_on": starts,
                "ends_on": ends,
            }
            if tells:
                row |= {"ended_at": pd.Timestamp(ended), "ended_on": ended, "end_kind": fate, "end_reason": "so it was"}
            rows.append(row)
            if fate in ("cancelled", "lapsed"):
                break
            if fate == "migrated":
                plan = random.choice([other for other in PRICES if other != plan])
            # Some come back late, a few so late that the term was given up for lost.
            late = 0 if tells else int(random.choice([0, 5, 90], p=[0.7, 0.2, 0.1]))
            starts, former = ends + timedelta(days=1 + late), row["subscription_key"]
    return _of_web(rows)


def service_costs(seed: int = 6) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return _of_web(
        [
            {
                "service_cost_key": f"c{n}",
                "customer_key": None if n % 10 == 0 else f"k{random.integers(0, 60)}",
                "incurred_on": _day(random, date(2023, 3, 15)),
                "kind": "people",
                "amount": Decimal(int(random.integers(1, 9000))) / 100,
            }
            for n in range(150)
        ]
    )


def payments(seed: int = 7) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for n in range(200):
        issued = _day(random, shop.FIRST_DAY)
        lost = random.random() < 0.15
        rows.append(
            {
                "payment_key": f"p{n}",
                "customer_key": None if n % 20 == 0 else f"k{random.integers(0, 60)}",
                "kind": "refund" if n % 9 == 0 else "charge",
                "issued_at": pd.Timestamp(issued),
                "issued_on": issued,
                "due_on": None if n % 5 == 0 else issued + timedelta(days=30),
                "written_off_amount": Decimal(int(random.integers(1, 900))) if lost and n % 9 else None,
            }
        )
    return _of_web(rows)


def leads(seed: int = 8) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    days = [_day(random, shop.FIRST_DAY) for _ in range(80)]
    return _of_web(
        [
            {
                "lead_key": f"l{n}",
                "created_at": pd.Timestamp(day),
                "created_on": day,
                "status": "new",
                "cost": None if n % 4 == 0 else Decimal(3),
            }
            for n, day in enumerate(days)
        ]
    )


def marketing_spend(seed: int = 9) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return _of_web(
        [
            {
                "spend_key": f"m{n}",
                "spent_on": _day(random, shop.FIRST_DAY),
                "purpose": ["acquisition", "brand"][n % 2],
                "amount": Decimal(int(random.integers(100, 900))),
            }
            for n in range(60)
        ]
    )


def tickets(seed: int = 10) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    days = [_day(random, shop.FIRST_DAY) for _ in range(90)]
    return _of_web(
        [
            {
                "ticket_key": f"t{n}",
                "customer_key": f"k{random.integers(0, 60)}",
                "opened_at": pd.Timestamp(day),
                "opened_on": day,
                "kind": ["complaint", "question"][n % 2],
            }
            for n, day in enumerate(days)
        ]
    )


def surveys(seed: int = 11) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    days = [_day(random, shop.FIRST_DAY) for _ in range(150)]
    return _of_web(
        [
            {
                "survey_answer_key": f"a{n}",
                "customer_key": f"k{random.integers(0, 60)}",
                "kind": ["nps", "nps", "csat"][n % 3],
                "asked_at": pd.Timestamp(day),
                "asked_on": day,
                "score": None if n % 5 == 0 else float(random.integers(0, 11)) if n % 3 < 2 else 4.0,
                "answered_at": None if n % 5 == 0 else pd.Timestamp(day),
                "answered_on": None if n % 5 == 0 else day,
            }
            for n, day in enumerate(days)
        ]
    )


def _day(random: np.random.Generator, first: date) -> date:
    return first + timedelta(days=int(random.integers(0, (shop.LAST_DAY - first).days + 1)))


def _of_web(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows).assign(source="web")
