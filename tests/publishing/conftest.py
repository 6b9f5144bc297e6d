"""The tiny warehouse as a fixture."""

from __future__ import annotations

import pytest

from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from tests.expectations.tiny_warehouse import take_tiny_warehouse, tiny_workspace


@pytest.fixture
def workspace(tmp_path, home, made_once) -> Workspace:
    made = tiny_workspace(tmp_path)
    take_tiny_warehouse(made, made_once)
    return made


_FEW = ("dim_customer", "fct_orders", "customer_metrics", "customer_tiers", "churn_scores", "clv_scores")


@pytest.fixture
def few_tables(workspace) -> Workspace:
    """The tiny warehouse with six tables to publish: for tests of many publications."""
    with open_warehouse(workspace) as connection:
        tables = "select schema_name, table_name from duckdb_tables() where schema_name in ('core', 'marts')"
        for schema, table in connection.execute(tables).fetchall():
            if table not in _FEW:
                connection.execute(f"drop table {schema}.{table}")
    return workspace
