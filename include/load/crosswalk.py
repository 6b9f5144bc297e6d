"""Customer ids: minted once for each customer of each source, and kept where a rebuild cannot lose them."""

from __future__ import annotations

import os

import duckdb

from include.contract.reader import read_contract
from include.load.sql_text import literal, name
from include.workspace import Workspace


def mint_customer_ids(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> int:
    """Give every (source, customer_key) of the contract's tables an id, and return how many got their first.

    Ids in `kept/customer_xref.parquet` are never changed, whatever the warehouse says. A new one is `'c'` and the
    first 16 hex digits of `md5(source || '|' || customer_key)`: a second one in ten million customers has a chance
    of three in a million to be the same. The file is replaced in one step, sorted, so equal content gives equal bytes.
    """
    kept = workspace.kept / "customer_xref.parquet"
    connection.execute("begin")
    try:
        connection.execute("create or replace temp table known_ids as from core.customer_xref limit 0")
        if kept.is_file():
            connection.execute(f"insert into known_ids by name from read_parquet({literal(str(kept))})")
        known = connection.execute("select count(*) from known_ids").fetchone()[0]
        _add(connection, "core.customer_xref")
        for entity in read_contract().values():
            if "customer_key" in entity.by_name:
                _add(connection, f"raw.{name(entity.name)}")
        connection.execute("create or replace table core.customer_xref as from known_ids order by source, customer_key")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    minted = connection.execute("select count(*) from core.customer_xref").fetchone()[0] - known
    if minted or not kept.is_file():
        _export(connection, kept)
    return minted


def _add(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    has_id = table == "core.customer_xref"
    identity = "customer_id" if has_id else "'c' || left(md5(source || '|' || customer_key), 16)"
    connection.execute(
        f"insert into known_ids select distinct source, customer_key, {identity} from {table} "
        "where customer_key is not null "
        "and (source, customer_key) not in (select (source, customer_key) from known_ids)"
    )


def _export(connection: duckdb.DuckDBPyConnection, kept: os.PathLike) -> None:
    draft = f"{kept}.{os.getpid()}.draft"
    connection.execute(
        f"copy (from core.customer_xref order by source, customer_key) to {literal(draft)} (format parquet)"
    )
    with open(draft, "rb") as written:
        os.fsync(written.fileno())
    os.replace(draft, kept)
