"""MetricFlow over the published version: it writes the SQL of a figure, for the file or for PostgreSQL."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import duckdb

from include.workspace import Workspace

_HOW = "Write a dimension, a comparison and a value, text in single quotes: --where \"tier = 'gold'\"."


class MetricUnknown(ValueError):
    """A figure or dimension is not there, or a condition is none; the message says which there are, and how to ask."""


class NothingToAsk(RuntimeError):
    """Nothing was built or published, or no database is connected; the message says what to do first."""


@dataclass(frozen=True)
class Metric:
    """One figure that is defined once; `quoted` ones are what managers quote, the others what they are made of."""

    name: str
    label: str
    unit: str
    description: str
    quoted: bool


@dataclass(frozen=True)
class Question:
    """Figures by dimensions, such as `metric_time__month` or `tier`; `where` are conditions such as `tier = 'gold'`.

    `first` and `last` are days and belong to the time asked for.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


class SemanticLayer:
    """What the workspace's last build defines. `schema` is where the published tables lie; `postgres` its dialect."""

    def __init__(self, workspace: Workspace, schema: str = "main", postgres: bool = False):
        path = workspace.dbt_target / "semantic_manifest.json"
        if not path.is_file():
            raise NothingToAsk(f"{workspace.name} was not built yet: no figure is defined. Run it first.")
        self._manifest = _moved(json.loads(path.read_text(encoding="utf-8")), schema)
        self._engine = _engine(self._manifest, postgres)

    def metrics(self) -> list[Metric]:
        found = [(metric, (metric.get("config") or {}).get("meta") or {}) for metric in self._manifest["metrics"]]
        return [
            Metric(m["name"], m["label"] or m["name"], meta.get("unit", ""), m["description"] or "", meta["quoted"])
            for m, meta in sorted(found, key=lambda pair: pair[0]["name"])
            if "quoted" in meta
        ]

    def dimensions(self, metrics: Sequence[str]) -> list[str]:
        """What the figures together may be asked by; time also by `__week`, `__month`, `__quarter`, `__year`.

        Raises
        ------
        MetricUnknown: no figure of a name.
        """
        self._check(metrics)
        found = self._engine.simple_dimensions_for_metrics(list(metrics))
        return sorted({dimension.dunder_name for dimension in found})

    def sql(self, question: Question) -> str:
        """The one statement that answers; a column for each of `by`, then one for each figure.

        Raises
        ------
        MetricUnknown: no figure of a name, a dimension that it cannot be asked by, or a condition that is none.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
        from metricflow_semantics.errors.error_classes import InvalidQueryException

        self._check(question.metrics)
        dimensions = self.dimensions(question.metrics)
        by = [_full_name(name, dimensions) for name in question.by]
        request = MetricFlowQueryRequest.create(
            metric_names=list(question.metrics),
            group_by_names=by,
            order_by_names=by,
            where_constraints=[_condition(words, dimensions) for words in question.where] or None,
            time_constraint_start=question.first and datetime.combine(question.first, time()),
            time_constraint_end=question.last and datetime.combine(question.last, time()),
        )
        try:
            return self._engine.explain(request).sql_statement.sql
        except InvalidQueryException as problem:
            raise MetricUnknown(f"this cannot be asked: {str(problem).strip().splitlines()[0]}") from None

    def _check(self, metrics: Sequence[str]) -> None:
        known = [metric.name for metric in self.metrics()]
        if unknown := [name for name in metrics if name not in known]:
            raise MetricUnknown(f"no figure is named {', '.join(unknown)}. There are: {', '.join(known)}.")


def _moved(manifest: dict, schema: str) -> dict:
    """The manifest with every table where a version has it."""
    relations = [model["node_relation"] for model in manifest["semantic_models"]]
    relations += [spine["node_relation"] for spine in manifest["project_configuration"]["time_spines"]]
    for relation in relations:
        relation |= {"database": None, "schema_name": schema, "relation_name": f'"{schema}"."{relation["alias"]}"'}
    return manifest


def _engine(manifest: dict, postgres: bool):
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
    from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    logging.getLogger("metricflow").setLevel(logging.ERROR)
    logging.getLogger("metricflow_semantics").setLevel(logging.ERROR)

    class Dialect:
        """All that MetricFlow asks of a client to write SQL; it is never asked to run any."""

        sql_engine_type = SqlEngine.POSTGRES if postgres else SqlEngine.DUCKDB
        sql_plan_renderer = PostgresSQLSqlPlanRenderer() if postgres else DuckDbSqlPlanRenderer()

    parsed = parse_manifest_from_dbt_generated_manifest(manifest_json_string=json.dumps(manifest))
    return MetricFlowEngine(semantic_manifest_lookup=SemanticManifestLookup(parsed), sql_client=Dialect())


def _full_name(name: str, dimensions: Sequence[str]) -> str:
    """`tier` for `customer_at_date__tier`, where one dimension alone ends so; `month` for `metric_time__month`."""
    if name in ("day", "week", "month", "quarter", "year"):
        return f"metric_time__{name}"
    plain = [full for full in dimensions if full == name or full.endswith(f"__{name}")]
    if len(plain) == 1:
        return plain[0]
    if name in dimensions or name.rpartition("__")[0] in dimensions:
        return name
    raise MetricUnknown(f"the figures cannot be asked by {name}. They can by: {', '.join(dimensions)}.")


def _condition(words: str, dimensions: Sequence[str]) -> str:
    """`tier = 'gold'` as MetricFlow reads it: a dimension, and what is asked of it, which names no other column."""
    found = re.fullmatch(r"\s*(\w+)\b\s*(.+)", words, re.DOTALL)
    if not found:
        raise MetricUnknown(f"--where {words}: {_HOW} It can be asked by: {', '.join(dimensions)}.")
    name, rest = found.groups()
    full_name = _full_name(name, dimensions)
    asked = f'select 1 where "asked for" {rest}'
    parsed = json.loads(duckdb.execute("select json_serialize_sql(?)", [asked]).fetchone()[0])
    if parsed["error"]:
        raise MetricUnknown(f"--where {words}: {parsed['error_message']}. {_HOW}")
    if strange := sorted(_columns(parsed) - {"asked for"}):
        if "CONJUNCTION_OR" not in json.dumps(parsed):
            advice = "Give each condition a --where of its own; all of them hold."
        elif strange == [name]:
            advice = f"One of several values is {name} in ('…', '…')."
        else:
            advice = "Of two dimensions one or the other cannot be asked for at once: ask twice."
        raise MetricUnknown(
            f"--where {words}: {', '.join(strange)} has no quotes, so it is read as a column. {_HOW} {advice} "
            f"It can be asked by: {', '.join(dimensions)}."
        )
    return f"{{{{ Dimension('{full_name}') }}}} {rest}"


def _columns(parsed: object) -> set[str]:
    """Names of all columns in a parsed statement."""
    if isinstance(parsed, dict):
        own = {".".join(parsed["column_names"])} if parsed.get("class") == "COLUMN_REF" else set()
        return own.union(*map(_columns, parsed.values()))
    return set().union(*map(_columns, parsed)) if isinstance(parsed, list) else set()
