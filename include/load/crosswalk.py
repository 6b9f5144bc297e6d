"""Customer ids: minted once for each customer of each source, and kept where a rebuild cannot lose them."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from include.contract.reader import read_contract
from include.load.changes import note_moved_customers
from include.load.sql_text import literal, name
from include.workspace import Workspace

# New keys follow the known ones, in the order their customers appeared; ids of former shapes come first.
_NUMBERED = """
select
    known_ids.* replace (
        coalesce(first_id, customer_id) as first_id,
        case
            when seniority is not null then seniority
            else (select coalesce(max(seniority), 0) from known_ids) + row_number() over (
                partition by seniority is null
                order by is_new nulls first, first_seen nulls last, source, customer_key
            )
        end as seniority
    )
from known_ids
left join (
    select source, customer_key, min(created_at) as first_seen from raw.customers group by all
) using (source, customer_key)
order by source, customer_key
"""


def mint_customer_ids(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> int:
    """Give every (source, customer_key) of the contract's tables an id, and return how many got their first.

    Ids in `kept/customer_xref.parquet` are never changed here, whatever the warehouse says. A new one is `'c'` and the
    first 16 hex digits of `md5(source || '|' || customer_key)`: a second one in ten million customers has a chance
    of three in a million to be the same. `first_id` is the id that the key was minted with; `customer_id` is the id of
    the person, which identity may make another's. `seniority` numbers the keys in the order they became known: by load,
    then by the day the customer appeared. Where the warehouse knew another id, as after a kill, the past has changed
    since the first row of that key. The file is replaced in one step, sorted, so equal content gives equal bytes.
    """
    kept = kept_crosswalk(workspace)
    connection.execute("begin")
    try:
        connection.execute("create or replace temp table known_ids as from core.customer_xref limit 0")
        if kept.is_file():
            connection.execute(f"insert into known_ids by name from read_parquet({literal(str(kept))})")
        known = connection.execute("select count(*) from known_ids").fetchone()[0]
        unnumbered = connection.execute("select count(*) from known_ids where seniority is null").fetchone()[0]
        connection.execute(
            "insert into known_ids from core.customer_xref "
            "where (source, customer_key) not in (select (source, customer_key) from known_ids)"
        )
        connection.execute(_mint())
        connection.execute("create or replace temp table ids_before as from core.customer_xref")
        connection.execute(f"create or replace table core.customer_xref as {_NUMBERED}")
        note_moved_customers(connection, "ids_before")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    minted = connection.execute("select count(*) from core.customer_xref").fetchone()[0] - known
    if minted or unnumbered or not kept.is_file():
        keep_crosswalk(workspace, connection)
    return minted


def kept_crosswalk(workspace: Workspace) -> Path:
    return workspace.kept / "customer_xref.parquet"


def keep_crosswalk(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """Replace the kept file by `core.customer_xref`, in one step."""
    replace_parquet(connection, "from core.customer_xref order by source, customer_key", kept_crosswalk(workspace))


def replace_parquet(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write the query's rows aside, then put the file in the place of the former one."""
    draft = f"{target}.{os.getpid()}.draft"
    connection.execute(f"copy ({query}) to {literal(draft)} (format parquet)")
    os.chmod(draft, 0o600)
    with open(draft, "rb") as written:
        os.fsync(written.fileno())
    os.replace(draft, target)


def _mint() -> str:
    """Statement that adds the keys of all entities that `known_ids` lacks."""
    entities = [entity.name for entity in read_contract().values() if "customer_key" in entity.by_name]
    keys = " union all ".join(f"select source, customer_key from raw.{name(entity)}" for entity in entities)
    return (
        "insert into known_ids (source, customer_key, customer_id, is_new) "
        "select source, customer_key, 'c' || left(md5(source || '|' || customer_key), 16), true "
        f"from (select distinct * from ({keys}) where customer_key is not null) "
        "anti join known_ids using (source, customer_key)"
    )
