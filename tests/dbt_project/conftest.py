"""A dbt project that is parsed once, and built on warehouses that the tests fill by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from tests.dbt_in_process import DbtInProcess
from tests.dbt_project.managed_company import Built, built_once, rows_of_the_company
from tests.dbt_project.warehouse_by_hand import Dbt, World


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory, dbt_in_process: DbtInProcess) -> Dbt:
    return Dbt(tmp_path_factory.mktemp("dbt"), dbt_in_process)


@pytest.fixture(scope="session")
def world(dbt: Dbt) -> Callable[..., World]:
    """Makes a new empty warehouse; the one before it is gone."""
    return lambda policies=None: World(dbt, policies)


@pytest.fixture(scope="session")
def managed(world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The company of managed_company.py, built."""
    return built_once(world, tmp_path_factory)


@pytest.fixture(scope="session")
def managed_rows() -> dict[str, pd.DataFrame]:
    """The rows that were loaded, by entity."""
    return rows_of_the_company()
