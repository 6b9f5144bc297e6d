"""Great Expectations on DuckDB: each expectation that suites may use passes and fails as it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from expectations.engine import RULE_NUMBER, open_engine, raised
from expectations.suite_reader import ARGUMENTS, ROWS_QUERY, Rule, Suite

# id, amount, kind, mail: two rows share kind and amount, one has neither mail nor amount.
_ROWS = "(1, 1.5, 'a', 'x@y.org'), (2, 2.5, 'b', 'x@y.org'), (3, 2.5, 'b', 'z@y.org'), (4, null, 'c', null)"
_HOLDS = "holds"
_CASES = [
    ("expect_table_row_count_to_be_between", {"min_value": 4, "max_value": 4}, _HOLDS),
    ("expect_table_row_count_to_be_between", {"min_value": 5}, None),
    ("expect_column_values_to_not_be_null", {"column": "id"}, _HOLDS),
    ("expect_column_values_to_not_be_null", {"column": "mail"}, 1),
    ("expect_column_values_to_not_be_null", {"column": "mail", "mostly": 0.7}, _HOLDS),
    ("expect_column_values_to_be_null", {"column": "mail"}, 3),
    ("expect_column_values_to_be_null", {"column": "nothing"}, _HOLDS),
    ("expect_column_values_to_be_unique", {"column": "id"}, _HOLDS),
    ("expect_column_values_to_be_unique", {"column": "mail"}, 2),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "kind"]}, _HOLDS),
    ("expect_compound_columns_to_be_unique", {"column_list": ["amount", "kind"]}, 2),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 1.5, "max_value": 2.5}, _HOLDS),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 1.5, "strict_min": True}, 1),
    ("expect_column_values_to_be_between", {"column": "amount", "max_value": 2}, 2),
    ("expect_column_values_to_be_in_set", {"column": "kind", "value_set": ["a", "b", "c"]}, _HOLDS),
    ("expect_column_values_to_be_in_set", {"column": "kind", "value_set": ["a"]}, 3),
    ("expect_column_mean_to_be_between", {"column": "id", "min_value": 2.5, "max_value": 2.5}, _HOLDS),
    ("expect_column_mean_to_be_between", {"column": "id", "max_value": 2}, None),
    ("expect_column_sum_to_be_between", {"column": "amount", "min_value": 6.5, "max_value": 6.5}, _HOLDS),
    ("expect_column_sum_to_be_between", {"column": "amount", "min_value": 7}, None),
    (ROWS_QUERY, {"name": "none", "query": "select id from {batch} where id > 4"}, _HOLDS),
    (ROWS_QUERY, {"name": "some", "query": "select id from {batch} where id > 2"}, 2),
    (ROWS_QUERY, {"name": "named", "query": "select told.id from {batch} as told where told.id > 2"}, 2),
    (
        ROWS_QUERY,
        {"name": "joined", "query": "select a.id from {batch} as a join {batch} as b on a.id = b.id where a.id > 2"},
        2,
    ),
]


def _file(folder: Path, rows: str = _ROWS) -> Path:
    path = folder / "rows.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.things (id integer, amount decimal(18,4), kind varchar, mail varchar, nothing varchar)"
        )
        if rows:
            connection.execute(f"insert into core.things (id, amount, kind, mail) values {rows}")
    return path


def _suite(*cases: tuple[str, dict]) -> Suite:
    rules = tuple(Rule(name, arguments, "blocking", "because", "here:1") for name, arguments in cases)
    return Suite("core", "things", ("id",), rules, "here:1")


def _by_number(result) -> dict[int, object]:
    return {one.expectation_config.meta[RULE_NUMBER]: one for one in result.results}


def test_every_expectation_of_suites_is_tried_both_ways():
    for name in ARGUMENTS:
        outcomes = {expected == _HOLDS for tried, _, expected in _CASES if tried == name}
        assert outcomes == {True, False}, name


def test_each_expectation_passes_and_fails_as_it_says(tmp_path):
    file = _file(tmp_path)
    with open_engine(file) as engine:
        found = _by_number(engine.validate(_suite(*((name, arguments) for name, arguments, _ in _CASES))))
    assert len(found) == len(_CASES)
    for number, (name, arguments, expected) in enumerate(_CASES):
        one = found[number]
        assert raised(one) is None, (name, raised(one))
        assert bool(one.success) == (expected == _HOLDS), (name, arguments)
        if isinstance(expected, int):
            rows = one.result["observed_value"] if name == ROWS_QUERY else one.result["unexpected_count"]
            assert rows == expected, (name, arguments)


def test_an_empty_table_holds_what_is_said_of_its_rows(tmp_path):
    about_rows = [(name, arguments) for name, arguments, _ in _CASES if "_row_count_" not in name]
    about_rows = [case for case in about_rows if "_mean_" not in case[0] and "_sum_" not in case[0]]
    with open_engine(_file(tmp_path, rows="")) as engine:
        result = engine.validate(_suite(*about_rows))
    assert [one.expectation_config.type for one in result.results if not one.success] == []


def test_a_query_that_breaks_fails_alone_and_tells_no_value(tmp_path):
    broken = (ROWS_QUERY, {"name": "broken", "query": "select id from {batch} where mail::integer > 0"})
    sound = [("expect_column_values_to_not_be_null", {"column": name}) for name in ("id", "kind")]
    with open_engine(_file(tmp_path)) as engine:
        found = _by_number(engine.validate(_suite(sound[0], broken, sound[1])))
    assert [bool(found[number].success) for number in range(3)] == [True, False, True]
    assert "Conversion Error" in raised(found[1])
    assert "x@y.org" not in raised(found[1])


def test_results_hold_counts_and_no_value(tmp_path):
    failing = [(name, arguments) for name, arguments, expected in _CASES if expected != _HOLDS]
    with open_engine(_file(tmp_path)) as engine:
        text = json.dumps(engine.validate(_suite(*failing)).to_json_dict(), default=str)
    assert "@y.org" not in text


def test_failing_rows_are_named_by_their_key_only(tmp_path):
    suite = _suite(("expect_column_values_to_be_unique", {"column": "mail"}))
    with open_engine(_file(tmp_path)) as engine:
        assert engine.failing_keys(suite, suite.rules[0]) == [{"id": 1}, {"id": 2}]


def test_nothing_stays_locked_after_validation(tmp_path):
    file = _file(tmp_path)
    with open_engine(file) as engine:
        engine.validate(_suite(("expect_column_values_to_be_unique", {"column": "id"})))
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table core.written_here (id integer)")
    other = f"import duckdb; duckdb.connect({str(file)!r}).execute('create table core.written_there (id integer)')"
    assert subprocess.run([sys.executable, "-c", other], check=False).returncode == 0


def test_reading_suites_does_not_import_great_expectations():
    """The import takes seconds; only an audit may pay for it."""
    code = (
        "import sys, expectations.checkpoint, expectations.results, include.publishing.publish;"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["expect_column_values_to_match_regex", "expect_column_quantile_values_to_be_between"])
def test_expectations_that_fail_on_duckdb_are_not_offered(name):
    assert name not in ARGUMENTS
