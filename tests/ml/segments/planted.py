"""Customers of four planted ways of buying, clear enough that whoever knows them can tell them apart."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from ml.segments import SegmentSettings
from ml.segments.features import Feature

AS_OF = date(2024, 6, 30)
WAYS = ("regular", "big", "bargain", "gone")
# Median recency in days, purchase days, order value and discount share of each way.
_MEDIANS = {
    "regular": (10, 30, 40, 0.05),
    "big": (40, 6, 400, 0.05),
    "bargain": (30, 10, 30, 0.5),
    "gone": (400, 0, 60, 0.1),
}
FEATURES = (
    Feature("recency_days", "log", "Bought lately", "近期购买", "Long silent", "久未购买"),
    Feature("purchase_days_12m", "log", "Rare", "低频", "Frequent", "高频"),
    Feature("average_order_value", "log", "Small baskets", "小额", "Big baskets", "大额"),
    Feature("discount_share_12m", "linear", "Full price", "原价购买", "Discount minded", "偏好折扣"),
)
SETTINGS = SegmentSettings(2, 7, 100, 0.02, 0.8, 0.01, 0.5, FEATURES)


def planted(customers: int, seed: int = 1, as_of: date = AS_OF, spread: float = 0.35) -> tuple[pa.Table, np.ndarray]:
    """Features at `as_of`, and the way that each customer was given; the discount of those who are gone is unknown."""
    random = np.random.default_rng(seed)
    ways = random.choice(WAYS, customers, p=(0.4, 0.15, 0.2, 0.25))
    medians = np.array([_MEDIANS[way] for way in ways]).reshape(-1, 4)
    noise = np.exp(spread * random.standard_normal((customers, 3)))
    share = np.clip(medians[:, 3] + 0.06 * random.standard_normal(customers), 0, 1)
    table = {
        "customer_id": [f"c{number:07d}" for number in range(customers)],
        "as_of_date": pa.array([as_of] * customers, pa.date32()),
        "recency_days": np.round(medians[:, 0] * noise[:, 0]),
        "purchase_days_12m": np.round(medians[:, 1] * noise[:, 1]),
        "average_order_value": np.round(medians[:, 2] * noise[:, 2], 2),
        "discount_share_12m": pa.array(share, mask=ways == "gone"),
    }
    return pa.table(table), ways
