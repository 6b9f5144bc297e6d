"""The gate of a layer: validates its suites, keeps what was found, and stops the run when a blocking rule fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from expectations.binding import bind_suites, query_of
from expectations.contract_suites import with_contract_rules
from expectations.data_docs import write_result_page
from expectations.engine import RULE_NUMBER, Engine, open_engine, raised
from expectations.results import QualityResult, audited_layers, replace_results
from expectations.steward.health_by_build import remember_health
from expectations.steward_page import forget_old_pages, write_steward_page
from expectations.suite_reader import AUDITED_LAYERS, ROWS_QUERY, Rule, Suite, read_suites
from include.policies.reader import read_policies
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace

__all__ = ["AUDITED_LAYERS", "CheckpointOutcome", "QualityGateFailed", "audited_layers", "run_checkpoint"]

_SHOWN_ROWS = 5


@dataclass(frozen=True)
class CheckpointOutcome:
    """What an audit of a layer found; `results` in suite order."""

    layer: str
    build_id: str
    results: tuple[QualityResult, ...]

    @property
    def passed(self) -> int:
        return sum(result.passed for result in self.results)

    @property
    def failed_blocking(self) -> int:
        return sum(not result.passed and result.severity == "blocking" for result in self.results)

    @property
    def failed_warning(self) -> int:
        return sum(not result.passed and result.severity == "warning" for result in self.results)


class QualityGateFailed(RuntimeError):
    """A blocking expectation failed. `outcome` holds every result; what is published stays as it was."""

    def __init__(self, message: str, outcome: CheckpointOutcome) -> None:
        super().__init__(message)
        self.outcome = outcome


def run_checkpoint(
    workspace: Workspace, layer: str, build_id: str, progress: Callable[[str], None] = print
) -> CheckpointOutcome:
    """Audit one layer of the working warehouse for a build. The caller holds the workspace's lock.

    Writes `ops.quality_results` (replacing those of the same build and layer), a page per table under
    `workspace.quality` and the steward's page. Opens the warehouse itself and leaves it closed.

    Raises
    ------
    QualityGateFailed: a blocking expectation failed, or could not be evaluated; results and pages are written.
    SuiteInvalid: a suite is malformed or names what the warehouse does not have; nothing was validated.
    """
    suites = read_suites(layer, workspace.expectations)
    with open_warehouse(workspace) as connection:
        if layer == "raw":
            suites = with_contract_rules(connection, suites)
        bind_suites(connection, suites)
    checked_at = datetime.now(UTC).replace(tzinfo=None)
    found: list[tuple[Suite, Any, list[_Finding]]] = []
    with open_engine(workspace.warehouse) as engine:
        for suite in suites:
            validation = engine.validate(suite)
            found.append((suite, validation, _findings(engine, suite, validation)))
    results: list[QualityResult] = []
    with open_warehouse(workspace) as connection:
        for suite, _, findings in found:
            for finding in findings:
                finding.name_rows(connection, suite)
            results += [finding.result(suite, layer, build_id, checked_at) for finding in findings]
        replace_results(connection, build_id, layer, results)
        if layer == "marts":
            remember_health(connection, build_id, checked_at)
        for suite, validation, findings in found:
            words = {finding.number: finding.observed for finding in findings}
            write_result_page(workspace.quality, build_id, layer, suite, validation, words)
        forget_old_pages(workspace.quality, connection, read_policies(workspace)["housekeeping"]["data_docs_builds"])
        write_steward_page(workspace.quality, workspace.name, connection, workspace.dbt_target / "manifest.json")
    outcome = CheckpointOutcome(layer, build_id, tuple(results))
    progress(
        f"Audit {layer}: {outcome.passed} passed, {outcome.failed_warning} warnings, {outcome.failed_blocking} blocking"
    )
    if outcome.failed_blocking:
        raise QualityGateFailed(_gate_message(workspace, outcome, suites), outcome)
    return outcome


class _Finding:
    """One rule's outcome while it is being put into words."""

    def __init__(self, rule: Rule, one: Any, keys: list[dict[str, Any]]) -> None:
        self.rule, self.number, self.passed = rule, one.expectation_config.meta[RULE_NUMBER], bool(one.success)
        self.error, self.keys = raised(one), keys
        observed, rows = one.result.get("observed_value"), one.result.get("unexpected_count")
        self.rows = observed if rule.expectation == ROWS_QUERY else rows
        self.of = one.result.get("element_count")
        self.value = observed if self.rows is None else None

    def name_rows(self, connection: duckdb.DuckDBPyConnection, suite: Suite) -> None:
        """Look up the keys of rows that a failed query returned, when it returns key columns."""
        if self.rule.expectation != ROWS_QUERY or self.passed or self.error:
            return
        rows = connection.sql(query_of(suite, self.rule))
        shown = [name for name in suite.key if name in rows.columns]
        if shown:
            named = rows.select(", ".join(f'"{name}"' for name in shown)).distinct().order("all").limit(_SHOWN_ROWS)
            self.keys = [dict(zip(shown, row, strict=True)) for row in named.fetchall()]

    @property
    def observed(self) -> str:
        if self.error:
            return f"could not be evaluated: {self.error}"
        if self.rows is None:
            return "nothing to observe" if self.value is None else f"observed {self.value:,}"
        words = f"{self.rows:,} unexpected row{'' if self.rows == 1 else 's'}" + (
            f" of {self.of:,}" if self.of is not None else ""
        )
        if self.passed or not self.keys:
            return words
        named = dict.fromkeys(", ".join(str(value) for value in row.values()) for row in self.keys)
        return f"{words}, among them {', '.join(self.keys[0])}: {'; '.join(named)}"

    def result(self, suite: Suite, layer: str, build_id: str, checked_at: datetime) -> QualityResult:
        return QualityResult(
            build_id,
            layer,
            suite.schema_name,
            suite.table_name,
            self.rule.title,
            ", ".join(self.rule.columns) or None,
            self.rule.severity,
            self.passed,
            self.observed,
            None if self.error else self.rows,
            self.rule.why,
            checked_at,
        )


def _findings(engine: Engine, suite: Suite, validation: Any) -> list[_Finding]:
    findings = []
    for one in sorted(validation.results, key=lambda one: one.expectation_config.meta[RULE_NUMBER]):
        rule = suite.rules[one.expectation_config.meta[RULE_NUMBER]]
        named = not one.success and not raised(one) and bool(rule.columns) and "unexpected_count" in one.result
        findings.append(_Finding(rule, one, engine.failing_keys(suite, rule) if named else []))
    return findings


def _gate_message(workspace: Workspace, outcome: CheckpointOutcome, suites: list[Suite]) -> str:
    places = [rule.place for suite in suites for rule in suite.rules]
    failed = [
        f"  {result.subject}: {result.expectation}: {result.observed}. {result.description} ({place})"
        for result, place in zip(outcome.results, places, strict=True)
        if not result.passed and result.severity == "blocking"
    ]
    return "\n".join(
        [
            f"audit {outcome.layer} of build {outcome.build_id}: {len(failed)} blocking expectations failed.",
            *failed,
            f"Nothing was published. Read {workspace.quality / 'index.html'}, correct the rows at their source, "
            "their declaration or the model, and run the failed step again.",
        ]
    )
