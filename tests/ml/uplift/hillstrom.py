"""Rows of Hillstrom's e-mail test as an uplift training reads them: one experiment, features known before."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

AS_OF = date(2008, 4, 30)
FEATURES = ["recency", "history", "mens", "womens", "newbie", "urban", "rural", "by_phone", "by_web"]
NO_EMAIL, MENS, WOMENS = "No E-Mail", "Mens E-Mail", "Womens E-Mail"


def read(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "hillstrom" / "hillstrom_email_part.csv.gz")


def experiment(frame: pd.DataFrame, arm: str, outcome: np.ndarray | None = None, metric: str = "visit") -> pa.Table:
    """Customers of one e-mail and of none; `outcome` in place of what happened, shape (rows of both,)."""
    rows = frame[frame["segment"].isin([arm, NO_EMAIL])]
    rows = rows.assign(
        urban=rows["zip_code"] == "Urban",
        rural=rows["zip_code"] == "Rural",
        by_phone=rows["channel"] == "Phone",
        by_web=rows["channel"] == "Web",
    )
    keys = {
        "campaign_id": [arm] * len(rows),
        "customer_id": [f"h{number}" for number in rows.index],
        "as_of_date": pa.array([AS_OF] * len(rows), pa.date32()),
        "objective": ["activation"] * len(rows),
        "is_treated": (rows["segment"] == arm).tolist(),
        "outcome": rows[metric].to_numpy(float) if outcome is None else outcome,
    }
    return pa.table(keys | {name: rows[name].to_numpy(float) for name in FEATURES})
