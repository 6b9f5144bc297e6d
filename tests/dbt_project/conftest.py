"""A dbt project that is parsed once, and built on warehouses that the tests fill by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from include.workspace import Workspace
from tests.dbt_project.warehouse_by_hand import PROJECT, Dbt, World


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    home = tmp_path_factory.mktemp("dbt")
    settings = {
        "TIERWORKS_HOME": str(home),
        "TIERWORKS_WAREHOUSE": str(home / "dbt" / "rebuildable" / "warehouse.duckdb"),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "DBT_QUIET": "true",
        "DBT_USE_COLORS": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield Dbt(Workspace("dbt", ()))


@pytest.fixture(scope="session")
def world(dbt: Dbt) -> Callable[..., World]:
    """Makes a new empty warehouse; the one before it is gone."""
    return lambda policies=None: World(dbt, policies)
