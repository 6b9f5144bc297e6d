"""Learning the weights: u from pairs of strangers, m by expectation maximisation (Splink). No truth is used."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import duckdb
import numpy as np

from include.identity.comparisons import COMPARISONS, Comparison
from include.identity.linker import linker_on
from include.identity.model import Model, Weights, comparisons_of, splink_settings

SAMPLE = 900  # records, whose pairs show how strangers agree
TRAINING_PAIRS = 300_000  # in each session
LEAST_CERTAIN_PAIRS = 30
# Strangers who agree like this mostly have one name: to count both would count the name twice. Their u is the
# policy's, at least.
HELD = ("email.same_user", "email.close")
STRANGER_ROUNDS = 6
LEAST_M = 0.001
# Pairs that agree on one of these are hardly ever strangers; they are about this share of all pairs of one person.
CERTAIN = (
    ("email", "given"), ("email", "family"), ("email", "birth"), ("phone", "full_name"), ("phone", "birth"),
    ("national_id", "birth"), ("national_id", "full_name"), ("full_name", "birth"),
)  # fmt: skip
CERTAIN_SHARE = 0.75
# Each session compares pairs that agree on these, and so learns of everything else.
SESSIONS = (("full_name",), ("birth",), ("email",), ("national_id",), ("given", "phone"))


def usable_comparisons(scratch: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Names of the comparisons for which a fiftieth of the records, at least, hold a value."""
    columns = sorted({column for comparison in COMPARISONS for column in comparison.columns})
    total, *counts = scratch.execute(
        f"select count(*), {', '.join(f'count({column})' for column in columns)} from records"
    ).fetchone()
    filled = {column for column, count in zip(columns, counts, strict=True) if count >= max(total * 0.02, 1)}
    return tuple(item.name for item in COMPARISONS if filled & set(item.columns))


def basis_of(policy: dict, comparisons: tuple[str, ...]) -> str:
    """Twelve hex digits that change when weights learnt earlier do not fit any more."""
    told = [comparisons, policy["weights"], repr(COMPARISONS), SAMPLE, CERTAIN, SESSIONS]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:12]


def shipped_model(policy: dict, comparisons: tuple[str, ...], records: int) -> Model:
    """The weights of the policy as they are."""
    weights = {item["level"]: {"m": float(item["m"]), "u": float(item["u"])} for item in policy["weights"]}
    rate = float(policy["duplicates_per_record"])
    return Model(basis_of(policy, comparisons), comparisons, weights, rate, records, is_trained=False)


def train_model(scratch: duckdb.DuckDBPyConnection, policy: dict, progress: Callable[[str], object]) -> Model:
    """Learn from the table `records`; the shipped weights where there are too few records, or too few that repeat.

    Weights are rounded to five digits, so that the order in which an engine adds numbers does not show.
    """
    records = scratch.execute("select count(*) from records").fetchone()[0]
    shipped = shipped_model(policy, usable_comparisons(scratch), records)
    certain = _write_certain_pairs(scratch)
    if records < policy["minimum_records"] or certain < LEAST_CERTAIN_PAIRS:
        progress(f"  {records:,} records, {certain:,} sure pairs: too few to learn from; the shipped weights are used")
        return shipped
    rate = _rounded(certain / CERTAIN_SHARE / records)
    weights, rate = _strangers(scratch, replace(shipped, duplicates_per_record=rate), records)
    start = replace(shipped, duplicates_per_record=rate, weights=weights)
    weights = start.weights | _learnt(scratch, start, records, policy["largest_block"], progress)
    return replace(start, weights=weights, is_trained=True)


def _write_certain_pairs(scratch: duckdb.DuckDBPyConnection) -> int:
    joins = " union ".join(
        "select l.unique_id as a, r.unique_id as b from records as l inner join records as r on "
        + " and ".join(f"l.{column} = r.{column}" for column in rule)
        + " and l.unique_id < r.unique_id"
        for rule in CERTAIN
    )
    scratch.execute(f"create or replace table certain_pairs as {joins}")
    return scratch.execute("select count(*) from certain_pairs").fetchone()[0]


