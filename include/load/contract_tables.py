"""Creates the tables that loading writes, empty and typed, so that everything after can always run."""

from __future__ import annotations

import duckdb

from include.contract.reader import Entity, read_contract
from include.identity.tables import create_identity_tables
from include.load.changes import CHANGES
from include.load.erasure_log import ERASURES
from include.load.mapped_columns import BUSINESS_ZONES, MAPPED_COLUMNS, write_contract_columns
from include.load.positions import LOAD_POSITIONS
from include.load.sql_text import literal, name
from include.warehouse.currency import CURRENCIES

LINEAGE = (
    ("_table", "VARCHAR"),
    ("_file", "VARCHAR"),
    ("_line", "BIGINT"),
    ("_batch_id", "VARCHAR"),
    ("_loaded_at", "TIMESTAMP"),
)
_OPS = {
    "ops.load_ledger": "batch_id varchar, source varchar, table_name varchar, rows_read bigint, rows_accepted bigint, "
    "rows_unchanged bigint, rows_quarantined bigint, rows_erased bigint, files_read bigint, files_skipped bigint, "
    "loaded_at timestamp",
    "ops.quarantine": "source varchar, table_name varchar, file varchar, line bigint, batch_id varchar, "
    'reasons struct("code" varchar, "column" varchar, reason varchar)[], content varchar, quarantined_at timestamp',
    "ops.landed_files": "source varchar, table_name varchar, file varchar, content_hash varchar, "
    "declaration_hash varchar, batch_id varchar",
    "ops.mapped_columns": MAPPED_COLUMNS,
    "ops.business_zones": BUSINESS_ZONES,
    "ops.currencies": CURRENCIES,
    "ops.load_positions": LOAD_POSITIONS,
    "ops.changes": CHANGES,
    "ops.erasures": ERASURES,
}
_ADDED = {  # columns that a warehouse of an earlier release lacks
    "ops.load_ledger": (
        "kind varchar default 'load'",
        "rows_deleted bigint default 0",
        "rows_forgotten bigint default 0",
    ),
    "ops.landed_files": ("rows bigint",),
    "ops.quarantine": (
        *("row_id varchar", "row_key varchar", "since timestamp"),
        *("resolved_at timestamp", "resolved_by varchar", "resolution varchar"),
    ),
}


def entity_columns(entity: Entity) -> list[tuple[str, str]]:
    """Name and type of every column of `raw.<entity>`, in order."""
    return [("source", "VARCHAR"), *entity.physical, *LINEAGE]


def create_contract_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is absent of `raw.<entity>`, the load's `ops` tables and those of identity.

    An entity table of a former contract is made anew: its rows come again from the landed files, because a changed
    entity changes the digest of every table that feeds it.
    """
    for table, columns in _OPS.items():
        connection.execute(f"create table if not exists {table} ({columns})")
    for table, added in _ADDED.items():
        for column in added:
            connection.execute(f"alter table {table} add column if not exists {column}")
    write_contract_columns(connection)
    create_identity_tables(connection)
    for entity in read_contract().values():
        wanted = entity_columns(entity)
        present = connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'raw' "
            f"and table_name = {literal(entity.name)} and database_name = current_database() order by column_index"
        ).fetchall()
        if present != wanted:
            fields = ", ".join(f"{name(column)} {kind}" for column, kind in wanted)
            connection.execute(f"create or replace table raw.{name(entity.name)} ({fields})")
