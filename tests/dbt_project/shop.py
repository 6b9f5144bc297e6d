"""A small made-up shop, the same at every call: several sources, returns, adjustments, gaps and unknown buyers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

FIRST_DAY = date(2022, 11, 7)
LAST_DAY = date(2024, 4, 17)


def orders_and_lines(seed: int = 20) -> tuple[pd.DataFrame, pd.DataFrame]:
    """About 900 orders of 60 customers of two sources; source `till` has no lines."""
    random = np.random.default_rng(seed)
    orders, lines = [], []
    for number in range(60):
        source = "till" if number % 4 == 0 else "web"
        day = FIRST_DAY + timedelta(days=int(random.integers(0, 300)))
        while day <= LAST_DAY:
            key = f"o{len(orders)}"
            stamp = pd.Timestamp(day) + pd.Timedelta(hours=int(random.integers(0, 24)))
            kind = random.choice(["sale", "return", "adjustment"], p=[0.86, 0.09, 0.05])
            order = {
                "source": source,
                "order_key": key,
                "customer_key": None if random.random() < 0.05 else f"k{number}",
                "ordered_at": stamp,
                "ordered_on": day,
            }
            if source == "till":
                order |= {"kind": kind, "amount": _money(random) * (-1 if kind == "return" else 1)}
            else:
                lines += _lines(random, source, key, kind)
            orders.append(order)
            # Some customers come twice on one day, some stay away for half a year.
            day += timedelta(days=int(random.choice([0, 3, 11, 35, 190], p=[0.15, 0.3, 0.3, 0.2, 0.05])))
    return pd.DataFrame(orders), pd.DataFrame(lines)


def _lines(random: np.random.Generator, source: str, order_key: str, kind: str) -> list[dict]:
    return [
        {
            "source": source,
            "order_key": order_key,
            "order_item_key": f"{order_key}.{position}",
            "product_key": f"p{random.integers(0, 12)}",
            "kind": kind if position == 0 else "sale" if kind == "sale" else kind,
            "quantity": Decimal(int(random.integers(1, 4)) * (-1 if kind == "return" else 1)),
            "amount": _money(random) * (-1 if kind == "return" else 1),
            "discount_amount": Decimal(int(random.integers(0, 3))),
        }
        for position in range(int(random.integers(1, 4)))
    ]


def _money(random: np.random.Generator) -> Decimal:
    return Decimal(int(random.integers(0, 20_000))) / 100


def products() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "source": "web",
                "product_key": f"p{n}",
                "name": f"thing {n}",
                "category": None if n == 11 else f"c{n % 4}",
            }
            for n in range(12)
        ]
    )


def customers(orders: pd.DataFrame) -> pd.DataFrame:
    """Dated rows from the orders, undated ones from a list that also knows people who have not bought (yet)."""
    known = orders.dropna(subset=["customer_key"])
    first = known.groupby(["source", "customer_key"], as_index=False)["ordered_at"].min()
    dated = first.rename(columns={"ordered_at": "created_at"}).assign(_table="orders", country="CN")
    dated["created_on"] = dated["created_at"].dt.date
    listed = pd.DataFrame(
        [
            {
                "source": "web",
                "customer_key": f"k{n}",
                "gender": "female",
                "email": f"k{n}@example.com",
                "_table": "list",
            }
            for n in (1, 2, 3, 70, 71)
        ]
    )
    late = pd.DataFrame(
        [
            {
                "source": "web",
                "customer_key": "k72",
                "_table": "orders",
                "created_at": pd.Timestamp("2024-03-30"),
                "created_on": date(2024, 3, 30),
            }
        ]
    )
    return pd.concat([dated, listed, late], ignore_index=True)
