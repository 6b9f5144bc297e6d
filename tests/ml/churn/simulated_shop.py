"""A feature table of customers who buy weekly by chance, each at a rate of their own, and leave by one too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

LEADS = (90, 180)


def simulated_features(customers: int, months: int, seed: int, leads=LEADS) -> pa.Table:
    """customer_id, as_of_date, is_eligible, five features and the labels; labels null where not over at the end."""
    generator = np.random.default_rng(seed)
    dates = pd.date_range("2020-01-31", periods=months, freq="ME")
    start = dates[0] - pd.Timedelta(days=30)
    weeks = int((dates[-1] - start).days // 7)
    rate = generator.beta(2, 6, customers)[:, None]
    hazard = generator.beta(1.2, 60, customers)
    leaves = generator.geometric(np.maximum(hazard, 1e-4))[:, None]
    arrives = generator.integers(0, weeks // 2, customers)[:, None]
    week = np.arange(weeks)[None, :]
    bought = (generator.random((customers, weeks)) < rate) & (week >= arrives) & (week < arrives + leaves)
    days = np.asarray((dates - start).days)
    parts = []
    for day, date in zip(days, dates, strict=True):
        parts.append(_at(bought, day, date, int(days[-1]), leads, generator))
    frame = pd.concat(parts).sort_values(["as_of_date", "customer_id"])
    fields = [("customer_id", pa.string()), ("as_of_date", pa.date32()), ("is_eligible", pa.bool_())]
    fields += [
        (name, pa.float64()) for name in ("recency_days", "rhythm_ratio", "orders_3m", "orders_lifetime", "luck")
    ]
    fields += [(f"churned_{lead}d", pa.bool_()) for lead in leads]
    return pa.Table.from_pandas(frame, schema=pa.schema(fields), preserve_index=False)


def _at(bought, day: int, date, end: int, leads, generator) -> pd.DataFrame:
    bought_on = np.arange(bought.shape[1]) * 7
    past = bought & (bought_on <= day)[None, :]
    known = past.any(axis=1)
    first, last = past.argmax(axis=1) * 7, (past.shape[1] - 1 - past[:, ::-1].argmax(axis=1)) * 7
    count = past.sum(axis=1)
    gap = np.where(count > 1, (last - first) / np.maximum(count - 1, 1), np.nan)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number:05d}" for number in range(len(bought))],
            "as_of_date": date.date(),
            "is_eligible": (count >= 2) & (day - last <= 180),
            "recency_days": (day - last).astype(float),
            "rhythm_ratio": (day - last) / gap,
            "orders_3m": (past & (bought_on > day - 90)[None, :]).sum(axis=1).astype(float),
            "orders_lifetime": count.astype(float),
            "luck": generator.normal(size=len(bought)),
        }
    )
    for lead in leads:
        window = (bought_on > day) & (bought_on <= day + lead)
        outcome = pd.Series(~(bought & window[None, :]).any(axis=1)).astype(object)
        frame[f"churned_{lead}d"] = outcome.where(frame.is_eligible & (day + lead <= end), None)
    return frame[known]
