"""How long the judged customers were silent after the date they were judged on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SILENCE = "recency_days"


def silence_since(
    known: pa.Table, judged: pa.Table, judged_on: date, outcome: np.ndarray, lead_days: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """At every later date, which of the judged customers had not bought since.

    Parameters
    ----------
    known : rows of all dates that are known, with customer_id, as_of_date and recency_days
    judged : rows of the judged customers at `judged_on`, `outcome` (n,) whether they churned within `lead_days`

    Returns
    -------
    days since `judged_on` (k,) and a bool array of shape (k, n); None where no later date is known, the table lacks the
    silence, or churn is something else: who bought within the lead has churned all the same
    """
    later = sorted(day for day in pc.unique(known["as_of_date"]).to_pylist() if day > judged_on)
    if not later or _SILENCE not in known.column_names:
        return None
    known, waits = known.select(["customer_id", "as_of_date", _SILENCE]), np.ones((len(later), judged.num_rows), bool)
    for number, day in enumerate(later):
        rows = known.filter(pc.equal(known["as_of_date"], pa.scalar(day, pa.date32())))
        place = pc.index_in(judged["customer_id"], rows["customer_id"])
        silence = pc.cast(rows[_SILENCE], pa.float64()).take(place).to_numpy(zero_copy_only=False)
        # Who is not told of any more has not bought.
        waits[number] = ~(silence < (day - judged_on).days)
    waits = np.logical_and.accumulate(waits)
    days = np.array([(day - judged_on).days for day in later])
    within = days <= lead_days
    if within.any() and (outcome & ~waits[within][-1]).any():
        return None
    return days, waits
