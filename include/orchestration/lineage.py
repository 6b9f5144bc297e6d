"""What each task reads and writes, for OpenLineage: off until a transport is set (docs/data-engineer.md, *Lineage*)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from airflow.providers.openlineage.extractors.base import BaseExtractor, OperatorLineage
from openlineage.client.event_v2 import Dataset

from include.orchestration.scope import scope_of_run
from include.workspace import Workspace

# Schemas that a task reads and writes; `published` is the version that readers see.
_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "load_source": (("source",), ("raw",)),
    "check_raw": (("raw",), ()),
    "identify_customers": (("raw",), ()),
    "build_core": (("raw",), ("core",)),
    "check_facts": (("core",), ()),
    "score_customers": (("core",), ("scores",)),
    "build_marts": (("core", "scores"), ("marts",)),
    "check_marts": (("scores", "marts"), ()),
    "publish_version": (("core", "marts"), ("published",)),
    "train_models": (("core",), ()),
    "push_alerts": (("published",), ()),
    "plan_actions": (("published",), ()),
}
# The asset that starts a task's DAG, told by the task that first reads what it stands for.
_ASSETS_READ = {
    "identify_customers": "raw_rows",
    "score_customers": "customer_facts",
    "check_marts": "scored_marts",
    "push_alerts": "published_version",
    "plan_actions": "published_version",
    "train_models": "training_asked",
}


class TaskLineage(BaseExtractor):
    """Inputs and outputs of the tasks of a workspace: its assets, and tables by the names that dbt knows.

    Datasets have the namespace `tierworks://<workspace>` and the name `<schema>.<table>`, `asset.<asset>` or
    `source.<source>`. Names only: nothing of any row.
    """

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> OperatorLineage | None:
        return OperatorLineage()

    def extract_on_complete(self, task_instance) -> OperatorLineage | None:
        task_id = self.operator.task_id
        context = task_instance.get_template_context()
        if "workspace" not in context["params"] and not context["dag_run"].partition_key:
            return OperatorLineage()
        workspace = scope_of_run(context).workspace
        reads, writes = _TABLES.get(task_id, ((), ()))
        source = _source_of(task_instance)
        inputs = list(_names(workspace, reads, source))
        outputs = list(_names(workspace, writes, source))
        if asset := _ASSETS_READ.get(task_id):
            inputs.insert(0, f"asset.{asset}")
        outputs = [*(f"asset.{outlet.name}" for outlet in self.operator.outlets), *outputs]
        namespace = f"tierworks://{workspace.name}"
        return OperatorLineage(
            inputs=[Dataset(namespace, name) for name in inputs],
            outputs=[Dataset(namespace, name) for name in outputs],
        )


def _names(workspace: Workspace, schemas: Iterable[str], source: str | None) -> Iterable[str]:
    for schema in schemas:
        if schema == "source":
            yield f"source.{source or 'all'}"
        elif schema == "published":
            record = workspace.current / "version.json"
            tables = json.loads(record.read_text())["tables"] if record.is_file() else ()
            yield from (f"published.{table}" for table in sorted(tables))
        else:
            yield from sorted(f"{schema}.{table}" for table in _known(workspace, schema))


def _known(workspace: Workspace, schema: str) -> set[str]:
    """Tables of the schema by dbt's last manifest: models, and what dbt reads of others; the contract's before one."""
    path = workspace.dbt_target / "manifest.json"
    if path.is_file():
        manifest = json.loads(path.read_text())
        nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
        return {
            node.get("alias") or node["name"]
            for node in nodes
            if node["schema"] == schema and node["resource_type"] in ("model", "source")
        }
    from include.contract.reader import read_contract

    return set(read_contract()) if schema == "raw" else set()


def _source_of(task_instance) -> str | None:
    """The source that a mapped task has loaded."""
    return getattr(task_instance, "rendered_map_index", None) or None
