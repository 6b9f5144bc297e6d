"""Purchase histories drawn from the story that BG/NBD tells."""

from __future__ import annotations

import numpy as np


def simulated_histories(customers, r, alpha, a, b, seed=5):
    """Frequency, recency and age of customers first seen 20 to 60 units of time ago."""
    generator = np.random.default_rng(seed)
    rate, leaving = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    age = generator.uniform(20, 60, customers)
    x, t_x, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while len(alive):
        now[alive] += generator.exponential(1 / rate[alive])
        alive = alive[now[alive] <= age[alive]]
        x[alive] += 1
        t_x[alive] = now[alive]
        alive = alive[generator.random(len(alive)) >= leaving[alive]]
    return x, t_x, age
