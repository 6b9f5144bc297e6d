"""The steward's page: what failed, where, since when, and how the last builds went. One file, no requests."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path

import duckdb

from expectations.data_docs import page_path

KEPT_BUILDS = 10
_STYLE = Path(__file__).parent / "templates" / "page.css"
_FAILURES = """
    with audits as (
        select layer, build_id, max(checked_at) as checked_at,
            row_number() over (partition by layer order by max(checked_at) desc, build_id desc) as age
        from ops.quality_results group by layer, build_id
    ),
    outcomes as (
        select results.*, audits.age from ops.quality_results as results
        inner join audits on results.layer = audits.layer and results.build_id = audits.build_id
    ),
    last_passed as (
        select layer, schema_name, table_name, expectation, column_name, description, min(age) as age
        from outcomes where passed group by all
    ),
    failing as (select * from outcomes where age = 1 and not passed)
    select failing.*, since.checked_at as failing_since, since.failures
    from failing
    left join last_passed on failing.layer = last_passed.layer
        and failing.schema_name = last_passed.schema_name and failing.table_name = last_passed.table_name
        and failing.expectation = last_passed.expectation and failing.description = last_passed.description
        and failing.column_name is not distinct from last_passed.column_name
    cross join lateral (
        select min(earlier.checked_at) as checked_at, count(*) as failures
        from outcomes as earlier
        where not earlier.passed and earlier.age < coalesce(last_passed.age, 1000000)
            and earlier.layer = failing.layer and earlier.schema_name = failing.schema_name
            and earlier.table_name = failing.table_name and earlier.expectation = failing.expectation
            and earlier.description = failing.description
            and earlier.column_name is not distinct from failing.column_name
    ) as since
    order by failing.severity, failing.layer, failing.schema_name, failing.table_name, failing.expectation
"""
_TABLES = """
    with latest as (
        select layer, arg_max(build_id, (checked_at, build_id)) as build_id from ops.quality_results group by layer
    )
    select results.layer, results.build_id, schema_name || '.' || table_name as subject, count(*) as rules,
        count(*) filter (where not passed and severity = 'warning') as warnings,
        count(*) filter (where not passed and severity = 'blocking') as blocking
    from ops.quality_results as results
    inner join latest on results.layer = latest.layer and results.build_id = latest.build_id
    group by all order by max(list_position(['raw', 'facts', 'scores', 'marts'], results.layer)), subject
"""
_TREND = f"""
    select build_id, max(checked_at) as checked_at, count(*) filter (where passed) as passed,
        count(*) filter (where not passed and severity = 'warning') as warnings,
        count(*) filter (where not passed and severity = 'blocking') as blocking
    from ops.quality_results group by build_id order by checked_at desc, build_id desc limit {KEPT_BUILDS}
"""


@dataclass(frozen=True)
class Failure:
    """A rule that fails in its layer's latest audit. `since` is the first failure after it last passed."""

    layer: str
    build_id: str
    table: str
    expectation: str
    column: str | None
    severity: str
    observed: str
    why: str
    since: str
    audits: int


def open_failures(connection: duckdb.DuckDBPyConnection) -> list[Failure]:
    """Every rule that fails in the latest audit of its layer, blocking ones first."""
    rows = connection.execute(_FAILURES)
    names = [column[0] for column in rows.description]
    return [
        Failure(
            row["layer"],
            row["build_id"],
            f"{row['schema_name']}.{row['table_name']}",
            row["expectation"],
            row["column_name"],
            row["severity"],
            row["observed"],
            row["description"],
            f"{row['failing_since']:%Y-%m-%d %H:%M}",
            row["failures"],
        )
        for row in (dict(zip(names, values, strict=True)) for values in rows.fetchall())
    ]


