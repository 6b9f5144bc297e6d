"""Scoring customers for churn, three reasons each: seconds and peak memory at 10 thousand, 100 thousand and a million.

`python -m tests.perf.score_scale [customers …]`. Each measurement is a process of its own; the table of features (all
indicators of the model, a fifth of some unknown) is made before the clock starts and is not counted as memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from datetime import date

import numpy as np
import pyarrow as pa

from include.policies.churn_policy import indicator_names, table_rows
from include.policies.reader import read_policies
from include.workspace import Workspace
from ml.churn.fitting import fit_calibrated
from ml.churn.reasons import Reason
from ml.churn.scoring import score_churn

SIZES = (10_000, 100_000, 1_000_000)
RECIPES = ("logistic_medium", "boosting_fast")
LEARNT = 20_000


def shipped_reasons() -> tuple[Reason, ...]:
    tables = table_rows(read_policies(Workspace("shop", ()))["churn"])
    indicators, conditions = tables["churn_reason_indicators"], tables["churn_reason_conditions"]
    return tuple(
        Reason(
            row[1],
            row[8],
            row[4],
            tuple(name for code, name in indicators if code == row[1]),
            tuple(tuple(one[2:]) for one in conditions if one[0] == row[1]),
        )
        for row in tables["churn_reasons"]
    )


def customers(number: int, seed: int) -> tuple[pa.Table, np.ndarray]:
    """Everybody judged, indicators of the shapes that counts and money have, and who leaves."""
    generator = np.random.default_rng(seed)
    columns = {}
    for place, name in enumerate(indicator_names()):
        values = generator.gamma(1 + place % 3, 20, number).round(place % 3)
        if place % 5 == 0:
            values[generator.random(number) < 0.2] = np.nan
        columns[name] = values
    odds = (columns["recency_days"] - columns["orders_3m"]) / 20 + 0.5 * (columns["late_complaints_12m"] > 40)
    leaves = generator.random(number) < 1 / (1 + np.exp(-np.nan_to_num(odds)))
    table = pa.table(
        {
            "customer_id": pa.array(np.char.add("c", np.arange(number).astype(str))),
            "as_of_date": pa.array([date(2025, 6, 30)] * number, pa.date32()),
            "is_eligible": pa.array(np.ones(number, dtype=bool)),
            **{name: pa.array(values, from_pandas=True) for name, values in columns.items()},
        }
    )
    return table, leaves


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(recipe: str, number: int) -> None:
    names, reasons = list(indicator_names()), shipped_reasons()
    learnt, leaves = customers(LEARNT, 1)
    matrix = np.column_stack([learnt[name].to_numpy(zero_copy_only=False) for name in names])
    model = fit_calibrated(recipe, names, matrix, leaves, None)
    table, _ = customers(number, 2)
    before, began = peak_megabytes(), time.process_time()
    scores = score_churn(model, names, table, reasons)
    seconds = time.process_time() - began
    named = 1 - scores["reason_1"].null_count / number
    print(f"{recipe:16} {number:>9,} {seconds:8.2f} s {peak_megabytes() - before:8.0f} MB {named:8.1%}", flush=True)


def main(sizes: tuple[int, ...] = SIZES) -> None:
    print(f"{'recipe':16} {'customers':>9} {'CPU':>10} {'peak over':>11} {'named':>8}")
    for recipe in RECIPES:
        for number in sizes:
            subprocess.run([sys.executable, "-m", "tests.perf.score_scale", recipe, str(number)], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in RECIPES:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
