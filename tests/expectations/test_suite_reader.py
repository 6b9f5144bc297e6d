"""Suites are checked before anything runs, and every fault is told with its place."""

from __future__ import annotations

import re

import pytest

from expectations.binding import bind_suites
from expectations.suite_reader import AUDITED_LAYERS, SuiteInvalid, read_suites
from include.publishing.masking import INTERNAL_TABLES
from include.warehouse.connection import open_warehouse
from include.workspace import PROJECT_ROOT

MODELS = PROJECT_ROOT / "dbt_project" / "models"


def _own(tmp_path, text: str, layer: str = "facts"):
    folder = tmp_path / "own"
    (folder / layer).mkdir(parents=True)
    (folder / layer / "own.yml").write_text(text)
    return folder


@pytest.mark.parametrize("layer", AUDITED_LAYERS)
def test_shipped_suites_fit_the_tables_they_speak_of(workspace, layer):
    with open_warehouse(workspace) as connection:
        bind_suites(connection, read_suites(layer))


def test_published_tables_without_a_suite_are_those_that_the_page_of_quality_names():
    audited = {suite.table_name for layer in AUDITED_LAYERS for suite in read_suites(layer)}
    internal = {table for _, table in INTERNAL_TABLES}
    published = {path.stem for layer in ("core", "marts") for path in (MODELS / layer).rglob("*.sql")} - internal
    page = (PROJECT_ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    told = re.search(r"published tables have no suite: (.*?)\. All", page, re.DOTALL).group(1)
    assert published - audited == set(re.findall(r"`(\w+)`", told))


def test_rules_of_a_workspace_are_added_to_the_shipped_ones(tmp_path):
    own = _own(
        tmp_path,
        "table: core.fct_orders\nkey: [order_id]\nrules:\n"
        "  - {expect: expect_column_values_to_not_be_null, column: kind, severity: warning, why: we sort by it}\n",
    )
    shipped = {suite.table: len(suite.rules) for suite in read_suites("facts")}
    with_own = {suite.table: len(suite.rules) for suite in read_suites("facts", own)}
    assert with_own == shipped | {"core.fct_orders": shipped["core.fct_orders"] + 1}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "{expect: expect_column_values_to_be_nul, column: kind, why: w}",
            "Did you mean expect_column_values_to_be_null?",
        ),
        ("{expect: expect_column_values_to_be_null, why: w}", "expect_column_values_to_be_null needs column."),
        (
            "{expect: expect_column_values_to_be_null, column: a, colum: b, why: w}",
            "no argument colum. Did you mean column?",
        ),
        ("{expect: expect_column_values_to_be_null, column: a}", "why is missing"),
        ("{expect: expect_column_values_to_be_null, column: a, why: w, severity: blockin}", "Did you mean blocking?"),
        ("{expect: unexpected_rows, name: n, query: select 1, why: w}", "the query must read {batch}"),
        ("not_a_rule", "a rule needs expect"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path, rule, message):
    own = _own(tmp_path, f"table: core.fct_orders\nkey: [order_id]\nrules:\n  - {rule}\n")
    with pytest.raises(SuiteInvalid) as refused:
        read_suites("facts", own)
    assert str(refused.value).startswith(f"{own}/facts/own.yml:4: ")
    assert message in str(refused.value)


def test_a_rule_that_is_already_shipped_is_told(tmp_path):
    rule = "{expect: expect_column_values_to_be_unique, column: order_id, severity: warning, why: w}"
    own = _own(tmp_path, f"table: core.fct_orders\nkey: [order_id]\nrules:\n  - {rule}\n")
    with pytest.raises(SuiteInvalid, match=r"own.yml:4: .* says the same as the rule at expectations/suites/facts/"):
        read_suites("facts", own)


def test_a_further_suite_of_a_table_has_the_key_of_the_first(tmp_path):
    own = _own(
        tmp_path,
        "table: core.fct_orders\nkey: [customer_id]\nrules:\n"
        "  - {expect: expect_column_values_to_not_be_null, column: kind, why: w}\n",
    )
    with pytest.raises(SuiteInvalid, match=r"own.yml:1: key must be that of .*fct_orders.yml:1: \[order_id\]"):
        read_suites("facts", own)


def test_every_fault_of_every_file_is_told_at_once(tmp_path):
    own = _own(tmp_path, "table: fct_orders\nkey: []\nrule: x\nrules: [a]\n")
    (own / "fact").mkdir()
    (own / "facts" / "broken.yml").write_text("table: [\n")
    with pytest.raises(SuiteInvalid) as refused:
        read_suites("facts", own)
    told = str(refused.value)
    assert "unknown property rule" in told
    assert "broken.yml:2: not valid YAML" in told
    assert "fact is no layer" in told


@pytest.mark.parametrize(
    ("suite", "message"),
    [
        ("table: core.fct_order\nkey: [order_id]", "no table core.fct_order. Did you mean core.fct_orders?"),
        ("table: raw.orders\nkey: [orderkey]", "raw.orders has no column orderkey. Did you mean order_key?"),
        ("table: raw.customers\nkey: [email]", "key email is personal and would be shown"),
        ("table: raw.customers\nkey: [customer_key]", "key customer_key is personal"),
    ],
)
def test_tables_and_keys_are_checked_against_the_warehouse(workspace, tmp_path, suite, message):
    own = _own(
        tmp_path, f"{suite}\nrules:\n  - {{expect: expect_table_row_count_to_be_between, min_value: 0, why: w}}\n"
    )
    with open_warehouse(workspace) as connection, pytest.raises(SuiteInvalid) as refused:
        bind_suites(connection, read_suites("facts", own))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "{expect: expect_column_values_to_not_be_null, column: net_revenu, why: w}",
            "has no column net_revenu. Did you mean net_revenue?",
        ),
        ('{expect: unexpected_rows, name: odd, query: "select x from {batch}", why: w}', "rule odd: Binder Error"),
        ('{expect: unexpected_rows, name: odd, query: "selec {batch}", why: w}', "rule odd: Parser Error"),
        ('{expect: unexpected_rows, name: odd, query: "select {batsh} from {batch}", why: w}', "rule odd: 'batsh'"),
    ],
)
def test_columns_and_queries_are_checked_against_the_warehouse(workspace, tmp_path, rule, message):
    own = _own(tmp_path, f"table: core.fct_orders\nkey: [order_id]\nrules:\n  - {rule}\n")
    with open_warehouse(workspace) as connection, pytest.raises(SuiteInvalid) as refused:
        bind_suites(connection, read_suites("facts", own))
    assert str(refused.value).startswith(f"{own}/facts/own.yml:4: ")
    assert message in str(refused.value)
