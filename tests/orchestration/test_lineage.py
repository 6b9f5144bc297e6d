"""What tasks tell OpenLineage of: our assets and tables by name, of the workspace whose run it is."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from include.orchestration.assets import CUSTOMER_FACTS, PUBLISHED_VERSION
from include.workspace import Workspace

lineage = pytest.importorskip("include.orchestration.lineage")


def _told(task_id: str, outlets=(), part: str | None = None):
    params = {"workspace": "shop", "as_of_date": "2024-06-30", "full_refresh": False}
    context = {"params": params, "dag_run": SimpleNamespace(partition_key=None)}
    instance = SimpleNamespace(get_template_context=lambda: context, rendered_map_index=part)
    found = lineage.TaskLineage(SimpleNamespace(task_id=task_id, outlets=list(outlets))).extract_on_complete(instance)
    assert {one.namespace for one in [*found.inputs, *found.outputs]} <= {"tierworks://shop"}
    return [one.name for one in found.inputs], [one.name for one in found.outputs]


@pytest.fixture(autouse=True)
def company(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path))
    made = Workspace("shop", ())
    made.register()
    return made


def _build(company: Workspace) -> None:
    def node(kind: str, schema: str, name: str) -> dict:
        return {"resource_type": kind, "schema": schema, "name": name, "alias": name}

    company.dbt_target.mkdir(parents=True)
    nodes = {one["name"]: one for one in (node("model", "core", "fct_orders"), node("model", "core", "dim_customer"))}
    nodes["check"] = node("test", "core", "check")
    sources = {"orders": node("source", "raw", "orders"), "churn_scores": node("source", "scores", "churn_scores")}
    (company.dbt_target / "manifest.json").write_text(json.dumps({"nodes": nodes, "sources": sources}))


def test_before_the_first_build_a_load_writes_the_tables_of_the_contract():
    inputs, outputs = _told("load_source", part="till")
    assert inputs == ["source.till"]
    assert {"raw.orders", "raw.customers"} <= set(outputs)


def test_a_build_reads_raw_tables_and_writes_those_of_core(company):
    _build(company)
    assert _told("build_core") == (["raw.orders"], ["core.dim_customer", "core.fct_orders"])
    assert _told("check_facts", [CUSTOMER_FACTS]) == (
        ["core.dim_customer", "core.fct_orders"], ["asset.customer_facts"],
    )  # fmt: skip
    assert _told("score_customers")[0][0] == "asset.customer_facts"
    assert _told("score_customers")[1] == ["scores.churn_scores"]


def test_a_publication_writes_the_tables_of_the_version(company):
    _build(company)
    assert _told("publish_version", [PUBLISHED_VERSION])[1] == ["asset.published_version"]
    version = company.versions / "b"
    version.mkdir(parents=True)
    (version / "version.json").write_text(json.dumps({"tables": {"customer_tiers": {}, "churn_scores": {}}}))
    company.current.symlink_to(version)
    outputs = _told("publish_version", [PUBLISHED_VERSION])[1]
    assert outputs == ["asset.published_version", "published.churn_scores", "published.customer_tiers"]


def test_other_tasks_tell_no_tables():
    assert _told("retire_versions") == ([], [])
