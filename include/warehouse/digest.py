"""An order-free hash of a table: equal rows give equal digests, whatever order or run wrote them."""

from __future__ import annotations

import duckdb

LINEAGE_COLUMNS = frozenset(
    {"build_id", "_batch_id", "_loaded_at", "_file", "_line", "batch_id", "loaded_at"}
    | {"model_version", "model_run_id", "scored_at", "published_at"}
)


def table_digest(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """Hex digest of every row of `schema.table` over its non-lineage columns, and of their names and types.

    Rows are hashed with MD5 over their JSON text and the 128-bit hashes are summed, so order does not
    matter and duplicates count.
    """
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = ? and table_name = ? order by column_name",
        [schema, table],
    ).fetchall()
    kept = [(name, kind) for name, kind in columns if name not in LINEAGE_COLUMNS]
    fields = ", ".join(f'"{name}" := "{name}"' for name, _ in kept)
    hashed = f"sum(md5_number_lower(to_json(struct_pack({fields}))::varchar)::hugeint)" if kept else "0"
    rows, total = connection.execute(f'select count(*), {hashed} from {schema}."{table}"').fetchone()
    header = connection.execute("select md5(?)", [repr(kept)]).fetchone()[0][:8]
    return f"{rows}-{header}-{int(total or 0):x}"


def schema_digests(connection: duckdb.DuckDBPyConnection, *schemas: str) -> dict[str, str]:
    """Digest of every table of the schemas, keyed `schema.table`, in name order."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in (select unnest(?)) and table_type = 'BASE TABLE' order by all",
        [list(schemas)],
    ).fetchall()
    return {f"{schema}.{table}": table_digest(connection, schema, table) for schema, table in tables}
