"""What the declarations map and where their sources live, and what the contract knows, as tables for dbt to read."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from include.contract.health_roles import column_roles
from include.contract.reader import read_contract
from include.load.declared import Source
from include.load.sql_text import literal

MAPPED_COLUMNS = "source varchar, table_name varchar, entity varchar, column_name varchar, source_columns varchar"
BUSINESS_ZONES = "source varchar, time_zone varchar"
CONTRACT_COLUMNS = (
    "entity varchar, column_name varchar, position integer, type varchar, is_required boolean, is_key boolean, "
    "refers_to varchar, is_event_date boolean, lends_event_date boolean, is_occasional boolean"
)


def write_contract_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """Replace `ops.contract_columns`: every column of the contract with its part in data health."""
    rows = [
        (
            role.entity,
            role.column.name,
            position,
            role.column.type,
            role.column.required,
            role.is_key,
            role.column.references,
            role.is_event_date,
            role.lends_event_date,
            role.is_occasional,
        )
        for position, role in enumerate(column_roles(read_contract()), 1)
    ]
    _replace(connection, "ops.contract_columns", CONTRACT_COLUMNS, rows)


def write_mapped_columns(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Replace `ops.mapped_columns`: which contract column each declared table fills, and from which of its own.

    `source_columns` are joined by a comma and a blank, as the reasons of refused rows name them.
    """
    rows = sorted(
        (table.source, table.name, mapping.entity.name, column.name, ", ".join(column.uses) or None)
        for source in sources
        for table in source.tables
        for mapping in table.entities
        for column in mapping.columns
        if column.is_measured
    )
    _replace(connection, "ops.mapped_columns", MAPPED_COLUMNS, rows)


def write_business_zones(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Replace `ops.business_zones`: the IANA time zone in which each source's business days and hours are told."""
    rows = sorted({(table.source, table.business_timezone) for source in sources for table in source.tables})
    _replace(connection, "ops.business_zones", BUSINESS_ZONES, rows)


def _replace(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple]) -> None:
    connection.execute("begin")
    try:
        connection.execute(f"create or replace table {table} ({columns})")
        if rows:
            values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
            connection.execute(f"insert into {table} values {values}")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
