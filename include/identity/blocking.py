"""Which pairs of records are worth comparing: those that share a value which few records share."""

from __future__ import annotations

import duckdb


def write_candidate_pairs(scratch: duckdb.DuckDBPyConnection, policy: dict) -> list[str]:
    """Write `candidate_pairs`, each pair of `records` that a rule brings together, once; return what is left out.

    Columns are `join_key_l < join_key_r` (ids) and `match_key` (the rule's number). A value that more than
    `largest_block` records share is left out. So are the commonest of the rest, when a rule would make more than
    `pairs_per_record` pairs a record: memory and time are bounded by the number of records.
    """
    filled = _filled_columns(scratch)
    rules = [rule for rule in policy["blocking"] if set(rule["on"]) <= filled]
    total = scratch.execute("select count(*) from records").fetchone()[0]
    scratch.execute("create or replace table candidate_pairs (match_key varchar, join_key_l bigint, join_key_r bigint)")
    if not rules:
        return []
    keys = ", ".join(f"{_key(rule['on'])} as k{number}" for number, rule in enumerate(rules))
    scratch.execute(f"create or replace table block_keys as select unique_id, {keys} from records")
    told = []
    for number, rule in enumerate(rules):
        bound = int(policy["pairs_per_record"] * total)
        largest = rule.get("largest_block", policy["largest_block"])
        scratch.execute(
            f"""
            create or replace table blocks as
            with sizes as (
                select k{number} as block, count(*) as size from block_keys
                where k{number} is not null group by 1 having count(*) > 1
            ),
            by_size as (
                select size, sum(size * (size - 1) / 2) as pairs from sizes
                where size <= {largest} group by size
            ),
            allowed as (select coalesce(max(size), 0) as size from (
                select size, sum(pairs) over (order by size) as pairs from by_size) where pairs <= {bound})
            select block, sizes.size, sizes.size <= allowed.size as is_used from sizes cross join allowed
            """
        )
        unused, largest = scratch.execute("select count(*), max(size) from blocks where not is_used").fetchone()
        if unused:
            told.append(f"{rule['rule']}: {unused:,} common values left out, the commonest of {largest:,} records")
        earlier = "".join(f" and (l.k{before} = r.k{before}) is not true" for before in range(number))
        scratch.execute(
            f"""
            insert into candidate_pairs
            select '{number}', l.unique_id, r.unique_id
            from (from block_keys semi join blocks as used on k{number} = block and is_used) as l
            inner join block_keys as r on l.k{number} = r.k{number} and l.unique_id < r.unique_id{earlier}
            """
        )
        if unused:
            # A value that was too common must not hide the pair from the rules after it.
            scratch.execute(
                f"update block_keys set k{number} = null "
                f"where k{number} in (select block from blocks where not is_used)"
            )
    return told


def _key(columns: list[str]) -> str:
    known = " and ".join(f"{column} is not null" for column in columns)
    return f"case when {known} then hash({', '.join(columns)}) end"


def _filled_columns(scratch: duckdb.DuckDBPyConnection) -> set[str]:
    columns = [name for name, *_ in scratch.execute("describe records").fetchall()]
    counts = scratch.execute(f"select {', '.join(f'count({column})' for column in columns)} from records").fetchone()
    return {column for column, count in zip(columns, counts, strict=True) if count}
