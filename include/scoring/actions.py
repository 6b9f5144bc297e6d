"""Which customers get which action at a date: the ledger of before, the candidates, and the allocation between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from include.actions.decided import DECIDED
from include.actions.ledger import LEDGER, open_ledger
from include.scoring.tables import create_score_tables
from include.warehouse.builds import current_build
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.decisions.allocation import NONE, allocate

_OF_THE_DATE = ("chosen_actions", "action_budget_states", "action_allocations")


def read_ledger(workspace: Workspace, connection: duckdb.DuckDBPyConnection, as_of: date) -> int:
    """Replace `scores.planned_actions` by what the ledger knows up to the date; returns how many actions that is.

    A customer who has been found to be another one since has the id of that person.
    """
    create_score_tables(connection)
    rows = []
    if (workspace.kept / LEDGER).exists():
        with open_ledger(workspace) as ledger:
            rows = ledger.rows(as_of.isoformat())
    connection.begin()
    connection.execute("delete from scores.planned_actions")
    if rows:
        names = [*DECIDED, "state", "acknowledged_on", "is_out"]
        columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
        connection.register("kept_actions", pa.table(columns))
        connection.execute(
            "insert into scores.planned_actions by name select kept.* replace ("
            "coalesce(now.customer_id, kept.customer_id) as customer_id, kept.is_control::boolean as is_control, "
            "kept.is_out::boolean as is_out) from kept_actions as kept left join "
            "(select first_id, min(customer_id) as customer_id from core.customer_xref group by first_id) as now "
            "on kept.customer_id = now.first_id"
        )
        connection.unregister("kept_actions")
    connection.commit()
    return len(rows)


def decide_actions(workspace: Workspace, progress: Callable[[str], None] = print) -> None:
    """Choose the actions of the build's date out of `int_actions__candidates`, and write them with the budgets' state.

    Dates whose actions are in the ledger have been decided: nothing is chosen for them anew. The caller holds the
    workspace's lock; running again gives the same rows.
    """
    with open_warehouse(workspace) as connection:
        as_of = current_build(connection).as_of
        (is_kept,) = connection.execute(
            "select count(*) > 0 from scores.planned_actions where as_of_date = ?", [as_of]
        ).fetchone()
        budgets = _budgets(connection, as_of)
        connection.begin()
        try:
            for table in _OF_THE_DATE:
                connection.execute(f"delete from scores.{table}")
            if is_kept:
                progress(f"The actions of {as_of} are in the ledger, and stay as they are")
            else:
                _choose(connection, as_of, budgets, progress)
            _write_states(connection, as_of, budgets)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def _choose(connection, as_of: date, budgets: dict[str, dict], progress) -> None:
    actions = [name for (name,) in connection.execute("select action from policy.actions order by position").fetchall()]
    (per_customer,) = connection.execute("select per_customer from policy.action_settings").fetchone()
    values, contacts_left, customers = _candidates(connection, len(actions))
    usage, limits = _limits(connection, actions, budgets)
    found = allocate(values, usage, limits, np.minimum(contacts_left, per_customer))
    for budget, price in zip(budgets.values(), found.price, strict=True):
        budget["price"] = round(float(price), 6)
    rows, places = np.nonzero(found.action != NONE)
    chosen = pa.table(
        {
            "customer_id": customers.take(pa.array(rows)),
            "action": pa.array(np.array(actions, dtype=object)[found.action[rows, places]], pa.string()),
        }
    )
    connection.register("chosen", chosen)
    connection.execute("insert into scores.chosen_actions by name select *, ?::date as as_of_date from chosen", [as_of])
    connection.unregister("chosen")
    candidates = int((values > 0).sum())
    connection.execute(
        "insert into scores.action_allocations values (?, ?, round(?, 4), round(?, 4), round(?, 6), ?)",
        [as_of, candidates, found.value, found.bound, found.gap, found.steps],
    )
    progress(
        f"Actions of {as_of}: {chosen.num_rows} of {candidates} candidates, expected to bring {found.value:,.0f}, "
        f"{found.gap:.4%} under the bound"
    )


def _candidates(connection, actions: int) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    """Expected values, customers by actions of the policy; contacts that each may still get; and their ids."""
    connection.execute(
        "create or replace temp table numbered as "
        "select customer_id, row_number() over (order by customer_id) - 1 as no "
        'from (select distinct customer_id from "int".int_actions__candidates)'
    )
    customers = connection.execute("select customer_id from numbered order by no").to_arrow_table()["customer_id"]
    found = connection.execute(
        "select no, position - 1 as position, expected_value::double as value, contacts_left "
        'from "int".int_actions__candidates join numbered using (customer_id)'
    ).fetchnumpy()
    values = np.full((len(customers), actions), np.nan)
    values[np.asarray(found["no"]), np.asarray(found["position"])] = np.asarray(found["value"])
    contacts_left = np.ones(len(customers), np.int64)
    contacts_left[np.asarray(found["no"])] = np.asarray(found["contacts_left"])
    return values, contacts_left, customers.combine_chunks() if len(customers) else pa.array([], pa.string())


def _budgets(connection, as_of: date) -> dict[str, dict]:
    """Each budget's limit, and what earlier dates have used of it in the calendar month; refused actions use none."""
    rows = connection.execute(
        """
        select budgets.budget, budgets.budget_limit, coalesce(sum(uses.units), 0)::decimal(18, 4)
        from policy.action_budgets as budgets
        left join scores.planned_actions as planned
            on budgets.per = 'month' and planned.as_of_date < $1 and planned.as_of_date >= date_trunc('month', $1::date)
            and planned.state <> 'refused'
        left join policy.action_budget_uses as uses
            on budgets.budget = uses.budget and planned.action = uses.action
        group by budgets.position, budgets.budget, budgets.budget_limit
        order by budgets.position
        """,
        [as_of],
    ).fetchall()
    return {name: {"limit": limit, "used_before": before, "price": None} for name, limit, before in rows}


def _limits(connection, actions: list[str], budgets: dict[str, dict]) -> tuple[np.ndarray, np.ndarray]:
    usage = np.zeros((len(actions), len(budgets)))
    names = list(budgets)
    for budget, action, units in connection.execute("from policy.action_budget_uses").fetchall():
        usage[actions.index(action), names.index(budget)] = units
    return usage, np.array([float(one["limit"] - one["used_before"]) for one in budgets.values()])


def _write_states(connection, as_of: date, budgets: dict[str, dict]) -> None:
    """What the actions of the date use of each budget, whether they were chosen now or are in the ledger."""
    for name, budget in budgets.items():
        connection.execute(
            """
            insert into scores.action_budget_states
            select $1::date, $2, $3, coalesce(sum(units), 0)::decimal(18, 4), $4
            from policy.action_budget_uses
            join (
                select action from scores.chosen_actions where as_of_date = $1
                union all
                select action from scores.planned_actions where as_of_date = $1 and state <> 'refused'
            ) as done using (action)
            where budget = $2
            """,
            [as_of, name, budget["used_before"], budget["price"]],
        )
