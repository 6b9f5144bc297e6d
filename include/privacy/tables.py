"""Takes people out of the tables of a DuckDB file, and writes the file anew: a DELETE would leave the bytes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb

from include.load.sql_text import literal, name
from include.privacy.people import People

_IDENTIFIES = re.compile(r"(_|^)(id|customer_key)(_[ab])?$")
# The books keep these rows without the person; a referral and an account are another's.
UNLINKED = {
    "fct_orders": {"customer_id"},
    "fct_order_items": {"customer_id"},
    "fct_payments": {"customer_id"},
    "fct_service_costs": {"customer_id"},
    "fct_referrals": {"referred_customer_id"},
    "dim_account": {"main_contact_id"},
}
_AN_ID = "c[0-9a-f]{16}"
_COMPOSED = {"basket", "matter"}  # made of a customer's id and something else
_BY_VALUE = {"standard_emails", "standard_phones", "standard_names"}


def take_out(
    connection: duckdb.DuckDBPyConnection, people: People, leave: frozenset[str]
) -> dict[str, tuple[int, int]]:
    """Delete their rows from every table outside the schemas `leave`, and empty their id where the books keep a row.

    Returns
    -------
    (rows deleted, rows unlinked) of each table that was changed, by `schema.table`.
    """
    run = connection.execute
    run("create or replace temp table their_ids (v varchar)")
    told = [*people.ids, *people.key_hashes]
    for begin in range(0, len(told), 500):
        run(f"insert into their_ids values {', '.join(f'({literal(one)})' for one in told[begin : begin + 500])}")
    run("create or replace temp table their_values (v varchar)")
    values = [*people.contacts, *people.names]
    for begin in range(0, len(values), 500):
        run(f"insert into their_values values {', '.join(f'({literal(v)})' for v in values[begin : begin + 500])}")
    run("create or replace temp table their_records (c varchar, v varchar)")
    for begin in range(0, len(people.records), 500):
        rows = ", ".join(f"({literal(c)}, {literal(v)})" for c, v in people.records[begin : begin + 500])
        run(f"insert into their_records values {rows}")
    of_records = {column for column, _ in people.records}
    tables = run(
        "select c.schema_name, c.table_name, list(c.column_name) from duckdb_columns() c join duckdb_tables() t "
        "using (database_oid, schema_oid, table_oid) where not t.internal and not t.temporary "
        "and c.database_name = current_database() and c.data_type = 'VARCHAR' group by all order by all"
    ).fetchall()
    done = {}
    for schema, table, columns in tables:
        if schema in leave:
            continue
        place = f"{name(schema)}.{name(table)}"
        unlinked = UNLINKED.get(table, set())
        ids = [column for column in columns if _IDENTIFIES.search(column)]
        goes = [f"{name(column)} in (select v from their_ids)" for column in ids if column not in unlinked]
        goes += [
            f"regexp_extract({name(column)}, {literal(_AN_ID)}) in (select v from their_ids)"
            for column in columns
            if column in _COMPOSED
        ]
        if not unlinked:
            goes += [
                f"{name(column)} in (select v from their_records where c = {literal(column)})"
                for column in columns
                if column in of_records
            ]
        if table in _BY_VALUE:
            goes = [f"{name(columns[0])} in (select v from their_values)"]
        emptied = [column for column in ids if column in unlinked]
        removed = run(f"delete from {place} where {' or '.join(goes)}").fetchone()[0] if goes else 0
        cleared = 0
        for column in emptied:
            cleared += run(
                f"update {place} set {name(column)} = null where {name(column)} in (select v from their_ids)"
            ).fetchone()[0]
        if removed or cleared:
            done[f"{schema}.{table}"] = (removed, cleared)
    return done


def rewrite(path: Path) -> None:
    """Write a DuckDB file anew from its tables, and put it in the place of the former one; its mode stays.

    What a DELETE left in the file is not copied. Killed before the swap, the former file stands.
    """
    draft = path.with_name(f"{path.name}.rewritten")
    draft.unlink(missing_ok=True)
    mode = path.stat().st_mode & 0o777
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(str(path))} as old (read_only)")
        version = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = 'old'"
        )
        stored = (version.fetchone()[0] or "").split(" ")[0].rstrip("+")
        options = f" (storage_version {literal(stored)})" if stored.startswith("v") else ""
        connection.execute(f"attach {literal(str(draft))} as new{options}")
        connection.execute("copy from database old to new")
        connection.execute("checkpoint new")
    os.chmod(draft, mode)
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(draft, path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
