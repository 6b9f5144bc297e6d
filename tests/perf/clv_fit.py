"""Time of fitting and predicting lifetime value at growing sizes, on simulated BG/NBD histories."""

from __future__ import annotations

import resource
import statistics
import time

import numpy as np

from ml.clv import BetaGeoModel, GammaGammaModel

SIZES, REPEATS = (10_000, 100_000, 1_000_000), 3


def simulate(customers: int, seed: int = 1) -> tuple[np.ndarray, ...]:
    """frequency, recency, T (weeks) and mean spend of customers who follow BG/NBD (r .24, alpha 4.4, a .8, b 2.4)."""
    random = np.random.default_rng(seed)
    age = random.integers(26, 79, customers).astype(float)
    rate, leaving = random.gamma(0.24, 1 / 4.4, customers), random.beta(0.8, 2.4, customers)
    frequency, recency, clock = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.arange(customers)
    while len(active):
        clock[active] += random.exponential(1 / rate[active])
        active = active[clock[active] < age[active]]
        frequency[active] += 1
        recency[active] = np.ceil(clock[active] * 7) / 7
        active = active[random.random(len(active)) > leaving[active]]
    spend = np.where(frequency > 0, random.gamma(6 * np.maximum(frequency, 1)) * random.gamma(4, 2, customers), 0)
    return frequency, np.minimum(recency, age), age, np.round(spend / np.maximum(frequency, 1), 2)


def main() -> None:
    print(f"{'customers':>10} {'BG/NBD fit':>11} {'predict':>9} {'Gamma-Gamma':>12}   seconds, median of {REPEATS}")
    for size in SIZES:
        frequency, recency, age, spend = simulate(size)
        repeat = (frequency > 0) & (spend > 0)
        times: dict[str, list[float]] = {"fit": [], "predict": [], "spend": []}
        for _ in range(REPEATS):
            started = time.perf_counter()
            model = BetaGeoModel().fit(frequency, recency, age)
            fitted = time.perf_counter()
            model.expected_purchases(52, frequency, recency, age)
            predicted = time.perf_counter()
            GammaGammaModel().fit(frequency[repeat], spend[repeat])
            ended = time.perf_counter()
            for name, seconds in zip(times, (fitted - started, predicted - fitted, ended - predicted), strict=True):
                times[name].append(seconds)
        fit, predict, money = (statistics.median(found) for found in times.values())
        print(f"{size:>10,} {fit:>11.3f} {predict:>9.3f} {money:>12.3f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
