"""A made-up company that sells to accounts and households: groups, members who come and go, and all that happens."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

FIRST, LAST = date(2023, 2, 3), date(2024, 10, 17)
# a1 and a2 belong to a0, a3 to a2; a5 and a6 claim each other; a8 claims somebody unknown.
PARENTS = {"a1": "a0", "a2": "a0", "a3": "a2", "a5": "a6", "a6": "a5", "a8": "nobody"}
CUSTOMERS = [f"c{number}" for number in range(36)]
ROLES = ("owner", "buyer", "payer", "user", None)


def tables(seed: int = 11) -> dict[str, pd.DataFrame]:
    """Contract rows by entity."""
    random = np.random.default_rng(seed)
    return {
        "customers": _customers(),
        "households": pd.DataFrame({"household_key": [f"h{number}" for number in range(6)]}).assign(source="crm"),
        "accounts": _accounts(),
        "account_members": _members(random),
        **_happenings(random),
    }


def _day(random: np.random.Generator, first: date = FIRST, last: date = LAST) -> date:
    return first + timedelta(days=int(random.integers(0, (last - first).days + 1)))


def _customers() -> pd.DataFrame:
    frame = pd.DataFrame({"customer_key": CUSTOMERS}).assign(source="crm", created_on=FIRST)
    frame["household_key"] = [f"h{number // 2}" if number < 10 else None for number in range(len(frame))]
    return frame.assign(created_at=pd.Timestamp(FIRST))


def _accounts() -> pd.DataFrame:
    keys = [f"a{number}" for number in range(9)]
    frame = pd.DataFrame({"account_key": keys, "source": "crm"})
    frame["parent_account_key"] = [PARENTS.get(key) for key in keys]
    frame["created_on"] = [None if key == "a4" else FIRST if key != "a7" else date(2024, 2, 10) for key in keys]
    frame["created_at"] = pd.to_datetime(frame["created_on"])
    frame["target_revenue"] = [Decimal(5000)] * 8 + [None]
    frame["is_key_account"] = [True, None, False, None, True, None, None, None, None]
    return frame


def _members(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for number, customer in enumerate(CUSTOMERS[:30]):
        for _ in range(1 + number % 3):
            starts = _day(random)
            ends = starts + timedelta(days=int(random.integers(0, 300))) if random.random() < 0.4 else None
            rows.append((f"a{random.integers(0, 9)}", customer, str(random.choice(ROLES[:4])), starts, ends))
    rows.append(("a0", "c0", None, None, None))
    rows.append(("a0", "c0", "owner", FIRST, None))
    frame = pd.DataFrame(rows, columns=["account_key", "customer_key", "role", "starts_on", "ends_on"]).assign(
        source="crm"
    )
    return frame.assign(account_member_key=[f"m{number}" for number in range(len(frame))])


def _happenings(random: np.random.Generator) -> dict[str, pd.DataFrame]:
    orders, tickets, surveys, payments, costs = [], [], [], [], []
    for number in range(700):
        day, customer = _day(random), str(random.choice(CUSTOMERS))
        named = f"a{random.integers(0, 9)}" if random.random() < 0.15 else "zz" if random.random() < 0.05 else None
        who = {"source": "crm", "customer_key": customer, "account_key": named}
        kind = "return" if random.random() < 0.1 else "sale"
        amount = Decimal(int(random.integers(5, 300))) * (-1 if kind == "return" else 1)
        orders.append({**who, "order_key": f"o{number}", "ordered_on": day, "kind": kind, "amount": amount})
        due = day + timedelta(days=30)
        paid = None if random.random() < 0.1 else due + timedelta(days=int(random.integers(-20, 40)))
        bill = {**who, "payment_key": f"p{number}", "kind": "charge", "issued_on": day, "due_on": due, "paid_on": paid}
        given_up = abs(amount) if paid is None and random.random() < 0.5 else None
        payments.append({**bill, "amount_due": abs(amount), "written_off_amount": given_up})
        if random.random() < 0.3:
            ticket = str(random.choice(["complaint", "question"]))
            tickets.append({**who, "ticket_key": f"t{number}", "opened_on": day, "kind": ticket})
            costs.append({**who, "service_cost_key": f"k{number}", "incurred_on": day, "amount": Decimal(7)})
        if random.random() < 0.4:
            kind = str(random.choice(["nps", "csat"]))
            score = float(random.integers(0, 11) if kind == "nps" else random.integers(1, 6))
            answered = day + timedelta(days=2) if random.random() < 0.8 else None
            asked = {**who, "survey_answer_key": f"s{number}", "kind": kind, "asked_on": day, "answered_on": answered}
            surveys.append({**asked, "score": score if answered else None})
    by_entity = {
        "orders": (orders, ["ordered"]),
        "tickets": (tickets, ["opened"]),
        "surveys": (surveys, ["asked", "answered"]),
        "payments": (payments, ["issued", "paid"]),
        "service_costs": (costs, []),
    }
    return {entity: _with_moments(pd.DataFrame(rows), moments) for entity, (rows, moments) in by_entity.items()}


def _with_moments(rows: pd.DataFrame, moments: list[str]) -> pd.DataFrame:
    return rows.assign(**{f"{moment}_at": pd.to_datetime(rows[f"{moment}_on"]) for moment in moments})
