"""A million customers, twelve actions, four budgets: time, memory, and how near the allocation is to the bound."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SIZES = (10_000, 100_000, 1_000_000)
ACTIONS = 12


def main(sizes: Sequence[int] = SIZES) -> None:
    print("customers  seconds  cpu s  steps         gap  highs gap  peak MB")
    for customers in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(measure, (customers,)), flush=True)


def measure(customers: int) -> str:
    """One line; `gap` is the share under our own bound, `highs gap` that under the linear programme solved by HiGHS."""
    from ml.decisions.allocation import allocate

    values, usage, limits = market(customers)
    before = _megabytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, without that of making the values
    started, spent = time.perf_counter(), time.process_time()
    found = allocate(values, usage, limits)
    seconds, spent = time.perf_counter() - started, time.process_time() - spent
    peak = _megabytes("VmHWM") - before
    solved = _linear_programme(values, usage, limits) if customers <= 10_000 else None
    apart = f"{(solved - found.value) / solved:.2e}" if solved else "-"
    return f"{customers:9,}  {seconds:7.2f}  {spent:5.1f}  {found.steps:5}  {found.gap:10.2e}  {apart:>9}  {peak:7.0f}"


def market(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, half of them not eligible; budgets of money in all, calls, money of one team and gifts, all short."""
    random = np.random.default_rng(1)
    cost = random.uniform(0.1, 40, ACTIONS).round(2)
    stake = random.lognormal(3, 1.5, customers)
    values = stake[:, None] * random.uniform(0.01, 0.2, ACTIONS) * random.uniform(0.5, 1.5, (customers, ACTIONS)) - cost
    values[random.random(values.shape) < 0.5] = np.nan
    number = np.arange(ACTIONS)
    usage = np.column_stack([cost, number < 4, np.where((number >= 4) & (number < 8), cost, 0), number >= 8])
    return values, usage.astype(float), customers * np.array([0.8, 0.02, 0.3, 0.004])


def _linear_programme(values, usage, limits) -> float:
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, eye, kron, vstack

    once = kron(eye(len(values)), np.ones((1, values.shape[1])))
    rows = vstack([once, csr_matrix(np.tile(usage.T, len(values)))]).tocsr()
    most = np.r_[np.ones(len(values)), limits]
    return -linprog(-np.where(values > 0, values, 0.0).ravel(), A_ub=rows, b_ub=most, bounds=(0, 1)).fun


def _megabytes(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
