"""A table without dates, one row a customer, as a feature table: for data that tell of one moment only."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.churn.features import label_name

_BLOCKS = 3
_FIRST = date(2000, 1, 1)


def cross_section(
    frame: pd.DataFrame, outcome: np.ndarray, learn: np.ndarray, judge: np.ndarray, lead_days: int
) -> tuple[pa.Table, date]:
    """A feature table whose rows `judge` stand a lead after the rows `learn`, and the date at which all is known.

    Rows have no dates of their own. Those to learn from are dealt out to three dates a lead apart, so that training
    chooses and calibrates on rows that a model has not seen, as it does on real dates.

    Parameters
    ----------
    frame : attributes; numbers stay, every value of a text becomes a feature of 0 and 1
    outcome : bool array of shape (len(frame),), whether the customer left
    learn, judge : row numbers
    """
    features = attributes(frame)
    blocks = np.zeros(len(frame), dtype=int)
    blocks[learn] = np.arange(len(learn)) % _BLOCKS
    blocks[judge] = _BLOCKS
    rows = np.concatenate([learn, judge])
    days = [_FIRST + timedelta(days=int(block) * lead_days) for block in blocks[rows]]
    columns: dict[str, pa.Array] = {
        "customer_id": pa.array([f"r{row:07d}" for row in rows]),
        "as_of_date": pa.array(days, pa.date32()),
        "is_eligible": pa.array(np.ones(len(rows), dtype=bool)),
        **{name: pa.array(features[name].to_numpy()[rows], pa.float64(), from_pandas=True) for name in features},
        label_name(lead_days): pa.array(np.asarray(outcome, dtype=bool)[rows]),
    }
    return pa.table(columns), _FIRST + timedelta(days=(_BLOCKS + 1) * lead_days)


def attributes(frame: pd.DataFrame) -> pd.DataFrame:
    """Attributes as numbers: texts that are numbers are read, other texts become a column of 0 and 1 for each value."""
    parts = []
    for name in frame.columns:
        column = frame[name]
        numbers = pd.to_numeric(column, errors="coerce")
        blank = column.isna() | (column.astype(str).str.strip() == "")
        if numbers[~blank].notna().all():
            parts.append(numbers.astype(float).rename(name))
        else:
            parts.append(pd.get_dummies(column, prefix=name).astype(float))
    return pd.concat(parts, axis=1)
