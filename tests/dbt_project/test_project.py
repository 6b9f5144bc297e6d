"""The project as a whole: unit tests of its rules, an empty company, documentation and freshness."""

from __future__ import annotations

import re
import shutil
from datetime import date

import duckdb
import pytest
import yaml

from include.contract.reader import read_contract
from include.dictionary.entries import read_tables
from include.dictionary.pages import write_dictionary
from include.policies.metrics import customer_metric_names
from include.publishing.masking import INTERNAL_TABLES
from include.reporting.management.sections import sections_of
from tests.dbt_project import shop
from tests.dbt_project.warehouse_by_hand import PROJECT, DbtFailed

DOCS = PROJECT.parent / "docs"
DOCUMENTED_SQL = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in (DOCS / "analyst.md", DOCS / "questions.md")
    for number, block in enumerate(re.findall(r"```sql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1)
]
PUBLISHED = [path for layer in ("core", "marts") for path in sorted((PROJECT / "models" / layer).rglob("*.sql"))]


@pytest.fixture(scope="module")
def shop_world(whole_shop):
    return whole_shop()


def test_unit_tests_of_every_rule(shop_world, dbt):
    results = dbt("test", "--select", "test_type:unit").results
    assert len(results) >= 12


def test_freshness_of_what_was_loaded(shop_world, dbt):
    """The sources are as old as their last load; the made-up load is old, which warns and fails nothing."""
    results = dbt("source", "freshness", "--select", "source:crm.orders", "source:crm.customers").results
    assert {result.status for result in results} == {"warn"}


def test_the_dictionary_tells_every_table_and_column(shop_world, dbt):
    """Against the warehouse and the contract: nothing is left out, and every published column has its words."""
    dbt("parse")
    with dbt.environment():
        shop_world.workspace.dbt_target.mkdir(parents=True, exist_ok=True)
        shutil.copy(dbt.target / "manifest.json", shop_world.workspace.dbt_target)
        first = write_dictionary(shop_world.workspace)
        tables = {table.title: table for table in read_tables(shop_world.workspace)}
    held = shop_world.read(
        "select table_schema as s, table_name as t, column_name as c from information_schema.columns "
        "where table_schema in ('raw', 'ops', 'stg', 'int', 'core', 'scores', 'marts')"
    )
    assert {(one.schema, one.name, column.name) for one in tables.values() for column in one.columns} == set(
        held.itertuples(index=False, name=None)
    )
    analyst = first.with_name("analyst.html").read_text(encoding="utf-8")
    for path in PUBLISHED:
        table = tables[f"{'core' if 'core' in path.parts else 'marts'}.{path.stem}"]
        assert f'id="{table.title}"' in analyst
        assert table.description and table.key, table.title
        assert all(column.description for column in table.columns), table.title
    personal = {(e.name, c.name, c.pii) for e in read_contract().values() for c in e.columns if c.pii}
    told = {(one.name, c.name, c.personal) for one in tables.values() if one.schema == "raw" for c in one.columns}
    assert personal <= told
    steward = first.with_name("steward.html").read_text(encoding="utf-8")
    assert "A probability lies between 0 and 1." in steward and "nothing is published" in steward
    assert {"input", "output"} == {tables[name].part for name in ("int.int_churn__features", "scores.churn_scores")}
    for page in first.parent.glob("*.html"):
        assert not re.search(r"(src|href)=.?(https?:)?//|url\(", page.read_text(encoding="utf-8")), page.name


def _exposed(name: str) -> list[str]:
    """Models that an exposure depends on."""
    exposures = yaml.safe_load((PROJECT / "models" / "_exposures.yml").read_text(encoding="utf-8"))["exposures"]
    (found,) = [one for one in exposures if one["name"] == name]
    return [ref.removeprefix("ref('").removesuffix("')") for ref in found["depends_on"]]


def _named_in(folder: str, pattern: str) -> set[str]:
    """What modules of a folder under include/ name."""
    modules = (PROJECT.parent / "include" / folder).rglob("*.py")
    return {name for path in modules for name in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_exposures_are_what_their_readers_read():
    """Against the sources: what scoring and dashboard name, and every table that is published; each once."""
    published = sorted({path.stem for path in PUBLISHED} - {table for _, table in INTERNAL_TABLES})
    assert sorted(_exposed("models")) == sorted(_named_in("scoring", r"\bint_[a-z_]+__[a-z_]+"))
    assert sorted(_exposed("dashboard")) == sorted(_named_in("dashboard", r"\w+") & set(published))
    assert sorted(_exposed("published_version")) == published


@pytest.mark.parametrize("block", DOCUMENTED_SQL)
def test_sql_of_the_documents_runs(shop_world, block):
    """As in the published file: tables of core and marts by their bare names, beside one row about the version."""
    with shop_world.connect(read_only=True) as connection:
        connection.execute(
            "create temp table published_version as select as_of_date, build_id, policy_version from ops.current_build"
        )
        connection.execute("set search_path = 'marts,core'")
        for statement in duckdb.extract_statements(block):
            assert connection.execute(statement).description


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sections_of_the_management_report_can_be_told(shop_world, lang):
    with shop_world.connect(read_only=True) as connection:
        connection.execute("create temp table published_version as from ops.current_build")
        connection.execute("set search_path = 'marts,core'")
        assert {"headline", "tiers"} <= {one.told["section"] for one in sections_of(connection, lang)}


def test_a_ledger_that_does_not_close_fails_the_build(shop_world):
    """A data test really fails: one row read and lost."""
    shop_world.execute(
        "insert into ops.load_ledger values "
        "('b1', 'shop', 'orders', 3, 1, 1, 0, 0, 1, 0, timestamp '2026-01-01', 'load', 0, 0)"
    )
    with pytest.raises(DbtFailed, match="load_ledger_always_holds"):
        shop_world.build(shop.LAST_DAY, "load_ledger")


def test_customers_without_orders_have_zero_and_no_tier(world):
    made = world()
    made.load("customers", shop.customers(shop.orders_and_lines()[0]).query("_table == 'list'"))
    made.build(date(2024, 1, 31))
    metrics = made.read("select * from core.customer_metrics")
    assert (metrics["orders_12m"] == 0).all() and (metrics["net_revenue_12m"] == 0).all()
    assert metrics["recency_days"].isna().all() and metrics["products_12m"].isna().all()
    assert made.read("select count(*) as n from marts.customer_tiers")["n"][0] == 0


def test_without_tickets_contacts_and_surveys_service_and_surveys_are_empty(shop_world):
    marts = [path.stem for path in PUBLISHED if path.parent.name in ("service", "surveys")]
    assert len(marts) >= 8
    for mart in marts:
        assert shop_world.read(f"select count(*) as n from marts.{mart}")["n"][0] == 0, mart


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_every_published_column_is_described(path):
    """A YAML of the same name stands beside each model; every column has a type and words."""
    (model,) = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))["models"]
    assert model["name"] == path.stem and model["description"]
    for column in model["columns"]:
        assert column["data_type"] and len(column["description"]) > 3, column["name"]