def write_steward_page(quality: Path, workspace_name: str, connection: duckdb.DuckDBPyConnection) -> Path:
    """Write `index.html` from `ops.quality_results`; pages of tables are linked from it."""
    body = [
        f"<h1>Quality of {escape(workspace_name)}</h1>",
        *_failures_part(open_failures(connection)),
        *_tables_part(connection.execute(_TABLES).fetchall()),
        *_trend_part(connection.execute(_TREND).fetchall()),
    ]
    quality.mkdir(parents=True, exist_ok=True)
    draft = quality / "index.draft"
    draft.write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="UTF-8"><title>Quality</title>'
        f"<style>{_STYLE.read_text()}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n",
        encoding="utf-8",
    )
    os.replace(draft, quality / "index.html")
    return quality / "index.html"


def forget_old_pages(quality: Path, connection: duckdb.DuckDBPyConnection, kept_builds: int = KEPT_BUILDS) -> None:
    """Remove the pages of all but the latest builds; their results stay in the warehouse."""
    kept = connection.execute(
        "select build_id from ops.quality_results group by 1 order by max(checked_at) desc, 1 desc limit ?",
        [kept_builds],
    ).fetchall()
    for folder in (quality / "data_docs").glob("*/"):
        if (folder.name,) not in kept:
            shutil.rmtree(folder)


def _failures_part(failures: list[Failure]) -> list[str]:
    if not failures:
        return ['<p class="good">Every rule holds in the latest audit of every layer.</p>']
    rows = [
        f'<tr class="{failure.severity}"><td>✗ {failure.severity}</td><td>{_link(failure)}</td>'
        f"<td>{escape(failure.column or '')}</td><td>{escape(failure.expectation)}</td>"
        f"<td>{escape(failure.observed)}</td><td>{failure.since}, audits: {failure.audits}</td>"
        f"<td>{escape(failure.why)}</td></tr>"
        for failure in failures
    ]
    heads = ("", "Table", "Column", "Rule", "Observed", "Failing since (UTC)", "Why it matters")
    return ["<h2>What fails now</h2>", *_table(heads, rows)]


def _link(failure: Failure) -> str:
    return _page_link(failure.build_id, failure.layer, failure.table)


def _page_link(build_id: str, layer: str, table: str) -> str:
    return f'<a href="{page_path(build_id, layer, table)}">{escape(table)}</a>'


def _tables_part(tables: list[tuple]) -> list[str]:
    rows = [
        f"<tr><td>{layer}</td><td>{_page_link(build_id, layer, table)}</td>"
        f'<td class="number">{rules}</td><td class="number {"warn" if warnings else ""}">{warnings}</td>'
        f'<td class="number {"bad" if blocking else ""}">{blocking}</td></tr>'
        for layer, build_id, table, rules, warnings, blocking in tables
    ]
    return ["<h2>Tables</h2>", *_table(("Layer", "Table", "Rules", "Warnings", "Blocking failures"), rows)]


def _trend_part(builds: list[tuple]) -> list[str]:
    rows = [
        f"<tr><td>{escape(build_id)}</td><td>{checked_at:%Y-%m-%d %H:%M}</td>"
        f"<td>{_bar(passed, warnings, blocking)}</td>"
        f'<td class="number">{passed}</td><td class="number">{warnings}</td><td class="number">{blocking}</td></tr>'
        for build_id, checked_at, passed, warnings, blocking in builds
    ]
    return ["<h2>Last builds</h2>", *_table(("Build", "Audited (UTC)", "", "Passed", "Warnings", "Blocking"), rows)]


def _bar(passed: int, warnings: int, blocking: int) -> str:
    width = 240 / max(passed + warnings + blocking, 1)
    good, warn = passed * width, warnings * width
    return (
        '<svg width="240" height="10" role="img">'
        f'<rect width="{good:.1f}" height="10"/><rect class="warn" x="{good:.1f}" width="{warn:.1f}" height="10"/>'
        f'<rect class="bad" x="{good + warn:.1f}" width="{blocking * width:.1f}" height="10"/></svg>'
    )


def _table(heads: tuple[str, ...], rows: list[str]) -> list[str]:
    header = "".join(f"<th>{head}</th>" for head in heads)
    return [f"<table><thead><tr>{header}</tr></thead><tbody>", *rows, "</tbody></table>"]
