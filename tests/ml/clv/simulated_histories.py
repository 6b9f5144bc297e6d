"""Purchase histories and mean spends drawn from the stories that the models tell."""

from __future__ import annotations

import numpy as np


def simulated_histories(customers, r, alpha, a, b, seed=5):
    """BG/NBD: frequency, recency and age of customers first seen 20 to 60 units of time ago."""
    return _with_drop_out(customers, r, alpha, a, b, seed, first_may_be_last=False)


def simulated_modified_histories(customers, r, alpha, a, b, seed=5):
    """MBG/NBD, with the same ages."""
    return _with_drop_out(customers, r, alpha, a, b, seed, first_may_be_last=True)


def simulated_pareto_histories(customers, r, alpha, s, beta, seed=5):
    """Pareto/NBD, with the same ages."""
    generator = np.random.default_rng(seed)
    rate = generator.gamma(r, 1 / alpha, customers)
    lifetime = generator.exponential(1 / generator.gamma(s, 1 / beta, customers))
    age = generator.uniform(20, 60, customers)
    return _purchases(generator, rate, np.minimum(age, lifetime), age, lambda customer: np.full(len(customer), True))


def simulated_spend(frequency, p, q, v, seed=5):
    """Gamma-Gamma: mean spend of each repeat customer."""
    generator = np.random.default_rng(seed)
    scale = generator.gamma(q, 1 / v, len(frequency))
    return generator.gamma(p * frequency, 1 / scale) / frequency


def _with_drop_out(customers, r, alpha, a, b, seed, first_may_be_last):
    generator = np.random.default_rng(seed)
    rate, leaving = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    age = generator.uniform(20, 60, customers)
    stays_at_first = generator.random(customers) >= leaving if first_may_be_last else np.full(customers, True)
    end = np.where(stays_at_first, age, 0.0)
    return _purchases(generator, rate, end, age, lambda one: generator.random(len(one)) >= leaving[one])


def _purchases(generator, rate, end, age, stays):
    """Purchases at the customers' rates until their end, each one asked after every purchase whether it stays."""
    x, t_x, now = np.zeros(len(rate)), np.zeros(len(rate)), np.zeros(len(rate))
    alive = np.arange(len(rate))
    while len(alive):
        now[alive] += generator.exponential(1 / rate[alive])
        alive = alive[now[alive] <= end[alive]]
        x[alive] += 1
        t_x[alive] = now[alive]
        alive = alive[stays(alive)]
    return x, t_x, age
