"""Contact values in one form, kept by raw value: each distinct value is parsed once, and only when it is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import duckdb
import pyarrow

from include.identity.emails import email_standardiser
from include.identity.names import name_standardiser
from include.identity.phones import country_codes, phone_standardiser

BATCH = 50_000
_PARSED_BY = "2"  # raise it when a standardiser changes: what was parsed before is parsed again


def standardise_new_values(connection: duckdb.DuckDBPyConnection, policy: dict) -> dict[str, int]:
    """Parse what `raw.customers` gives and the tables `ops.standard_*` do not know; return how many by kind.

    A changed policy empties the tables first. Values no longer given stay: a load that comes back needs them.
    """
    _forget_former_standards(connection, policy)
    _write_countries(connection, policy)
    emails = email_standardiser(policy)
    names = name_standardiser(policy)
    return {
        "emails": _fill(
            connection, "emails", "select distinct email from raw.customers where email is not null", emails
        ),
        "phones": _fill(
            connection,
            "phones",
            "select distinct phone, countries.region from raw.customers "
            "inner join ops.standard_countries as countries on customers.source = countries.source "
            "and coalesce(customers.country, '') = countries.country where phone is not null",
            phone_standardiser(policy),
        ),
        "names": _fill(
            connection,
            "names",
            " union ".join(
                f"select {column} as name from raw.customers where {column} is not null"
                for column in ("full_name", "given_name", "family_name")
            ),
            names,
        ),
    }


def _forget_former_standards(connection: duckdb.DuckDBPyConnection, policy: dict) -> None:
    content = json.dumps([_PARSED_BY, policy], sort_keys=True, ensure_ascii=False)
    version = hashlib.md5(content.encode()).hexdigest()
    if connection.execute("select version from ops.standards_version").fetchall() == [(version,)]:
        return
    connection.execute("begin")
    for kind in ("emails", "phones", "names"):
        connection.execute(f"delete from ops.standard_{kind}")
    connection.execute("delete from ops.standards_version")
    connection.execute("insert into ops.standards_version values (?)", [version])
    connection.execute("commit")


def _write_countries(connection: duckdb.DuckDBPyConnection, policy: dict) -> None:
    """What each country that a source writes is, and where phone numbers beside it are dialled: few rows, made anew."""
    codes = country_codes(policy)
    regions = {item["source"]: item["region"] for item in policy["source_regions"]}
    given = connection.execute(
        "select distinct source, coalesce(country, '') from raw.customers order by all"
    ).fetchall()
    rows = [(source, country, codes.get(country.strip().lower())) for source, country in given]
    connection.execute("begin")
    connection.execute("delete from ops.standard_countries")
    for source, country, code in rows:
        connection.execute(
            "insert into ops.standard_countries values (?, ?, ?, ?)",
            [source, country, code, code or regions.get(source, "")],
        )
    connection.execute("commit")


def _fill(connection: duckdb.DuckDBPyConnection, kind: str, given: str, standardise: Callable) -> int:
    """Parse the values of the query `given` that `ops.standard_<kind>` lacks, a batch a transaction."""
    keys = "phone, region" if kind == "phones" else kind[:-1]
    connection.execute(
        f"create or replace temp table new_values as "
        f"select row_number() over (order by {keys}) as number, * from ("
        f"from ({given}) as given anti join ops.standard_{kind} as known using ({keys}))"
    )
    total = connection.execute("select count(*) from new_values").fetchone()[0]
    for start in range(0, total, BATCH):
        values = connection.execute(
            f"select {keys} from new_values where number > ? and number <= ? order by number", [start, start + BATCH]
        ).to_arrow_table()
        columns = [column.to_pylist() for column in values.columns]
        parsed = [
            tuple(standardise(value, *(place or None for place in rest))) for value, *rest in zip(*columns, strict=True)
        ]
        for position in range(len(parsed[0])):
            values = values.append_column(
                f"parsed_{position}", pyarrow.array([item[position] for item in parsed], pyarrow.string())
            )
        connection.execute(f"insert into ops.standard_{kind} from values")
    return total
