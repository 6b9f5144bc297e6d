"""What a steward sees of the queue, and how a decision finds its two records."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from include.identity.decisions import decisions_in_force
from include.workspace import Workspace


class UnknownPair(ValueError):
    """Nothing in the crosswalk or the queue answers to the name of a pair."""


@dataclass(frozen=True)
class Evidence:
    """How two records agree in one field; `weight` in bits, over 0 for one person. Values are in the clear."""

    field: str
    agreement: str
    weight: float
    value_a: str | None
    value_b: str | None


@dataclass(frozen=True)
class Pair:
    """A pair in the queue; a record is its source and its key there."""

    pair_id: str
    probability: float
    customer_id_a: str
    record_a: tuple[str, str]
    customer_id_b: str
    record_b: tuple[str, str]
    evidence: tuple[Evidence, ...]


def read_queue(workspace: Workspace, connection: duckdb.DuckDBPyConnection) -> list[Pair]:
    """The pairs to decide, the likeliest first, without those decided since they were queued."""
    rows = connection.execute(
        "select pair_id, probability, customer_id_a, source_a, customer_key_a, "
        "customer_id_b, source_b, customer_key_b, evidence from core.match_review order by probability desc, pair_id"
    ).fetchall()
    decided = {decision.pair for decision in decisions_in_force(workspace)}
    pairs = [
        Pair(row[0], row[1], row[2], (row[3], row[4]), row[5], (row[6], row[7]), tuple(Evidence(**e) for e in row[8]))
        for row in rows
    ]
    return [pair for pair in pairs if frozenset({pair.record_a, pair.record_b}) not in decided]


def records_of_pair(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two records that a pair's number means, or two names of records with a slash between.

    A record is named by its first id or by source and key: `c12…/c34…`, `till:K7/web:12`. Keys may hold slashes.

    Raises
    ------
    UnknownPair: the message says what a pair may be called.
    """
    if "/" in name:
        parts = name.split("/")
        for cut in range(1, len(parts)):
            a, b = (_record(connection, "/".join(side).strip()) for side in (parts[:cut], parts[cut:]))
            if a and b:
                return a, b
        raise UnknownPair(
            f"{name}: the crosswalk knows no such two records. Name each by its first id or as source:key; "
            "`tierworks matches --customer ID` lists those of a customer."
        )
    row = connection.execute(
        "select source_a, customer_key_a, source_b, customer_key_b from core.match_review where pair_id = ?", [name]
    ).fetchone()
    if row is None:
        raise UnknownPair(
            f"{name}: not in the queue. `tierworks matches` lists it; two records, each by first id or "
            "as source:key, with a slash between name any pair."
        )
    return (row[0], row[1]), (row[2], row[3])


def records_of_customer(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str, str]]:
    """(first id, source, key) of every record of a customer, the one known longest first.

    The customer is named by their id, or by one of their records as source:key.
    """
    return connection.execute(
        "select first_id, source, customer_key from core.customer_xref where customer_id in (select customer_id "
        "from core.customer_xref where $name in (customer_id, source || ':' || customer_key)) order by seniority",
        {"name": name},
    ).fetchall()


def _record(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, str] | None:
    return connection.execute(
        "select source, customer_key from core.customer_xref "
        "where first_id = $name or source || ':' || customer_key = $name",
        {"name": name},
    ).fetchone()
