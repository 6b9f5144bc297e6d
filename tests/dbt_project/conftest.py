"""A dbt project that is parsed once, and built on warehouses that the tests fill by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dbt_in_process import DbtInProcess
from tests.dbt_project import shop
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
def whole_shop(dbt: Dbt, made_once: MadeOnce) -> Callable[[], World]:
    """The made-up shop as of its last day, every table built and tested; each caller has a copy to change."""

    def build(folder: Path) -> None:
        made, (orders, lines) = World(dbt), shop.orders_and_lines()
        for entity, rows in {
            "orders": orders,
            "order_items": lines,
            "products": shop.products(),
            "customers": shop.customers(orders),
        }.items():
            made.load(entity, rows)
        made.build(shop.LAST_DAY).copy_to(folder)

    return lambda: World(dbt, like=made_once("whole_shop", build))
