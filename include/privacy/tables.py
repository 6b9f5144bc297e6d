"""Takes people out of the tables of a DuckDB file, and writes the file anew: a DELETE would leave the bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.load.sql_text import literal, name
from include.privacy.people import People
from include.warehouse.private_files import private_files

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


@dataclass(frozen=True)
class Ties:
    """By what the rows of a table are somebody's: SQL conditions over `their_ids` and `their_records`.

    A row that holds one of `names` is theirs too, and the books or another person keep it. By `records` it belongs to
    a ticket, an order and the like of theirs, and to nobody else.
    """

    whole: list[str]
    names: list[str]
    records: list[str]


def ties_of(table: str, columns: list[str], record_columns: Collection[str]) -> Ties:
    """The ties of a table by the names of its text columns, the same for an erasure and for giving data out."""
    unlinked = UNLINKED.get(table, set())
    ids = [column for column in columns if _IDENTIFIES.search(column)]
    whole = [f"{name(column)} in (select v from their_ids)" for column in ids if column not in unlinked]
    whole += [
        f"regexp_extract({name(column)}, {literal(_AN_ID)}) in (select v from their_ids)"
        for column in columns
        if column in _COMPOSED
    ]
    nobody_elses = " and coalesce(customer_id in (select v from their_ids), true)" if "customer_id" in columns else ""
    records = [
        f"({name(column)} in (select v from their_records where c = {literal(column)}){nobody_elses})"
        for column in columns
        if column in record_columns
    ]
    return Ties(whole, [column for column in ids if column in unlinked], records)


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[str, ...]], columns: str) -> None:
    """A temporary table of texts."""
    connection.execute(f"create or replace temp table {table} ({', '.join(f'{c} varchar' for c in columns.split())})")
    told = [f"({', '.join(map(literal, row))})" for row in rows]
    for begin in range(0, len(told), 500):
        connection.execute(f"insert into {table} values {', '.join(told[begin : begin + 500])}")


def take_out(
    connection: duckdb.DuckDBPyConnection, people: People, leave: frozenset[str]
) -> dict[str, tuple[int, int]]:
    """Delete their rows from every table outside the schemas `leave`, and empty their id where the books keep a row.

    Returns
    -------
    (rows deleted, rows unlinked) of each table that was changed, by `schema.table`.
    """
    run = connection.execute
    fill(connection, "their_ids", [(one,) for one in (*people.ids, *people.key_hashes)], "v")
    fill(connection, "their_values", [(one,) for one in (*people.contacts, *people.names)], "v")
    fill(connection, "their_records", people.records, "c v")
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
        ties = ties_of(table, columns, of_records)
        goes = ties.whole if table in UNLINKED else ties.whole + ties.records
        if table in _BY_VALUE:
            goes = [f"{name(columns[0])} in (select v from their_values)"]
        removed = run(f"delete from {place} where {' or '.join(goes)}").fetchone()[0] if goes else 0
        cleared = 0
        for column in ties.names:
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
    with private_files(), duckdb.connect() as connection:
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
