"""What the CRM contract promises of its tables, as rules: a new entity is audited without a suite of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import duckdb

from expectations.suite_reader import ROWS_QUERY, Rule, Suite
from include.contract.reader import FOLDER, Entity, read_contract
from include.workspace import PROJECT_ROOT

_LINEAGE_KEY = ("source", "_table", "_file", "_line")


def with_contract_rules(connection: duckdb.DuckDBPyConnection, suites: Iterable[Suite]) -> list[Suite]:
    """The suites in table order, with the rules of the contract for each of its tables that holds a row."""
    found = {suite.table: suite for suite in suites}
    for entity in read_contract().values():
        table = f"raw.{entity.name}"
        if connection.execute(f'select 1 from raw."{entity.name}" limit 1').fetchone() is None:
            continue
        rules = _rules(entity)
        suite = found.get(table) or Suite("raw", entity.name, _LINEAGE_KEY, (), rules[0].place)
        found[table] = replace(suite, rules=(*rules, *suite.rules))
    return [found[table] for table in sorted(found)]


def _rules(entity: Entity) -> tuple[Rule, ...]:
    place = f"{(FOLDER / 'entities' / entity.name).relative_to(PROJECT_ROOT)}.yml:1"
    # Several tables of a source may each know something of a customer.
    key = ["source", "_table", entity.key] if entity.name == "customers" else ["source", entity.key]
    return (
        Rule(
            "expect_compound_columns_to_be_unique",
            {"column_list": key},
            "blocking",
            f"A row of {entity.name} that is there twice counts twice wherever it is joined.",
            place,
        ),
        Rule(
            ROWS_QUERY,
            {"name": "as_the_contract_says", "query": _broken(entity)},
            "blocking",
            "Required columns have a value and codes are among those listed: everything after the load relies on it.",
            place,
        ),
    )


def _broken(entity: Entity) -> str:
    conditions = [f"{name} is null" for column in entity.columns if column.required for name, _ in column.physical]
    for column in entity.columns:
        if column.codes:
            listed = ", ".join(f"'{code}'" for code in column.codes)
            conditions.append(f"{column.name} not in ({listed})")
    return f"select {', '.join(_LINEAGE_KEY)} from {{batch}} where {' or '.join(conditions)}"
