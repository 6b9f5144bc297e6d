"""Splink on the scratch database: the one place that makes a linker."""

from __future__ import annotations

import logging

import duckdb

from include.identity.model import Model, comparisons_of, splink_settings


def linker_on(scratch: duckdb.DuckDBPyConnection, records: str, settings: dict):
    """A Splink linker over the table `records` of the connection's current schema. It logs faults only."""
    from splink import DuckDBAPI, Linker

    interface = DuckDBAPI(scratch)
    return Linker(interface.register(records), settings, log_level=logging.ERROR, validate_settings=False)


def scored_pairs(linker, pairs: str, threshold: float) -> str:
    """Score the table `pairs` (match_key, join_key_l, join_key_r); return the table of those from `threshold` on."""
    interface = linker._db_api
    linker.table_management.register_blocked_pairs_for_predict(interface.register(pairs))
    return linker.inference.predict(threshold_match_probability=threshold, warning_mode="never").physical_name


def weighted_linker(scratch: duckdb.DuckDBPyConnection, model: Model, records: int, **options):
    """A linker over the table `records` with the model's weights, told how common each value is among other people.

    Of the records that share a value some are copies of one person, not other people: the expected number of further
    records of a person, and at least the other record of the pair, do not count.
    """
    linker = linker_on(scratch, "records", splink_settings(model, records, **options))
    copies = max(1.0, 2 * model.duplicates_per_record)
    compared = comparisons_of(model.comparisons)
    for column in sorted({level.rarity for item in compared for level in item.levels if level.rarity}):
        table = f"rarity_{column}"
        scratch.execute(
            f"create or replace table {table} as select {column}, greatest(count(*) - {copies}, 1) "
            f"/ sum(count(*)) over () as tf_{column} from records where {column} is not null group by {column}"
        )
        linker.table_management.register_term_frequency_lookup(linker._db_api.register(table), column)
    return linker
