"""From pairs to people: records joined by likely pairs, and never against a steward's word."""

from __future__ import annotations

import duckdb


def write_clusters(scratch: duckdb.DuckDBPyConnection, merge_at: float) -> None:
    """Write `clusters (unique_id, cluster)`: every record that is joined with another, and the first of its cluster.

    Reads `edges (a, b, probability)` and `apart (a, b)`, pairs that are not one person. A cluster that holds a pair
    of `apart` comes apart: its edges are taken again, the likeliest first, and none that would join such a pair.
    """
    scratch.execute(
        "create or replace table joined as "
        "select a as unique_id_l, b as unique_id_r, probability as match_probability "
        f"from edges anti join apart using (a, b) where probability >= {merge_at}"
    )
    _write_components(scratch)
    scratch.execute(
        """
        create or replace table contested as
        select distinct l.cluster from apart
        inner join clusters as l on apart.a = l.unique_id
        inner join clusters as r on apart.b = r.unique_id and l.cluster = r.cluster
        """
    )
    if scratch.execute("select count(*) from contested").fetchone()[0]:
        _split_contested(scratch)


def _write_components(scratch: duckdb.DuckDBPyConnection) -> None:
    scratch.execute("create or replace table clusters (unique_id bigint, cluster bigint)")
    if not scratch.execute("select count(*) from joined").fetchone()[0]:
        return
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    scratch.execute(
        "create or replace table nodes as "
        "select unique_id_l as unique_id from joined union select unique_id_r from joined"
    )
    interface = DuckDBAPI(scratch)
    found = cluster_pairwise_predictions_at_threshold(
        interface.register("nodes"),
        interface.register("joined"),
        db_api=interface,
        node_id_column_name="unique_id",
        threshold_match_probability=0.0,
    )
    scratch.execute(
        "insert into clusters "
        f"select unique_id, min(unique_id) over (partition by cluster_id) from {found.physical_name}"
    )


def _split_contested(scratch: duckdb.DuckDBPyConnection) -> None:
    """Few clusters, each with a steward's decision in it: their edges are walked here, not on the engine."""
    edges = scratch.execute(
        "select unique_id_l, unique_id_r from joined inner join clusters on unique_id_l = unique_id "
        "semi join contested using (cluster) order by match_probability desc, unique_id_l, unique_id_r"
    ).fetchall()
    group: dict[int, set[int]] = {}
    apart: dict[int, set[int]] = {}
    for a, b in scratch.execute("select a, b from apart").fetchall():
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)
    for a, b in edges:
        left, right = group.setdefault(a, {a}), group.setdefault(b, {b})
        if left is right or any(apart.get(record, set()) & right for record in left):
            continue
        left |= right
        for record in right:
            group[record] = left
    scratch.execute("delete from clusters where cluster in (select cluster from contested)")
    for first, record in sorted((min(members), record) for record, members in group.items() if len(members) > 1):
        scratch.execute("insert into clusters values (?, ?)", [record, first])
