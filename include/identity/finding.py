"""From records to people: block, weigh, join, and queue what is in doubt."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow

from include.identity.blocking import write_candidate_pairs
from include.identity.clusters import write_clusters
from include.identity.decisions import decisions_in_force
from include.identity.linker import scored_pairs, weighted_linker
from include.identity.model import Model, keep_model, read_model
from include.identity.review import write_queue
from include.identity.training import basis_of, train_model, usable_comparisons
from include.workspace import Workspace

SAID_SAME = 2.0  # in the place of a probability: above all that is computed


def find_people(
    workspace: Workspace, scratch: duckdb.DuckDBPyConnection, policy: dict, progress: Callable[[str], object]
) -> None:
    """From `records` write `edges`, `apart`, `clusters` and `queue`, all by the seniority of keys."""
    records = scratch.execute("select count(*) from records").fetchone()[0]
    model = _model(workspace, scratch, policy, records, progress)
    for words in write_candidate_pairs(scratch, policy):
        progress(f"  {words}")
    _write_edges(workspace, scratch, policy, model, records)
    write_clusters(scratch, policy["merge_at"])
    queued = write_queue(scratch, model, policy["review_from"], policy["merge_at"])
    pairs, people = scratch.execute(
        "select (select count(*) from candidate_pairs), "
        "(select count(*) from records) - (select count(*) - count(distinct cluster) from clusters "
        "where unique_id in (select unique_id from records))"
    ).fetchone()
    progress(f"Identity: {records:,} records, {pairs:,} pairs compared, {people:,} people, {queued:,} pairs to review")


def _model(
    workspace: Workspace, scratch: duckdb.DuckDBPyConnection, policy: dict, records: int, progress: Callable
) -> Model:
    """The weights that are kept while they fit; else new ones, kept from now on when they were learnt."""
    kept = read_model(workspace)
    if kept and kept.basis == basis_of(policy, usable_comparisons(scratch)):
        if records < policy["retrain_growth"] * kept.records:
            return kept
        progress(
            f"  weights were learnt from {kept.records:,} records; there are {records:,} now, so they are learnt anew"
        )
    model = train_model(scratch, policy, progress)
    if model.is_trained:
        keep_model(workspace, model)
    return model


def _write_edges(
    workspace: Workspace, scratch: duckdb.DuckDBPyConnection, policy: dict, model: Model, records: int
) -> None:
    """Pairs from `review_from` on, those that stewards decided, and those that only the crosswalk remembers.

    A pair that is one customer already stays one down to `review_from`: a probability that moves a little from day to
    day moves nobody. A key whose record is gone, while its orders remain, stays with the person it was of.
    """
    scratch.execute("create or replace table edges (a bigint, b bigint, probability double)")
    if scratch.execute("select count(*) from candidate_pairs").fetchone()[0]:
        linker = weighted_linker(scratch, model, records)
        scored = scored_pairs(linker, "candidate_pairs", policy["review_from"])
        scratch.execute(
            f"""
            insert into edges
            select a, b, case when l.customer_id = r.customer_id then greatest(probability, {policy["merge_at"]})
                else probability end
            from (
                select unique_id_l as a, unique_id_r as b, round(match_probability, 9) as probability from {scored}
            )
            left join warehouse.core.customer_xref as l on a = l.seniority and not l.is_new
            left join warehouse.core.customer_xref as r on b = r.seniority and not r.is_new
            """
        )
        linker.table_management.delete_tables_created_by_splink_from_db()
    scratch.execute(
        """
        insert into edges
        select least(xref.seniority, elder.seniority), greatest(xref.seniority, elder.seniority), 1.0
        from warehouse.core.customer_xref as xref
        inner join warehouse.core.customer_xref as elder on xref.customer_id = elder.first_id
        where xref.customer_id <> xref.first_id and xref.seniority not in (select unique_id from records)
        """
    )
    _write_decisions(workspace, scratch)


def _write_decisions(workspace: Workspace, scratch: duckdb.DuckDBPyConnection) -> None:
    fields = ("source_a", "customer_key_a", "source_b", "customer_key_b", "verdict")
    found = decisions_in_force(workspace)
    decided = pyarrow.table(
        {field: pyarrow.array([getattr(item, field) for item in found], pyarrow.string()) for field in fields}
    )
    scratch.register("decided", decided)
    scratch.execute(
        """
        create or replace table decisions as
        select
            least(l.seniority, r.seniority) as a, greatest(l.seniority, r.seniority) as b, decided.verdict
        from decided
        inner join warehouse.core.customer_xref as l
            on decided.source_a = l.source and decided.customer_key_a = l.customer_key
        inner join warehouse.core.customer_xref as r
            on decided.source_b = r.source and decided.customer_key_b = r.customer_key
        """
    )
    scratch.unregister("decided")
    scratch.execute("create or replace table apart as select a, b from decisions where verdict = 'not_same'")
    scratch.execute("insert into edges select a, b, ? from decisions where verdict = 'same'", [SAID_SAME])
