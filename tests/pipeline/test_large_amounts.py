"""A company that counts in a currency of small units, with amounts 25,000 times as large, is told as any other."""

from __future__ import annotations

import datetime

import duckdb
import pytest

from include.contract.reader import read_contract
from include.pipeline import steps
from include.simulator.simulation import Simulation
from include.workspace import Workspace
from tests.dbt_in_process import DbtInProcess
from tests.pipeline.conftest import loaded_company, run_dbt_here

pytestmark = [pytest.mark.verify, pytest.mark.timeout(1200)]
FIRST, LAST = datetime.date(2022, 1, 1), datetime.date(2024, 6, 30)
QUIET = {"progress": lambda line: None}
# Decimals of the contract that are no money.
_NO_MONEY = {"quantity", "points"}
TIMES = 25_000
_TOTALS = """
    select sum(gross_revenue), sum(returned_amount), sum(cost_amount) filter (where not margin_is_assumed)
    from core.fct_orders
"""


def test_everything_is_built_and_revenue_is_so_many_times_as_much(tmp_path, monkeypatch, dbt_in_process: DbtInProcess):
    run_dbt_here(monkeypatch, dbt_in_process)
    workspace = loaded_company(monkeypatch, tmp_path, Simulation(3000, 1, FIRST, LAST))
    steps.build(workspace, LAST, "core", **QUIET)
    plain = _totals(workspace)
    _in_smaller_units(workspace)
    steps.build(workspace, LAST, "core", full_refresh=True, **QUIET)
    assert _totals(workspace) == [TIMES * total for total in plain] and all(plain)
    steps.score(workspace, LAST, {}, **QUIET)
    steps.build(workspace, LAST, "marts", **QUIET)
    for layer in ("facts", "scores", "marts"):
        steps.audit(workspace, LAST, layer, **QUIET)


def _totals(workspace: Workspace) -> list:
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return list(connection.execute(_TOTALS).fetchone())


def _in_smaller_units(workspace: Workspace) -> None:
    """As if the source had told every amount in units of a 25,000th."""
    with duckdb.connect(str(workspace.warehouse)) as connection:
        for entity in read_contract().values():
            known = {name for name, *_ in connection.execute(f"describe raw.{entity.name}").fetchall()}
            money = {column.name for column in entity.columns if column.type == "decimal"} & known - _NO_MONEY
            if money:
                changes = ", ".join(f"{column} = {column} * {TIMES}" for column in sorted(money))
                connection.execute(f"update raw.{entity.name} set {changes}")
