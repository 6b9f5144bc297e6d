"""Metrics that a policy may name: the numbers of the contract of `customer_metrics`."""

from __future__ import annotations

from functools import cache

from include.contract.positioned_yaml import read_positioned
from include.workspace import PROJECT_ROOT

CONTRACT = PROJECT_ROOT / "dbt_project" / "models" / "core" / "customer_metrics.yml"
_NUMERIC_TYPES = ("integer", "bigint", "double", "decimal")


@cache
def customer_metric_names() -> tuple[str, ...]:
    """Names of the numeric columns of `customer_metrics`, in the order of its contract."""
    (model,) = read_positioned(CONTRACT).plain()["models"]
    return tuple(column["name"] for column in model["columns"] if column["data_type"].split("(")[0] in _NUMERIC_TYPES)
