"""Checks suites against the warehouse before anything runs: tables, columns and queries must exist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import duckdb

from expectations.suite_reader import ROWS_QUERY, Rule, Suite, SuiteInvalid
from include.contract.positioned_yaml import did_you_mean
from include.contract.reader import read_contract


def bind_suites(connection: duckdb.DuckDBPyConnection, suites: Iterable[Suite]) -> None:
    """Raise `SuiteInvalid` listing every table, column or query that the warehouse cannot answer.

    A suite may not name a personal column as key: keys of failing rows are shown.
    """
    tables: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_schema || '.' || table_name, column_name from information_schema.columns "
        "order by ordinal_position"
    ).fetchall():
        tables.setdefault(table, []).append(column)
    faults: list[str] = []
    for suite in suites:
        if suite.table not in tables:
            hint = did_you_mean(suite.table, tables) or " Build its layer first."
            faults.append(f"{suite.place}: the warehouse has no table {suite.table}.{hint}")
            continue
        faults += _key_faults(suite, tables[suite.table])
        for rule in suite.rules:
            faults += _rule_faults(connection, suite, rule, tables[suite.table])
    if faults:
        raise SuiteInvalid("\n".join(faults))


@cache
def personal_columns() -> frozenset[str]:
    """Contract columns that name a person, with the customer's key: a source may use an address as key."""
    entities = read_contract()
    marked = {column.name for entity in entities.values() for column in entity.columns if column.pii}
    return frozenset(marked | {entities["customers"].key})


def _key_faults(suite: Suite, columns: list[str]) -> list[str]:
    unknown = [
        f"{suite.place}: {suite.table} has no column {name}.{did_you_mean(name, columns)}"
        for name in suite.key
        if name not in columns
    ]
    shown = sorted(set(suite.key) & personal_columns())
    return unknown + [f"{suite.place}: key {name} is personal and would be shown. Use another key." for name in shown]


def _rule_faults(connection: duckdb.DuckDBPyConnection, suite: Suite, rule: Rule, columns: list[str]) -> list[str]:
    if rule.expectation != ROWS_QUERY:
        return [
            f"{rule.place}: {suite.table} has no column {name}.{did_you_mean(name, columns)}"
            for name in rule.columns
            if name not in columns
        ]
    try:
        connection.execute(f"explain {query_of(suite, rule)}")
    except (duckdb.Error, KeyError, IndexError, ValueError) as error:
        return [f"{rule.place}: rule {rule.title}: {str(error).splitlines()[0]}"]
    return []


def query_of(suite: Suite, rule: Rule) -> str:
    """The rule's query with the suite's table in the place of `{batch}`."""
    return rule.arguments["query"].format(batch=suite.table)
