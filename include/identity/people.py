"""From clusters to ids that never change their meaning, and the log of what was merged and split."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.workspace import Workspace


def restore_log(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """Bring `core.identity_log` in line with the kept file, without events that a killed run had not carried out."""
    kept = _kept_log(workspace)
    connection.execute("begin")
    if kept.is_file():
        connection.execute("delete from core.identity_log")
        # No parameter: the engine imports numpy and pyarrow to bind one.
        path = str(kept).replace("'", "''")
        connection.execute(f"insert into core.identity_log by name from read_parquet('{path}')")
    connection.execute(
        """
        delete from core.identity_log where sequence in (
            select log.sequence from core.identity_log as log
            inner join core.customer_xref as xref using (source, customer_key)
            where log.sequence = (select max(sequence) from core.identity_log) and log.customer_id <> xref.customer_id
        )
        """
    )
    connection.execute("commit")


def settle(workspace: Workspace, connection: duckdb.DuckDBPyConnection, clusters: str | None) -> tuple[int, int]:
    """Give every key the id of its person; return how many keys changed theirs, and how many of those were published.

    A person has the first id of the key that became known first (least seniority). So an id always means the person
    to whom that key belongs: when two merge the older id stays, when one is split it stays with the older part.
    `clusters` is a table (unique_id, cluster) of seniorities; a key outside it is a person of its own; None leaves
    all as it is. Runs inside the caller's transaction. The kept files come first and are written again after a kill:
    what is kept is never behind what is committed.
    """
    from include.load.crosswalk import keep_crosswalk, replace_parquet  # heavy, and not needed when nothing changes

    connection.execute("create or replace temp table settled as from core.customer_xref limit 0")
    person = "xref.customer_id" if clusters is None else "coalesce(elder.first_id, xref.first_id)"
    joins = "" if clusters is None else (
        f"left join {clusters} as clusters on clusters.unique_id = xref.seniority "
        "left join core.customer_xref as elder on elder.seniority = clusters.cluster"
    )  # fmt: skip
    connection.execute(
        f"insert into settled select xref.source, xref.customer_key, {person}, xref.first_id, xref.seniority, false "
        f"from core.customer_xref as xref {joins}"
    )
    changed = connection.execute(
        "select count(*) from settled inner join core.customer_xref as xref using (seniority) "
        "where settled.customer_id <> xref.customer_id"
    ).fetchone()[0]
    logged = _log_moves(connection)
    connection.execute("create or replace table core.customer_xref as from settled order by source, customer_key")
    log = "from core.identity_log order by sequence, source, customer_key"
    replace_parquet(connection, log, _kept_log(workspace))
    keep_crosswalk(workspace, connection)
    return changed, logged


def _log_moves(connection: duckdb.DuckDBPyConnection) -> int:
    """One row for each key that had an id before and has another now.

    `merged`: nobody has the former id any more. `split`: the id was nobody's before. `moved`: both live on.
    """
    before = connection.execute("select count(*) from core.identity_log").fetchone()[0]
    connection.execute(
        """
        insert into core.identity_log
        select
            (select coalesce(max(sequence), 0) + 1 from core.identity_log),
            now.source,
            now.customer_key,
            former.customer_id,
            now.customer_id,
            case
                when now.customer_id not in (select customer_id from core.customer_xref where not is_new) then 'split'
                when former.customer_id not in (select customer_id from settled) then 'merged'
                else 'moved'
            end
        from settled as now
        inner join core.customer_xref as former using (seniority)
        where former.customer_id <> now.customer_id and not former.is_new
        """
    )
    return connection.execute("select count(*) from core.identity_log").fetchone()[0] - before


def _kept_log(workspace: Workspace) -> Path:
    return workspace.kept / "identity_log.parquet"
