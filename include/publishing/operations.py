"""How the data came about, told in the version itself: what each step of a run took, and what each audit found.

These tables speak of runs, not of the business: they hold the clock, so they are no marts and no digest covers them.
"""

from __future__ import annotations

import json

import duckdb

from include.pipeline.step_log import read_steps
from include.publishing.copying import literal
from include.workspace import Workspace

RUNS_TABLE, RESULTS_TABLE = "pipeline_runs", "quality_results"
OPERATIONS_TABLES = (RUNS_TABLE, RESULTS_TABLE)
_STEP = {
    "run_id": "VARCHAR",
    "dag_id": "VARCHAR",
    "task_id": "VARCHAR",
    "map_index": "BIGINT",
    "part": "VARCHAR",
    "attempt": "BIGINT",
    "as_of": "DATE",
    "build_id": "VARCHAR",
    "entered": "DOUBLE",
    "imported": "DOUBLE",
    "left": "DOUBLE",
    "failed": "BOOLEAN",
    "skipped": "BOOLEAN",
    "peak_memory_mb": "DOUBLE",
}
_RUNS = """
    with steps as (select unnest(from_json(?, ?), recursive := true)),
    rows_of as (
        select batch_id, source, sum(rows_read)::bigint as rows_read, sum(rows_accepted)::bigint as rows_accepted,
            sum(rows_unchanged)::bigint as rows_unchanged, sum(rows_quarantined)::bigint as rows_quarantined
        from {ledger} group by all
    )
    select
        ? as workspace, steps.dag_id, steps.run_id, steps.task_id, steps.part, steps.attempt, steps.as_of as as_of_date,
        steps.build_id, rows_of.batch_id,
        make_timestamp((steps.entered * 1000000)::bigint) as started_at,
        round(steps."left" - steps.entered, 3) as seconds,
        round(steps.imported - steps.entered, 3) as import_seconds,
        case when steps.failed then 'failed' when steps.skipped then 'skipped' else 'success' end as state,
        steps.peak_memory_mb,
        rows_of.rows_read, rows_of.rows_accepted, rows_of.rows_unchanged, rows_of.rows_quarantined
    from steps
    left join rows_of on steps.task_id = 'load_source' and steps.run_id = rows_of.batch_id
        and steps.part = rows_of.source and not steps.failed
    order by started_at, run_id, task_id, part, attempt
"""
_RESULTS = """
    with results as (
        select *, max(checked_at) over (partition by build_id, layer) as audited_at,
            coalesce(column_name, '') || '|' || expectation || '|' || description as rule
        from {results}
    ),
    in_turn as (
        select *, count(*) filter (passed) over (
            partition by layer, schema_name, table_name, rule order by audited_at, build_id
        ) as times_passed
        from results
    )
    select
        ? as workspace, try_strptime(left(build_id, 8), '%Y%m%d')::date as as_of_date, build_id, layer,
        schema_name || '.' || table_name as suite, table_name, column_name, expectation, severity, passed,
        unexpected_rows, observed, description as why,
        case when not passed then min(audited_at) filter (not passed) over (
            partition by layer, schema_name, table_name, rule, times_passed
        ) end as failing_since,
        checked_at, build_id = ? as is_current
    from in_turn
    order by checked_at, layer, suite, rule
"""
_WORDS = {
    RUNS_TABLE: (
        "One row per try of a task of an Airflow run, up to the publication of this version (whose own last steps the "
        "next version tells). Operational: it holds the clock and is no part of the marts' digests.",
        {
            "workspace": "The company.",
            "dag_id": "DAG, such as load or publish.",
            "run_id": "Airflow's name of the run.",
            "task_id": "Task, a step of the run.",
            "part": "What of it a mapped task did: the source it loaded, or the date a backfill told. Null for others.",
            "attempt": "Which try of the task, from 1.",
            "as_of_date": "Local business day that the run is about; null before the run knew it.",
            "build_id": "Build that the step made, audited or published; null for steps of none.",
            "batch_id": "Batch of the load ledger; null for steps that load nothing.",
            "started_at": "When the step began, UTC.",
            "seconds": "How long it took, imports included, in seconds.",
            "import_seconds": "Seconds of it in which packages were imported.",
            "state": "success, failed or skipped.",
            "peak_memory_mb": "Most memory that its process or the largest child held, in MiB; null in older logs.",
            "rows_read": "Rows that the source gave, of a load.",
            "rows_accepted": "Rows of them that were new or changed and came in.",
            "rows_unchanged": "Rows of them that were known already.",
            "rows_quarantined": "Rows of them that were set aside.",
        },
    ),
    RESULTS_TABLE: (
        "One row per expectation and audited build, this version's and earlier ones: what held and what did not. "
        "Operational: it holds the clock and is no part of the marts' digests. No value of a row is in it but "
        "keys that its suite names.",
        {
            "workspace": "The company.",
            "as_of_date": "As-of date of the build.",
            "build_id": "Build that was audited.",
            "layer": "Audit: raw, facts, scores or marts.",
            "suite": "Suite, named by its table with schema.",
            "table_name": "Table that was audited.",
            "column_name": "Column that the rule is about; null for rules about rows or a whole table.",
            "expectation": "The expectation, or the name of a rule that is a query.",
            "severity": "blocking: nothing is published when it fails; warning: it is told.",
            "passed": "Whether it held.",
            "unexpected_rows": "Rows that break the rule; null where a rule counts none, or could not be evaluated.",
            "observed": "What was found, in words and counts.",
            "why": "Why the rule matters.",
            "failing_since": "When it first failed after it last held, UTC; null where it holds.",
            "checked_at": "When it was checked, UTC.",
            "is_current": "Whether the row is of the build of this version.",
        },
    ),
}


def write_operations(connection: duckdb.DuckDBPyConnection, catalog: str, workspace: Workspace, build_id: str) -> None:
    """Create both tables in the version from the attached warehouse `catalog` and the log of steps."""
    connection.execute("begin")
    lines = json.dumps(list(read_steps(workspace)))
    form = json.dumps([_STEP])
    connection.execute(
        f"create table {RUNS_TABLE} as {_RUNS.format(ledger=f'{catalog}.ops.load_ledger')}",
        [lines, form, workspace.name],
    )
    connection.execute(
        f"create table {RESULTS_TABLE} as {_RESULTS.format(results=f'{catalog}.ops.quality_results')}",
        [workspace.name, build_id],
    )
    for table, (words, columns) in _WORDS.items():
        connection.execute(f"comment on table {table} is {literal(words)}")
        for name, meaning in columns.items():
            connection.execute(f'comment on column {table}."{name}" is {literal(meaning)}')
    connection.execute("commit")
