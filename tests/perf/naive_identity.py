"""Three naive ways to find the records of one person, to measure ours beside."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb

# Values in one form, as identity has them, and who each record is.
RECORDS = """
    select row_number() over (order by source, customers.customer_key, _table) as unique_id,
        coalesce(given_name, names.given) as first_name, coalesce(family_name, names.family) as surname,
        birth_on as dob, lower(customers.email) as email, phone, postal_code as postcode, city, person
    from raw.customers as customers left join ops.standard_names as names on customers.full_name = names.name
    left join read_parquet('{folder}/truth/person_of_customer*.parquet') using (customer_key)
"""


def splink_unbounded(folder: Path) -> dict:
    """Splink's own comparisons and ordinary blocking rules, without bounds."""
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    connection = _records(folder)
    rules = ["surname", "dob", "postcode", "email"]
    pairs = {
        rule: connection.execute(
            "select sum(n * (n - 1) // 2)::bigint from "
            f"(select count(*) as n from records where {rule} is not null group by {rule})"
        ).fetchone()[0]
        for rule in rules
    }
    print("ready", flush=True)
    began, cpu = time.perf_counter(), time.process_time()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.NameComparison("first_name"),
            compare.NameComparison("surname"),
            compare.DateOfBirthComparison("dob", input_is_string=False),
            compare.EmailComparison("email"),
            compare.ExactMatch("phone"),
            compare.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[block_on(rule) for rule in rules],
        retain_matching_columns=False,
    )
    print(json.dumps({"pairs": pairs}), file=sys.stderr, flush=True)
    interface = DuckDBAPI(connection)
    linker = Linker(interface.register("records"), settings)
    linker.training.estimate_probability_two_random_records_match([block_on("email", "surname")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("dob", "surname"), block_on("email")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.9)
    linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold_match_probability=0.9)
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu, "pairs": pairs}


def same_contact(folder: Path) -> dict:
    """Records with the same e-mail address or the same telephone number are one person."""
    return _joined(folder, "l.email = r.email", "l.phone = r.phone")


def all_pairs(folder: Path) -> dict:
    """Every record is compared with every other: they are one person when two of five fields agree, names and
    addresses nearly."""
    nearly = (
        "(jaro_winkler_similarity(l.first_name || ' ' || l.surname, r.first_name || ' ' || r.surname) >= 0.92)",
        "(levenshtein(l.email, r.email) <= 2)",
        *(f"(l.{column} = r.{column})" for column in ("phone", "dob", "postcode")),
    )
    return _joined(folder, f"{' + '.join(f'coalesce({agrees}, false)::int' for agrees in nearly)} >= 2")


def _records(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(folder / f"naive_{os.getpid()}.duckdb"))
    connection.execute(f"create table records as from '{folder}/naive.parquet'")
    return connection


def _joined(folder: Path, *conditions: str) -> dict:
    """Join the pairs of records for which a condition holds, and say how right that is."""
    connection = _records(folder)
    print("ready", flush=True)
    began, cpu = time.perf_counter(), time.process_time()
    joined = "select l.unique_id, r.unique_id from records l join records r on l.unique_id < r.unique_id and"
    pairs = connection.execute(" union ".join(f"{joined} {condition}" for condition in conditions)).fetchall()
    first = dict(connection.execute("select unique_id, unique_id from records").fetchall())
    for one, other in pairs:
        first[_root(first, other)] = _root(first, one)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    people = connection.execute("select unique_id, person from records").fetchall()
    found = [(_root(first, record), person) for record, person in people]
    made, true = Counter(cluster for cluster, _ in found), Counter(person for _, person in found)
    right, made, true = (sum(n * (n - 1) // 2 for n in counts.values()) for counts in (Counter(found), made, true))
    return {
        "records": len(found), "seconds": seconds, "cpu_seconds": cpu,
        "precision": right / made, "recall": right / true,
    }  # fmt: skip


def _root(first: dict[int, int], record: int) -> int:
    while first[record] != record:
        first[record] = first[first[record]]
        record = first[record]
    return record
