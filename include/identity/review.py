"""The queue of pairs that a steward decides, with what speaks for and against each."""

from __future__ import annotations

import duckdb

from include.identity.comparisons import COMPARISONS, Comparison
from include.identity.linker import scored_pairs, weighted_linker
from include.identity.model import Model, comparisons_of
from include.identity.tables import EVIDENCE

_SHOWN = {  # what a steward sees of a comparison
    "name": "full_name",
    "birth": "birth",
    "email": "email",
    "phone": "phone",
    "national_id": "national_id",
    "street": "street",
    "place": "concat_ws(' ', {side}.postal, {side}.city)",
}


def write_queue(scratch: duckdb.DuckDBPyConnection, model: Model, review_from: float, merge_at: float) -> int:
    """Write the table `queue` in the shape of `core.match_review`, but for the ids of customers; return its length.

    Between two people only the likeliest pair is asked, and none once a steward has held some of their records apart.
    Reads `edges`, `apart`, `clusters` and `records`.
    """
    scratch.execute(
        f"""
        create or replace table asked as
        with person as (
            select records.unique_id, coalesce(clusters.cluster, records.unique_id) as cluster
            from records left join clusters using (unique_id)
        ),
        held as (
            select least(l.cluster, r.cluster) as a, greatest(l.cluster, r.cluster) as b
            from apart
            inner join person as l on apart.a = l.unique_id
            inner join person as r on apart.b = r.unique_id
        )
        select edges.a as join_key_l, edges.b as join_key_r, '0' as match_key
        from edges
        inner join person as l on edges.a = l.unique_id
        inner join person as r on edges.b = r.unique_id and l.cluster <> r.cluster
        anti join held on held.a = least(l.cluster, r.cluster) and held.b = greatest(l.cluster, r.cluster)
        where edges.probability >= {review_from}
        qualify row_number() over (
            partition by least(l.cluster, r.cluster), greatest(l.cluster, r.cluster)
            order by edges.probability desc, edges.a, edges.b
        ) = 1
        """
    )
    length, records = scratch.execute("select (select count(*) from asked), (select count(*) from records)").fetchone()
    if not length:
        scratch.execute(
            "create or replace table queue "
            f"(a bigint, b bigint, probability double, match_weight double, evidence {EVIDENCE})"
        )
        return 0
    shown = {"retain_matching_columns": True, "retain_intermediate_calculation_columns": True}
    scored = scored_pairs(weighted_linker(scratch, model, records, **shown), "asked", 0.0)
    evidence = ", ".join(_evidence(comparison) for comparison in comparisons_of(model.comparisons))
    scratch.execute(
        f"""
        create or replace table queue as
        select
            unique_id_l as a,
            unique_id_r as b,
            round(least(match_probability, {merge_at} - 1e-6), 6) as probability,
            round(match_weight, 2) as match_weight,
            list_filter([{evidence}], item -> item.agreement <> 'missing') as evidence
        from {scored} as scored
        inner join records as l on scored.unique_id_l = l.unique_id
        inner join records as r on scored.unique_id_r = r.unique_id
        """
    )
    return length


def _evidence(comparison: Comparison) -> str:
    gamma = f"scored.gamma_{comparison.name}"
    last = len(comparison.levels) - 1
    agreements = " ".join(f"when {last - number} then '{level.name}'" for number, level in enumerate(comparison.levels))
    weights = f"scored.mw_{comparison.name}"
    rarity = f" + coalesce(scored.mw_tf_adj_{comparison.name}, 0)" if any(x.rarity for x in comparison.levels) else ""
    shown = _SHOWN[comparison.name]
    left, right = (shown.format(side=side) if "{" in shown else f"{side}.{shown}" for side in "lr")
    return (
        f"struct_pack(field := '{comparison.name}', agreement := case {gamma} {agreements} else 'missing' end, "
        f"weight := round({weights}{rarity}, 2), value_a := {left}, value_b := {right})"
    )


assert {comparison.name for comparison in COMPARISONS} == set(_SHOWN)
