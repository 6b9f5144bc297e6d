"""Great Expectations on DuckDB: the one place that knows how the two are made to work together."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.suite_reader import ROWS_QUERY, Rule, Suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.datasource.fluent.interfaces import Batch

# Counts only: no value of any column, personal or not, leaves the engine.
_COUNTS = {"result_format": "BASIC", "partial_unexpected_count": 0}
_SHOWN_ROWS = 5
_KEPT_FIGURES = ("element_count", "unexpected_count", "unexpected_percent", "missing_count", "missing_percent")
_GX_SEVERITY = {"blocking": "critical", "warning": "warning"}
RULE_NUMBER = "rule_number"


class _DuckDB(str):
    """A dialect's name as Great Expectations lists them: text, with itself as `value`."""

    @property
    def value(self) -> str:
        return str(self)


class Engine:
    """Validates suites against one DuckDB file."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def validate(self, suite: Suite) -> ExpectationSuiteValidationResult:
        """Every rule of the suite, in one result that holds counts but no values.

        Each result's configuration carries the rule's number in the suite as `meta["rule_number"]`:
        Great Expectations returns them in an order of its own.
        """
        import great_expectations as gx

        expected = gx.ExpectationSuite(suite.table)
        for number, rule in enumerate(suite.rules):
            expected.add_expectation(_as_expectation(rule, number))
        result = self._batch(suite).validate(expected, result_format=_COUNTS)
        for one in result.results:
            _drop_values(one)
        return result

    def failing_keys(self, suite: Suite, rule: Rule) -> list[dict[str, Any]]:
        """Key columns of at most five rows that break the rule, and nothing else of them."""
        if rule.expectation == ROWS_QUERY:
            return []
        batch = self._batch(suite)
        found = batch.validate(
            _as_expectation(rule, 0),
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": _SHOWN_ROWS,
                "unexpected_index_column_names": list(suite.key),
            },
        ).result
        rows = found.get("partial_unexpected_index_list") or found.get("partial_unexpected_list") or []
        named = [{name: row[name] for name in suite.key if name in row} for row in rows if isinstance(row, dict)]
        return [row for row in named if row]

    def _batch(self, suite: Suite) -> Batch:
        known = {asset.name: asset for asset in self._source.assets}
        asset = known.get(suite.table) or self._source.add_table_asset(
            suite.table, table_name=suite.table_name, schema_name=suite.schema_name
        )
        if not asset.batch_definitions:
            asset.add_batch_definition_whole_table("whole")
        return asset.batch_definitions[0].get_batch()


def import_great_expectations() -> None:
    """Import Great Expectations, which takes seconds, without the hundreds of lines that it logs meanwhile."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations  # noqa: F401


@contextmanager
def open_engine(file: Path) -> Iterator[Engine]:
    """An engine on a DuckDB file, read only; on the way out nothing of it stays open or locked."""
    import_great_expectations()
    import great_expectations as gx
    from great_expectations.execution_engine import sqlalchemy_execution_engine as execution

    # Without this the connection is closed before its rows are fetched, and every expectation in SQL fails.
    if "duckdb" not in execution._PERSISTED_CONNECTION_DIALECTS:
        execution._PERSISTED_CONNECTION_DIALECTS = (*execution._PERSISTED_CONNECTION_DIALECTS, _DuckDB("duckdb"))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    context.enable_analytics(False)
    # Nobody reads the settings of a context in memory: as YAML for every table they took an eighth of an audit.
    context._save_project_config = lambda: None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = context.data_sources.add_sql(
            "warehouse",
            connection_string=f"duckdb:///{file.resolve()}",
            create_temp_table=False,
            # One failed query must not abort the transaction that the following ones would run in.
            kwargs={"connect_args": {"read_only": True}, "isolation_level": "AUTOCOMMIT"},
        )
        try:
            yield Engine(source)
        finally:
            _close(source)


def _close(source: Any) -> None:
    running = source.get_execution_engine()
    running.close()
    running.engine.dispose()
    source.get_engine().dispose()


def _as_expectation(rule: Rule, number: int) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    arguments = dict(rule.arguments)
    name = rule.expectation
    if name == ROWS_QUERY:
        # The batch comes with a name of its own unless the query joins: a query that names it would have two.
        query = arguments["query"].replace("{batch}", "(select * from {batch})")
        name, arguments = "unexpected_rows_expectation", {"unexpected_rows_query": query}
    notes = {"format": "string", "content": f"{rule.why} ({rule.severity}; {rule.place})"}
    return get_expectation_impl(name)(
        **arguments, severity=_GX_SEVERITY[rule.severity], meta={RULE_NUMBER: number, "notes": notes}
    )


def _drop_values(one: Any) -> None:
    figures = {name: one.result[name] for name in _KEPT_FIGURES if name in one.result}
    if isinstance(observed := one.result.get("observed_value"), int | float):
        figures["observed_value"] = observed
    one.result = figures
    if reason := raised(one):
        one.exception_info = {"raised_exception": True, "exception_message": reason, "exception_traceback": ""}


def raised(one: Any) -> str | None:
    """Why an expectation could not be evaluated, without quoted values; None when it was."""
    told: Sequence[dict] = [one.exception_info or {}]
    if told[0] and "raised_exception" not in told[0]:
        told = list(told[0].values())
    for info in told:
        if info.get("raised_exception"):
            first_line = str(info.get("exception_message", "")).strip().splitlines()
            return re.sub(r"'[^']*'|\"[^\"]*@[^\"]*\"", "'…'", first_line[0] if first_line else "unknown error")
    return None
