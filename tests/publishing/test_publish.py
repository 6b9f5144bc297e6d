"""What a published version is, and what may not become one."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.cli.main import main
from include.load.connections import Connection
from include.policies.reader import PolicyError
from include.publishing.postgres_schema import PostgresSchema, ServingFailed
from include.publishing.publish import PublishRefused, publish_version
from include.publishing.versions import current_version, list_versions
from include.reporting.pages import write_pages
from include.warehouse.connection import open_published
from include.warehouse.digest import table_digest
from include.workspace_lock import workspace_lock
from tests.expectations.tiny_warehouse import AS_OF, BUILD, PERSON, corrupt
from tests.publishing.audited import let_through, start_build

# What a version says of itself, beside the tables of the build.
OF_THE_VERSION = {"published_version", "metric_definitions", "pipeline_runs", "quality_results"}


def _publish(workspace, build_id: str = BUILD):
    return publish_version(workspace, build_id, AS_OF, progress=lambda _: None)


def _bytes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}


@pytest.fixture
def published(workspace, made_once):
    """The version of the tiny warehouse, published once: each test has a copy."""

    def publish(folder: Path) -> None:
        let_through(workspace, BUILD)
        _publish(workspace)
        shutil.copytree(workspace.home, folder, symlinks=True)

    made = made_once("tiny_published", publish)
    shutil.rmtree(workspace.home)
    shutil.copytree(made, workspace.home, symlinks=True)
    return current_version(workspace)


def test_a_version_holds_every_table_of_core_and_marts_but_the_crosswalk(workspace, published):
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        built = connection.execute(
            "select table_name from duckdb_tables() where schema_name in ('core', 'marts') order by 1"
        ).fetchall()
    expected = {name for (name,) in built} - {"customer_xref", "match_review", "identity_log"}
    assert set(published.tables) == expected
    assert {path.stem for path in (published.folder / "parquet").iterdir()} == expected | OF_THE_VERSION
    with open_published(workspace.published_file) as connection:
        held = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert {table for _, table in held} == expected | OF_THE_VERSION
        assert {schema for schema, _ in held} == {"main"}
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)


def test_a_version_says_what_it_is(workspace, published):
    record = json.loads((workspace.current / "version.json").read_text())
    assert record == published.record()
    with open_published(workspace.published_file) as connection:
        row = connection.execute("from published_version").fetchone()
        names = [column[0] for column in connection.execute("from published_version").description]
        told = dict(zip(names, row, strict=True))
        for table, facts in record["tables"].items():
            assert connection.execute(f"select count(*) from {table}").fetchone()[0] == facts["rows"]
            assert table_digest(connection, "main", table) == facts["digest"]
    assert (told["build_id"], told["as_of_date"], told["workspace"]) == (BUILD, AS_OF, "tiny")
    assert (told["policy_version"], told["code_version"], told["currency"]) == ("policy", "code", "EUR")
    named = ("churn_90d", "clv", "propensity", "recommendations", "segments", "uplift_all")
    models = dict.fromkeys(named, "1")
    assert json.loads(told["models"]) == models == record["models"]
    assert (told["quality_passed"], told["quality_failed_warning"], told["quality_failed_blocking"]) == (4, 0, 0)
    assert json.loads(told["tables"]) == record["tables"]


def test_a_version_cannot_be_written(published):
    modes = {oct(path.stat().st_mode & 0o777) for path in published.folder.rglob("*") if path.is_file()}
    assert modes == {"0o444"}


def test_parquet_equals_the_database(published):
    with open_published(published.folder / "tierworks.duckdb") as connection:
        for table in published.tables:
            file = published.folder / "parquet" / f"{table}.parquet"
            different = f"(from {table} except all from '{file}') union all (from '{file}' except all from {table})"
            assert connection.execute(f"select count(*) from ({different})").fetchone() == (0,)


def test_equal_rows_in_another_order_give_equal_parquet_bytes(workspace, published):
    corrupt(
        workspace, "create or replace table core.customer_metrics as from core.customer_metrics order by 1 desc, 2 desc"
    )
    let_through(workspace, "b")
    corrupt(workspace, "update ops.current_build set build_id = 'b'")
    again = _publish(workspace, "b")
    assert {name: facts["digest"] for name, facts in again.tables.items()} == {
        name: facts["digest"] for name, facts in published.tables.items()
    }
    first, second = _bytes(published.folder / "parquet"), _bytes(again.folder / "parquet")
    # Who was audited when is told too, and that is another build's.
    of_the_run = {"published_version.parquet", "quality_results.parquet"}
    assert {name for name in first if first[name] != second[name]} == of_the_run


def test_comments_come_along(workspace):
    corrupt(workspace, "comment on table core.fct_orders is 'One row per order; it''s all there.'")
    corrupt(workspace, "comment on column core.fct_orders.net_revenue is 'money'")
    let_through(workspace, BUILD)
    _publish(workspace)
    with open_published(workspace.published_file) as connection:
        assert connection.execute("select comment from duckdb_tables() where table_name = 'fct_orders'").fetchone() == (
            "One row per order; it's all there.",
        )
        assert connection.execute(
            "select comment from duckdb_columns() where table_name = 'fct_orders' and column_name = 'net_revenue'"
        ).fetchone() == ("money",)


def test_the_models_own_words_are_published(workspace):
    manifest = {
        "nodes": {
            "model.tierworks.fct_orders": {
                "resource_type": "model", "name": "fct_orders", "alias": "fct_orders",
                "description": "One row per order; it's all there.",
                "columns": {
                    "net_revenue": {"description": "Sales less returns.", "meta": {}},
                    "gone": {"description": "No longer built."},
                },
            },
            "model.tierworks.dim_customer": {
                "resource_type": "model", "name": "dim_customer", "alias": "dim_customer", "description": "",
                "columns": {name: {"description": "", "config": {"meta": {"pii": "other"}}} for name in PERSON},
            },
        },
        "metrics": {
            "metric.tierworks.buyers": {
                "name": "buyers", "label": "Buyers", "description": "Who ever bought.",
                "config": {"meta": {"unit": "customers"}},
            }
        },
    }  # fmt: skip
    workspace.dbt_target.mkdir(parents=True, exist_ok=True)
    (workspace.dbt_target / "manifest.json").write_text(json.dumps(manifest))
    let_through(workspace, BUILD)
    _publish(workspace)
    with open_published(workspace.published_file) as connection:
        told = connection.execute(
            "select column_name, comment from duckdb_columns() where comment is not null and not internal "
            "and table_name not in ('pipeline_runs', 'quality_results')"
        ).fetchall()
        assert told == [("net_revenue", "Sales less returns.")]
        table = connection.execute("select comment from duckdb_tables() where table_name = 'fct_orders'").fetchone()
        assert table == ("One row per order; it's all there.",)
        figures = connection.execute("from metric_definitions").fetchall()
        assert figures == [("buyers", "Buyers", "customers", "Who ever bought.")]


def test_the_working_warehouse_is_free_afterwards(workspace, published):
    corrupt(workspace, "create table ops.written_after (id integer)")


@pytest.mark.parametrize("layer", ["raw", "facts", "scores", "marts"])
def test_a_build_whose_audit_failed_or_is_missing_is_refused(workspace, layer):
    layers = ("raw", "facts", "scores", "marts")
    let_through(workspace, BUILD, tuple(name for name in layers if name != layer))
    with pytest.raises(PublishRefused, match=f"no passed audit of {layer}"):
        _publish(workspace)
    let_through(workspace, BUILD, fails=layer)
    with pytest.raises(PublishRefused, match=f"no passed audit of {layer}"):
        _publish(workspace)
    assert current_version(workspace) is None


def test_audits_of_another_build_do_not_count(workspace):
    let_through(workspace, "another")
    with pytest.raises(PublishRefused, match="no passed audit of raw, facts, scores, marts"):
        _publish(workspace)


@pytest.mark.parametrize(
    ("build_id", "as_of", "message"),
    [
        ("another", AS_OF, "the warehouse holds build 20200229_a as of 2020-02-29"),
        (BUILD, date(2020, 1, 31), "the warehouse holds build 20200229_a as of 2020-02-29"),
        ("../out", AS_OF, "is no file name"),
    ],
)
def test_only_the_build_in_the_warehouse_is_published(workspace, build_id, as_of, message):
    let_through(workspace, BUILD)
    with pytest.raises(PublishRefused, match=message):
        publish_version(workspace, build_id, as_of)


def test_publishing_a_version_again_leaves_it_and_makes_it_current(workspace, published):
    start_build(workspace, "b")
    _publish(workspace, "b")
    start_build(workspace, BUILD)
    again = _publish(workspace)
    assert again == published
    assert current_version(workspace) == published


def test_leftovers_of_killed_publications_are_removed(workspace, published):
    for name in ("dead.draft", "gone.discarded"):
        (workspace.versions / name / "parquet").mkdir(parents=True)
        (workspace.versions / name / "parquet" / "half.parquet").write_text("half")
    start_build(workspace, "b")
    _publish(workspace, "b")
    assert sorted(path.name for path in workspace.versions.iterdir()) == sorted([BUILD, "b"])


def test_a_failing_publication_leaves_what_readers_see(workspace, published):
    start_build(workspace, "b")
    corrupt(workspace, "create table marts.dim_customer as select 1 as customer_id")
    with pytest.raises(ValueError, match="dim_customer: in both core and marts"):
        _publish(workspace, "b")
    assert current_version(workspace) == published


def test_a_full_disk_stops_a_publication_and_is_not_kept_full_by_half_a_version(workspace, published):
    start_build(workspace, "b")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
    try:
        with pytest.raises(duckdb.Error):
            _publish(workspace, "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in workspace.versions.iterdir()] == [BUILD]
    assert current_version(workspace) == published
    assert _publish(workspace, "b").build_id == "b" == current_version(workspace).build_id


def test_old_versions_go_while_postgres_is_away(few_tables, tmp_path, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", "postgresql://nobody:nothing@127.0.0.1:1/none")
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "publishing.yml").write_text("keep_versions: 1\n")
    object.__setattr__(few_tables, "policies", policies)
    for build_id in ("b1", "b2"):
        start_build(few_tables, build_id)
        with pytest.raises(ServingFailed, match=f"files show build {build_id}"):
            _publish(few_tables, build_id)
    assert [version.build_id for version in list_versions(few_tables)] == ["b2"]


def test_pages_tell_of_the_version_that_readers_see(workspace, published, capsys):
    """After a rollback the result page and the reports had told what was taken back."""
    workspace.register()
    start_build(workspace, "b")
    _publish(workspace, "b")
    write_pages(workspace)
    pages = [workspace.rebuildable / name for name in ("result.html", "report.en.html", "report.zh.html")]
    there = [page for page in pages if page.exists()]
    assert len(there) >= 2 and not any(BUILD in page.read_text(encoding="utf-8") for page in there)
    assert main(["rollback", "--workspace", "tiny"]) == 0
    assert current_version(workspace) == published
    assert all(BUILD in page.read_text(encoding="utf-8") for page in there)
    with workspace_lock(workspace, "load"):  # while somebody writes; the version of an earlier release tells no ledger
        write_pages(workspace)
    assert all(page.exists() for page in there)


@pytest.mark.parametrize("name", ["shop__former", "shop__old_2024", "shop__as_ada"])
def test_no_workspace_is_served_where_another_keeps_what_it_drops(name):
    with pytest.raises(ServingFailed, match="two underscores"):
        PostgresSchema(Connection("serving", "postgresql://nobody@127.0.0.1:1/none"), name, 1)


def test_the_last_versions_are_kept_and_never_the_current_one_removed(few_tables, tmp_path):
    workspace = few_tables
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "publishing.yml").write_text("keep_versions: 2\n")
    object.__setattr__(workspace, "policies", policies)
    for build_id in ("b1", "b2", "b3", "b4"):
        start_build(workspace, build_id)
        _publish(workspace, build_id)
    assert [version.build_id for version in list_versions(workspace)] == ["b4", "b3"]


def test_a_malformed_policy_is_told_before_anything_is_written(workspace, tmp_path):
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "publishing.yml").write_text("keep_versions: none\n")
    object.__setattr__(workspace, "policies", policies)
    let_through(workspace, BUILD)
    with pytest.raises(PolicyError, match="keep_versions"):
        _publish(workspace)
    assert list(workspace.versions.iterdir()) == []
