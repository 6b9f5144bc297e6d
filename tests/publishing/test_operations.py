"""A version tells how it came about: what each step took and read, what each audit found, since when."""

from __future__ import annotations

import json
from datetime import datetime

import duckdb
import pytest

from expectations.results import QualityResult, create_quality_table, replace_results
from expectations.steward.results import open_failures
from include.publishing.operations import write_operations
from include.warehouse.connection import open_warehouse

_STEP = {"dag_id": "load", "map_index": 0, "attempt": 1, "failed": False, "skipped": False}


def _published(workspace, build_id: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach '{workspace.warehouse}' as warehouse (read_only)")
    write_operations(connection, "warehouse", workspace, build_id)
    return connection


def _result(build: str, rule: str, passed: bool, day: int) -> QualityResult:
    at = datetime(2024, 1, day, 3)
    return QualityResult(build, "marts", "marts", "t", rule, None, "warning", passed, "", int(not passed), rule, at)


@pytest.fixture
def told(workspace):
    """Builds of four days; one rule fails on the 2nd, holds on the 3rd, fails on the 4th and 5th."""
    log = workspace.rebuildable / "logs" / "steps.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    loaded = {"run_id": "1", "task_id": "load_source", "part": "shop", "as_of": None, "entered": 1000.0}
    older = {"run_id": "0", "task_id": "build_core", "entered": 10.0, "imported": 10.5, "left": 15.0, "failed": True}
    steps = [
        _STEP | {"dag_id": "build"} | older,  # as steps were noted before they knew their memory
        _STEP | loaded | {"imported": 1001.5, "left": 1010.25, "peak_memory_mb": 512.5},
        _STEP | loaded | {"task_id": "check_raw", "part": None, "as_of": "2020-03-05", "build_id": "20200305_x"}
        | {"entered": 1011.0, "imported": 1011.0, "left": 1012.0},
    ]  # fmt: skip
    log.write_text("".join(json.dumps(step) + "\n" for step in steps) + '{"run_id": "torn')
    with open_warehouse(workspace) as connection:
        connection.execute("drop table if exists ops.quality_results")
        for day, passed in ((2, False), (3, True), (4, False), (5, False)):
            build = f"202001{day:02}_x"
            results = [_result(build, "odd_tier", passed, day), _result(build, "whole", True, day)]
            replace_results(connection, build, "marts", results)
        shown = open_failures(connection)
    with _published(workspace, "20200105_x") as connection:
        yield connection, shown


def test_each_step_is_told_with_its_time_memory_state_and_rows(told):
    connection, _ = told
    columns = "workspace, dag_id, task_id, part, as_of_date, seconds, import_seconds, state, peak_memory_mb, rows_read"
    rows = connection.execute(f"select {columns}, rows_accepted, rows_quarantined from pipeline_runs").fetchall()
    assert [row[1:3] for row in rows] == [("build", "build_core"), ("load", "load_source"), ("load", "check_raw")]
    assert rows[0][5:10] == (5.0, 0.5, "failed", None, None)
    assert rows[1][3:9] == ("shop", None, 10.25, 1.5, "success", 512.5)
    read, accepted, quarantined = rows[1][9:]
    ledger = "from warehouse.ops.load_ledger where batch_id = '1'"
    assert connection.execute(f"select sum(rows_read) {ledger}").fetchone()[0] == read
    assert read and accepted is not None and quarantined is not None
    assert str(rows[2][4]) == "2020-03-05" and rows[2][9] is None


def test_a_rule_fails_since_it_last_held_as_the_stewards_page_says(told):
    connection, shown = told
    rows = connection.execute(
        "select as_of_date::varchar, passed, day(failing_since), is_current from quality_results "
        "where expectation = 'odd_tier' order by build_id"
    ).fetchall()
    assert rows == [
        ("2020-01-02", False, 2, False), ("2020-01-03", True, None, False),
        ("2020-01-04", False, 4, False), ("2020-01-05", False, 4, True),
    ]  # fmt: skip
    assert [failure.since for failure in shown] == ["2024-01-04 03:00"]
    assert connection.execute("select count(*), count(failing_since) from quality_results").fetchone() == (8, 3)


def test_every_column_is_described(told):
    connection, _ = told
    bare = connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = current_database() "
        "and comment is null and table_name in ('pipeline_runs', 'quality_results')"
    ).fetchall()
    assert bare == []


def test_a_workspace_that_never_ran_in_airflow_tells_no_runs(workspace):
    with open_warehouse(workspace) as connection:
        create_quality_table(connection)
    with _published(workspace, "b") as connection:
        assert connection.execute("select count(*) from pipeline_runs").fetchone() == (0,)
