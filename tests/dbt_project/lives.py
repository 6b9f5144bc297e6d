"""A made-up company of people who come, stay, go and come back, and their stages once more, said plainly."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

FIRST_DAY, LAST_DAY = date(2022, 9, 3), date(2024, 6, 17)
MONTH_ENDS = [day.date() for day in pd.date_range("2022-09-30", "2024-05-31", freq="ME")]
DATES = [*MONTH_ENDS, LAST_DAY]
RULES = """
rules:
  - {rule: never,      stage: prospect, when: "orders_lifetime = 0"}
  - {rule: long_gone,  stage: lost,     when: "recency_days > 200"}
  - {rule: broke_off,  stage: lost,
     when: "recency_days >= 90 and rhythm_ratio > 4 and orders_lifetime != 2 and orders_lifetime < 500"}
  - {rule: came_back,  stage: won_back, when: "months_since_return < 2"}
  - {rule: late,       stage: decline,  when: "rhythm_ratio > 2 and recency_days > 40"}
  - {rule: once,       stage: acquired, when: "purchase_days_lifetime = 1"}
  - {rule: much,       stage: advocate, when: "orders_3m >= 9"}
  - {rule: settled,    stage: maturity, when: "purchase_span_days >= 180"}
  - {rule: the_others, stage: growth}
"""


def orders(seed: int = 5) -> pd.DataFrame:
    """Sales and a few returns of 160 people with a rhythm of their own; some stop, some pause for most of a year."""
    random = np.random.default_rng(seed)
    rows = []
    for person in range(160):
        day = FIRST_DAY + timedelta(days=int(random.integers(0, 650)))
        rhythm, leaves, pauses = random.choice([6, 25, 70]), random.uniform(0, 0.12), random.random() < 0.3
        while day <= LAST_DAY:
            kind = "return" if random.random() < 0.08 else "sale"
            amount = Decimal(int(random.integers(100, 9000))) / 100 * (-1 if kind == "return" else 1)
            rows.append({"customer_key": f"k{person}", "ordered_on": day, "kind": kind, "amount": amount})
            if random.random() < leaves:
                if not pauses:
                    break
                day += timedelta(days=int(random.integers(180, 330)))
            day += timedelta(days=int(random.exponential(rhythm)))
    made = pd.DataFrame(rows).assign(source="shop")
    made["order_key"] = [f"o{n}" for n in range(len(made))]
    made["ordered_at"] = pd.to_datetime(made["ordered_on"])
    return made


def customers(of_orders: pd.DataFrame) -> pd.DataFrame:
    """Buyers and five who never buy; some without a region, branches within regions."""
    keys = [*dict.fromkeys(of_orders["customer_key"]), *(f"p{n}" for n in range(5))]
    first = of_orders.groupby("customer_key")["ordered_at"].min()
    rows = []
    for number, key in enumerate(keys):
        region = (None, "East", "West")[number % 3]
        created = first.get(key, pd.Timestamp("2023-03-05"))
        rows.append({"customer_key": key, "region": region, "branch": region and f"{region} {number % 2}"})
        rows[-1] |= {"acquisition_channel": ("web", "store")[number % 2], "created_at": created}
        rows[-1] |= {"created_on": created.date()}
    return pd.DataFrame(rows).assign(source="shop")


def campaigns(
    of_customers: pd.DataFrame, begins: list[date], objectives: list[str], seed: int
) -> dict[str, pd.DataFrame]:
    """Contract rows of campaigns c0, c1, … and of their touches: half of all are chosen, a fifth of those held back as
    control, and a few of the others never reached."""
    random, touches = np.random.default_rng(seed), []
    for number, day in enumerate(begins):
        for key in of_customers["customer_key"][random.random(len(of_customers)) < 0.55]:
            control = random.random() < 0.2
            kind = "targeted" if control or random.random() < 0.08 else "sent"
            touches.append((f"c{number}", key, kind, control, day + timedelta(days=int(random.integers(0, 5)))))
    columns = ["campaign_key", "customer_key", "kind", "is_control", "touched_on"]
    touches = pd.DataFrame(touches, columns=columns).assign(source="shop")
    touches["touch_key"] = [f"t{n}" for n in range(len(touches))]
    touches["touched_at"] = pd.to_datetime(touches["touched_on"])
    keys = [f"c{number}" for number in range(len(begins))]
    told = pd.DataFrame({"campaign_key": keys, "starts_on": begins, "objective": objectives}).assign(source="shop")
    return {"campaigns": told, "campaign_touches": touches}


def built(company, entities: dict[str, pd.DataFrame], select: str) -> pd.Series:
    """Load and build a company as of `LAST_DAY`; the source's key of each customer id."""
    for entity, rows in entities.items():
        company.load(entity, rows)
    company.build(LAST_DAY, select)
    keys = company.read("select customer_id, customer_key from core.customer_xref")
    return keys.set_index("customer_id")["customer_key"]