def test_personal_columns_are_marked():
    """Publishing masks what is marked here; these are the contract's direct and quasi identifiers."""
    (model,) = yaml.safe_load((PROJECT / "models/core/dim_customer.yml").read_text(encoding="utf-8"))["models"]
    marked = {c["name"]: c["config"]["meta"]["pii"] for c in model["columns"] if "config" in c}
    assert marked == {
        "email": "email",
        "phone": "phone",
        "full_name": "name",
        "given_name": "name",
        "family_name": "name",
        "street": "other",
        "birth_on": "date",
        "postal_code": "postal_code",
    }


def test_there_are_forty_metrics():
    assert len(customer_metric_names()) >= 40
    assert {"net_revenue_12m", "monthly_spend", "complaint_rate"} <= set(customer_metric_names())


def test_policies_can_name_every_metric():
    """SQL has a branch for each number of the contract; a metric without one would silently be null."""
    macro = (PROJECT / "macros" / "metric_value.sql").read_text(encoding="utf-8")
    assert tuple(re.findall(r"'(\w+)'", macro.split("return([")[1])) == customer_metric_names()


def test_models_are_short_and_say_their_grain():
    """A model fits on a screen and begins with one sentence."""
    for path in (PROJECT / "models").rglob("*.sql"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("-- "), path.name
        assert len(lines) <= 130, path.name
        assert path.with_suffix(".yml").is_file(), path.name


def test_a_policy_that_names_metrics_is_looked_up_for_their_columns(shop_world):
    """`metric_value` reads only metrics that policies name: every such policy is among those it asks."""
    asked = (PROJECT / "macros" / "metric_value.sql").read_text(encoding="utf-8")
    named = shop_world.read(
        "select table_name, column_name from duckdb_columns() where schema_name = 'policy' and data_type = 'VARCHAR' "
        "and column_name like '%metric%'"
    )
    columns = named.groupby("table_name")["column_name"].agg(set)
    users = [
        path for path in (PROJECT / "models").rglob("*.sql") if "metric_value(" in path.read_text(encoding="utf-8")
    ]
    for path in users:
        for table in re.findall(r"source\('policy', '(\w+)'\)", path.read_text(encoding="utf-8")):
            for column in columns.get(table, set()):
                assert re.search(rf"'{table}': \[[^]]*'{column}'", asked), f"{path.name}: {table}.{column}"
    assert len(users) >= 9
