"""Which topics are written of more than they used to be."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

_DECIMALS = 9


def find_rises(counts: pd.DataFrame, months: int) -> pd.DataFrame:
    """Each topic and month beside the months before it.

    Parameters
    ----------
    counts : language, topic_id, month_no (consecutive), texts, language_texts; one row a topic and month in which the
        language has texts, also where the topic has none
    months : months before that it is set beside, as far as they are told

    Returns
    -------
    `counts` with baseline_texts and baseline_language_texts (sums over those months) and rise_probability: how likely
    so large a share of the month would be if the topic were as frequent as before, at most 1, nan where nothing was
    before.

    Of the texts on the topic in both spans those of the month are binomial by its share of all texts (the conditional
    test of two rates: Przyborowski and Wilenski 1940). With many topics some seem to rise by chance: the probabilities
    of a language and month are corrected by Holm's procedure (1979).
    """
    told = counts.sort_values(["topic_id", "month_no"], ignore_index=True)
    sums = {name: np.zeros(len(told), np.int64) for name in ("texts", "language_texts")}
    for back in range(1, months + 1):
        # A month without any text of the language has no row.
        shifted = told[["topic_id", "month_no", *sums]].assign(month_no=told["month_no"] + back)
        before = told[["topic_id", "month_no"]].merge(shifted, how="left", on=["topic_id", "month_no"])
        for name in sums:
            sums[name] += before[name].fillna(0).astype(np.int64).to_numpy()
    told["baseline_texts"], told["baseline_language_texts"] = sums["texts"], sums["language_texts"]
    chance = told["language_texts"] / (told["language_texts"] + told["baseline_language_texts"])
    alone = binom.sf(told["texts"] - 1, told["texts"] + told["baseline_texts"], chance)
    told["alone"] = np.where(told["baseline_language_texts"] > 0, alone, np.nan)
    corrected = told.groupby(["language", "month_no"])["alone"].transform(_holm)
    told["rise_probability"] = corrected.round(_DECIMALS)
    return told.drop(columns="alone")


def _holm(probabilities: pd.Series) -> np.ndarray:
    values = probabilities.to_numpy(float)
    order = np.argsort(values, kind="stable")
    factors = len(values) - np.arange(len(values))
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(1, np.maximum.accumulate(values[order] * factors))
    return corrected
