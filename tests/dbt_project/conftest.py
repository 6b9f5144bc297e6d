"""A dbt project that is parsed once, and built on warehouses that the tests fill by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.dbt_in_process import DbtInProcess
from tests.dbt_project import relations, shop
from tests.dbt_project.managed_company import Built, built, rows_of_the_company
from tests.dbt_project.warehouse_by_hand import Dbt, World
from tests.made_once import MadeOnce


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory, dbt_in_process: DbtInProcess) -> Dbt:
    return Dbt(tmp_path_factory.mktemp("dbt"), dbt_in_process)


@pytest.fixture(scope="session")
def world(dbt: Dbt) -> Callable[..., World]:
    """Makes a new empty warehouse; the one before it is gone."""
    return lambda policies=None: World(dbt, policies)


@pytest.fixture(scope="session")
def managed(world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory, made_once: MadeOnce) -> Built:
    """The company of managed_company.py, built."""
    policies = tmp_path_factory.mktemp("policies")
    return Built(made_once("managed.duckdb", lambda file: built(world, policies, file)))


@pytest.fixture(scope="session")
def managed_rows() -> dict[str, pd.DataFrame]:
    """The rows that were loaded, by entity."""
    return rows_of_the_company()


@pytest.fixture(scope="session")
def whole_shop(dbt: Dbt, made_once: MadeOnce) -> Callable[[], World]:
    """The made-up shop as of its last day, every table built and tested; each caller has a copy to change."""

    def build(folder: Path) -> None:
        orders, lines = shop.orders_and_lines()
        rows = {"orders": orders, "order_items": lines, "products": shop.products()}
        _filled(dbt, rows).build(shop.LAST_DAY).copy_to(folder)

    return lambda: World(dbt, like=made_once("whole_shop", build))


@pytest.fixture(scope="session")
def told_shop(dbt: Dbt, made_once: MadeOnce) -> Callable[..., World]:
    """The shop with all that it knows of its customers, their metrics built and tested; each caller has a copy."""

    def build(folder: Path) -> None:
        _filled(dbt, relations.tables()).build(shop.LAST_DAY, "+customer_metrics").copy_to(folder)

    return lambda policies=None: World(dbt, policies, like=made_once("told_shop", build))


def _filled(dbt: Dbt, rows: dict[str, pd.DataFrame]) -> World:
    made = World(dbt)
    for entity, frame in (rows | {"customers": shop.customers(rows["orders"])}).items():
        made.load(entity, frame)
    return made
