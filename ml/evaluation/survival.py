"""How long customers keep waiting, group by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm


def waiting_curves(days, still_waits, score, groups: int = 5, confidence: float = 0.95) -> pd.DataFrame:
    """Share of customers who still wait after so many days, in groups of equal size by score.

    All are followed to the last day, so that the product-limit estimate of Kaplan and Meier (1958) is a plain share.

    Parameters
    ----------
    days : array of shape (k,), ascending and above zero
    still_waits : bool array of shape (k, n), by customer; who no longer waits does not wait later
    score : array of shape (n,)

    Returns
    -------
    table of group (1 has the highest scores), customers, days (0 before all others), share, lower and upper: the
    log-log interval of Greenwood's variance, null where all or none wait
    """
    still_waits, customers = np.asarray(still_waits, dtype=bool), len(score)
    order = np.argsort(-np.asarray(score, dtype=float), kind="stable")
    curves = []
    for number, members in enumerate(np.array_split(order, min(groups, customers))):
        share = np.concatenate([[1.0], still_waits[:, members].mean(axis=1)])
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.sqrt((1 - share) / (len(members) * share)) / np.abs(np.log(share))
            reach = np.exp(norm.ppf((1 + confidence) / 2) * error)
            lower, upper = share**reach, share ** (1 / reach)
        told = (share > 0) & (share < 1)
        curves.append(
            pd.DataFrame(
                {
                    "group": number + 1,
                    "customers": len(members),
                    "days": np.concatenate([[0], days]).astype(int),
                    "share": share,
                    "lower": np.where(told, lower, np.nan),
                    "upper": np.where(told, upper, np.nan),
                }
            )
        )
    return pd.concat(curves, ignore_index=True)