def leads() -> pd.DataFrame:
    """One open, one lost in March, one converted, one invalid, one of a customer who was known later."""
    rows = pd.DataFrame(
        [
            {"lead_key": "open", "status": "new"},
            {"lead_key": "lost", "status": "lost", "lost_on": date(2024, 3, 10)},
            {"lead_key": "won", "status": "converted", "converted_on": date(2024, 2, 10)},
            {"lead_key": "nobody", "status": "invalid"},
            {"lead_key": "later", "status": "contacted", "customer_key": "p0"},
        ]
    ).assign(source="shop", created_on=date(2023, 2, 2), created_at=pd.Timestamp("2023-02-02"))
    for moment in ("lost", "converted"):
        rows[f"{moment}_at"] = pd.to_datetime(rows[f"{moment}_on"])
    return rows


def stages(of_orders: pd.DataFrame, of_customers: pd.DataFrame) -> pd.DataFrame:
    """Stage, rule, since and previous stage of every known customer at every date, one after the other."""
    found = []
    sales = of_orders[of_orders["kind"] == "sale"]
    for customer in of_customers.itertuples():
        all_days = sorted(sales.loc[sales["customer_key"] == customer.customer_key, "ordered_on"])
        was_lost, returned, stage, since, previous, before = False, None, None, None, None, None
        for day in (each for each in DATES if customer.created_on <= each):
            bought = [each for each in all_days if each <= day]
            lost = _lost(bought, day)
            if was_lost and not lost and bought[-1] > before:
                returned = day
            rule, now = ("", "lost") if lost else _alive(bought, day, returned)
            if now != stage:
                stage, since, previous = now, day, stage
            found.append({"customer_key": customer.customer_key, "as_of_date": day, "stage": now, "since": since})
            found[-1] |= {"previous_stage": previous, "rule": lost or rule}
            was_lost, before = bool(lost), day
    return pd.DataFrame(found)


def _figures(bought: list[date], day: date) -> tuple[int, int, int, float]:
    days = sorted(set(bought))
    span, recency = (days[-1] - days[0]).days, (day - days[-1]).days
    return len(days), span, recency, recency / (span / (len(days) - 1)) if span else float("nan")


def _lost(bought: list[date], day: date) -> str | None:
    if not bought:
        return None
    _, _, recency, ratio = _figures(bought, day)
    if recency > 200:
        return "long_gone"
    return "broke_off" if recency >= 90 and ratio > 4 and len(bought) != 2 else None


def _alive(bought: list[date], day: date, returned: date | None) -> tuple[str, str]:
    if not bought:
        return "never", "prospect"
    number, span, recency, ratio = _figures(bought, day)
    if returned and (day.year - returned.year) * 12 + day.month - returned.month < 2:
        return "came_back", "won_back"
    if ratio > 2 and recency > 40:
        return "late", "decline"
    if number == 1:
        return "once", "acquired"
    start = (pd.Timestamp(day) + pd.Timedelta(days=1) - pd.DateOffset(months=3)).date()
    if sum(each >= start for each in bought) >= 9:
        return "much", "advocate"
    return ("settled", "maturity") if span >= 180 else ("the_others", "growth")