def _strangers(scratch: duckdb.DuckDBPyConnection, model: Model, records: int) -> tuple[Weights, float]:
    """u of every level in use, and the expected number of duplicates a record, from all pairs of a sample.

    A pair counts by the probability that it is two people, under the weights of `model` and the u found so far
    (expectation maximisation with m held). One is added to every count: what never happened is rare, not impossible.
    """
    scratch.execute(f"create or replace table sampled as from records order by md5(unique_id::varchar) limit {SAMPLE}")
    compared = comparisons_of(model.comparisons)
    columns = [name for name, *_ in scratch.execute("describe records").fetchall()]
    sides = ", ".join(f"{side}.{column} as {column}_{side}" for column in columns for side in "lr")
    found = scratch.execute(
        f"select {', '.join(map(_level_number, compared))}, count(*) as pairs from (select {sides} "
        "from sampled as l inner join sampled as r on l.unique_id < r.unique_id) group by all order by all"
    ).fetchnumpy()
    levels = [np.ma.filled(found[item.name], -1).astype(int) for item in compared]
    pairs = np.asarray(found["pairs"], dtype=float)
    prior, weights, strange = model.prior(records), dict(model.weights), np.ones(len(pairs))
    for _ in range(STRANGER_ROUNDS):
        odds = np.full(len(pairs), math.log(prior / (1 - prior)))
        for item, level in zip(compared, levels, strict=True):
            names = [f"{item.name}.{each.name}" for each in item.levels]
            counts = np.bincount(level[level >= 0], (pairs * strange)[level >= 0], len(names)) + 1
            for name, share in zip(names, counts / counts.sum(), strict=True):
                least = model.weights[name]["u"] if name in HELD else 0.0
                weights[name] = {"m": weights[name]["m"], "u": _rounded(max(share, least))}
            factors = [math.log(weights[name]["m"] / weights[name]["u"]) for name in names]
            odds += np.array([*factors, 0.0])[level]
        strange = 1 / (1 + np.exp(np.minimum(odds, 700)))
        alike = float((pairs * (1 - strange)).sum())
        if alike >= LEAST_CERTAIN_PAIRS:
            prior = alike / pairs.sum()
    return weights, _rounded(max(model.duplicates_per_record, prior * (records - 1) / 2))


def _level_number(comparison: Comparison) -> str:
    *named, _ = comparison.levels
    branches = " ".join(f"when {level.condition} then {number}" for number, level in enumerate(named))
    return f"case when {comparison.missing} then null {branches} else {len(named)} end as {comparison.name}"


def _learnt(
    scratch: duckdb.DuckDBPyConnection,
    start: Model,
    records: int,
    largest_block: int,
    progress: Callable[[str], object],
) -> Weights:
    """m of every level, the mean over the sessions that can tell; u as in `start`."""
    told: dict[str, list[float]] = defaultdict(list)
    for session in SESSIONS:
        if not any(_may_learn(session, comparison) for comparison in comparisons_of(start.comparisons)):
            continue  # a CRM that knows little of its people: nothing is left to compare
        pairs = _write_session_records(scratch, session, largest_block)
        if pairs < 2 * LEAST_CERTAIN_PAIRS:
            continue
        linker = linker_on(scratch, "session_records", splink_settings(start, records))
        rule = " and ".join(f"l.{column} = r.{column}" for column in session)
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True
            )
        except ValueError:  # a weight ran into zero or one: these pairs are all alike
            progress(f"  nothing to learn from {pairs:,} pairs with equal {' and '.join(session)}")
            continue
        learnt = linker.misc.save_model_to_json()
        linker.table_management.delete_tables_created_by_splink_from_db()
        for comparison, found in zip(comparisons_of(start.comparisons), learnt["comparisons"], strict=True):
            if _may_learn(session, comparison):
                for level, weight in zip(comparison.levels, found["comparison_levels"][1:], strict=True):
                    told[f"{comparison.name}.{level.name}"].append(weight.get("m_probability") or 0.0)
        progress(f"  learnt from {pairs:,} pairs with equal {' and '.join(session)}")
    return {level: weight for item in comparisons_of(start.comparisons) for level, weight in _means(item, told, start)}


def _may_learn(session: tuple[str, ...], comparison: Comparison) -> bool:
    """Whether pairs that agree on the session's columns tell of the comparison."""
    return not set(session) & set(comparison.columns)


def _means(comparison: Comparison, told: dict[str, list[float]], start: Model):
    names = [f"{comparison.name}.{level.name}" for level in comparison.levels]
    shares = [
        max(math.fsum(told[name]) / len(told[name]), LEAST_M) if told.get(name) else start.weights[name]["m"]
        for name in names
    ]
    for name, share in zip(names, shares, strict=True):
        yield name, {"m": _rounded(share / math.fsum(shares)), "u": start.weights[name]["u"]}


def _write_session_records(scratch: duckdb.DuckDBPyConnection, session: tuple[str, ...], largest_block: int) -> int:
    """Records of whole blocks, drawn by hash, up to the bound of pairs; the number of their pairs."""
    block = f"hash({', '.join(session)})"
    known = " and ".join(f"{column} is not null" for column in session)
    scratch.execute(
        f"""
        create or replace table session_records as
        with sizes as (
            select {block} as block, count(*) * (count(*) - 1) // 2 as pairs from records where {known}
            group by 1 having count(*) between 2 and {largest_block}
        ),
        drawn as (select block from (
            select block, sum(pairs) over (order by hash(block), block) as pairs from sizes
        ) where pairs <= {TRAINING_PAIRS})
        select * from records where {known} and {block} in (select block from drawn) order by unique_id
        """
    )
    return scratch.execute(
        f"select coalesce(sum(size * (size - 1) // 2), 0) from "
        f"(select count(*) as size from session_records group by {block})"
    ).fetchone()[0]


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
