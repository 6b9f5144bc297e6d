"""The allocation against solvers that know nothing of prices: HiGHS on the whole programme, linear and in integers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix, eye, kron, vstack

from ml.decisions.allocation import NONE, allocate


def market(customers: int, seed: int, tied: bool = False):
    """Twelve actions and four budgets: money in all, calls, money of one team, gifts; half is not eligible."""
    random = np.random.default_rng(seed)
    cost = random.uniform(0.5, 40, 12).round(2)
    stake = random.lognormal(4, 1.2, customers)
    if tied:  # a few values only, as where nobody was scored
        stake = random.choice([50.0, 200.0, 800.0], customers)
    values = stake[:, None] * random.uniform(0.02, 0.2, 12) - cost
    values[random.random(values.shape) < 0.5] = np.nan
    number = np.arange(12)
    usage = np.column_stack([cost, number < 4, np.where(number % 3 == 1, cost, 0), number >= 8]).astype(float)
    return values, usage, customers * np.array([0.6, 0.03, 0.2, 0.05])


def whole_programme(values, usage, limits, per_customer):
    customers, actions = values.shape
    worth = np.where(values > 0, values, 0.0).ravel()
    once = kron(eye(customers), np.ones((1, actions)))
    budgets = csr_matrix(np.tile(usage.T, customers))
    rows = vstack([once, budgets]).tocsr()
    return -worth, rows, np.r_[np.full(customers, per_customer), limits]


@pytest.mark.parametrize("per_customer", [1, 2, pytest.param(1 + np.arange(400) % 3, id="one_to_three")])
@pytest.mark.parametrize("tied", [False, True])
def test_the_bound_is_the_value_of_the_linear_programme(per_customer, tied: bool):
    values, usage, limits = market(400, 5, tied)
    found = allocate(values, usage, limits, per_customer)
    cost, rows, most = whole_programme(values, usage, limits, per_customer)
    linear = linprog(cost, A_ub=rows, b_ub=most, bounds=(0, 1), method="highs")
    assert found.bound == pytest.approx(-linear.fun, rel=1e-5)
    # What one more unit of a budget is worth, by the solver; a corner may have several prices.
    more = linprog(cost, A_ub=rows, b_ub=most + np.r_[np.zeros(400), limits * 0.001], bounds=(0, 1), method="highs")
    assert found.price @ limits * 0.001 == pytest.approx(linear.fun - more.fun, rel=0.3)


@pytest.mark.parametrize("seed", range(4))
def test_it_comes_near_the_best_in_whole_numbers(seed: int):
    values, usage, limits = market(300, seed)
    found = allocate(values, usage, limits)
    cost, rows, most = whole_programme(values, usage, limits, 1)
    best = milp(cost, constraints=LinearConstraint(rows, ub=most), integrality=np.ones(len(cost)), bounds=(0, 1))
    assert found.value <= -best.fun * (1 + 1e-6) and -best.fun <= found.bound * (1 + 1e-6)
    assert found.value >= -best.fun * 0.96


@pytest.mark.parametrize("per_customer", [1, 3, pytest.param(1 + np.arange(2000) % 3, id="one_to_three")])
def test_an_allocation_keeps_every_limit_and_wastes_nothing(per_customer):
    values, usage, limits = market(2000, 3, tied=True)
    found = allocate(values, usage, limits, per_customer)
    rows, places = np.nonzero(found.action != NONE)
    chosen = found.action[rows, places]
    assert (values[rows, chosen] > 0).all() and found.value == pytest.approx(values[rows, chosen].sum())
    used = usage[chosen].sum(axis=0)
    assert found.used == pytest.approx(used) and (used <= limits + 1e-6).all()
    assert ((found.action != NONE).sum(axis=1) <= per_customer).all()
    for of_one in found.action:
        taken = of_one[of_one != NONE]
        assert len(set(taken)) == len(taken)
    fits = (used + usage <= limits).all(axis=1)
    if np.max(per_customer) == 1:
        left = values[(found.action == NONE).all(axis=1)]
        assert not (left[:, fits] > 0).any(), "somebody could still have been given something"
    assert np.array_equal(allocate(values, usage, limits, per_customer).action, found.action)


def test_more_customers_come_nearer_to_the_bound():
    gaps = [allocate(*market(customers, 1)).gap for customers in (500, 5000, 70_000)]
    assert gaps[2] < 0.001 and gaps[2] < gaps[0]


def test_without_budgets_left_nothing_is_done_and_without_need_each_gets_the_best():
    values, usage, limits = market(50, 2)
    assert (allocate(values, usage, limits * 0).action == NONE).all()
    free = allocate(values, usage, limits * 1e6)
    best = np.where(values > 0, values, 0).max(axis=1)
    assert free.value == pytest.approx(best.sum()) == pytest.approx(free.bound)
    assert allocate(values, usage[:, :0], np.empty(0)).value == pytest.approx(best.sum()), "there may be no budget"
    nobody = allocate(np.empty((0, 12)), usage, limits)
    assert nobody.value == nobody.gap == 0 and nobody.action.shape == (0, 1)
    with pytest.raises(ValueError, match="do not fit together"):
        allocate(values, usage[:3], limits)
