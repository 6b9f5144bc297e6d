"""Time and memory of next purchases, recommendations and affinity by the number of customers.

    python -m tests.perf.purchase_scale 100000 1000000

Customers buy mostly from a shelf of products of their own, at any time.
Beside it the peers: pairs of products by plain Python sets, and by sparse matrices of scipy.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import duckdb
import numpy as np
from scipy import sparse

from ml.next_purchase import DayWeights, judge_windows, tell_windows
from ml.recommendation import Blend, History, learn, recommend

LAST, DAYS, PRODUCTS, SHELVES = date(2025, 6, 30), 720, 1200, 12
NOW = (LAST - date(1970, 1, 1)).days


def purchases(customers: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Customer, order, product and day of about twenty lines a customer."""
    random = np.random.default_rng(seed)
    orders = random.geometric(1 / 12, customers)
    customer = np.repeat(np.arange(customers, dtype=np.int32), orders)
    lines = random.integers(1, 4, len(customer))
    order = np.repeat(np.arange(len(customer), dtype=np.int32), lines)
    day = np.repeat(NOW - random.integers(0, DAYS, len(customer)), lines).astype(np.int32)
    customer = np.repeat(customer, lines)
    shelf = np.where(random.random(len(customer)) < 0.7, customer % SHELVES, random.integers(0, SHELVES, len(customer)))
    product = (shelf * (PRODUCTS // SHELVES) + random.geometric(0.05, len(customer)) % 100).astype(np.int32)
    return customer, order, product, day


def timed(name: str, work, *arguments):
    begun, cpu = time.perf_counter(), time.process_time()
    found = work(*arguments)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  {name:42s} {wall:8.1f} s {cpu:8.1f} s cpu {peak:6.2f} GB so far", flush=True)
    return found


def recommended(customer, product, day, customers: int) -> int:
    history = History(customer, product, day, np.zeros(len(day), bool), customers, PRODUCTS)
    known = learn(history, NOW, 50)
    blocks = recommend(known, np.ones(PRODUCTS, bool), 5, Blend(0.3, 0.01))
    return sum(int((lists.product >= 0).sum()) for lists in blocks)


def windows(customer, day, customers: int) -> float:
    days = np.unique(customer.astype(np.int64) * 100_000 + day)
    customer, day = days // 100_000, days % 100_000
    weights = DayWeights(NOW - DAYS, np.ones(DAYS + 91), {})
    told = tell_windows(customer, day, np.zeros(customers, int), weights, NOW - 90, 90, 0.8, 2.0)
    return judge_windows(told, customer, day, NOW - 90, 90)["window_coverage"]


def by_sql(order, product) -> int:
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.register("lines", {"basket": order, "item": product})
        return connection.execute(
            "with contents as (select distinct basket, item from lines) select count(*) from ("
            "select a.item, b.item from contents a join contents b on a.basket = b.basket and a.item < b.item "
            "group by all having count(*) >= 20)"
        ).fetchone()[0]


def by_matrix(order, product) -> int:
    matrix = sparse.csr_matrix((np.ones(len(order), np.int32), (order, product)), shape=(order.max() + 1, PRODUCTS))
    matrix.data[:] = 1
    return int((sparse.triu(matrix.T @ matrix, k=1).data >= 20).sum())


def by_sets(order, product) -> int:
    pairs, basket, number = Counter(), set(), 0
    for one, thing in zip(order.tolist(), product.tolist(), strict=True):
        if one != number:
            pairs.update(combinations(sorted(basket), 2))
            basket, number = set(), one
        basket.add(thing)
    pairs.update(combinations(sorted(basket), 2))
    return sum(count >= 20 for count in pairs.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("customers", type=int, nargs="*", default=[100_000])
    for customers in parser.parse_args().customers:
        customer, order, product, day = purchases(customers)
        print(f"{customers} customers, {len(order)} lines up to {LAST}, from {LAST - timedelta(days=DAYS)} on")
        told = timed("lists of five", recommended, customer, product, day, customers)
        assert told == 5 * customers, told
        timed("windows, told and judged", windows, customer, day, customers)
        ways = {"SQL": by_sql, "sparse matrix": by_matrix, "Python sets": by_sets}
        counts = {name: timed(f"pairs of products, {name}", way, order, product) for name, way in ways.items()}
        assert len(set(counts.values())) == 1, counts
    return 0


if __name__ == "__main__":
    sys.exit(main())
