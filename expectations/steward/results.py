"""What the audits found: rules that fail now and since when, tables, and how the last builds went."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import duckdb

from expectations.data_docs import page_path
from expectations.steward.drawings import outcome_bar
from expectations.steward.health_by_build import health_of_builds
from expectations.steward.markup import Head, Html, fold, moment, outcome, percent, section, table
from expectations.steward.owners import owner_of, what_to_do

KEPT_BUILDS = 10
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
    select failing.*, since.checked_at as failing_since, since.failures, trend.counts
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
    cross join lateral (
        select list(earlier.unexpected_rows order by earlier.age desc) as counts
        from outcomes as earlier
        where earlier.age <= 5
            and earlier.layer = failing.layer and earlier.schema_name = failing.schema_name
            and earlier.table_name = failing.table_name and earlier.expectation = failing.expectation
            and earlier.description = failing.description
            and earlier.column_name is not distinct from failing.column_name
    ) as trend
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
    """A rule that fails in its layer's latest audit. `since` is the first failure after it last passed.

    `counts` has the rows that broke it in up to five audits, the latest last; None where they were not counted.
    """

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
    counts: tuple[int | None, ...]

    @property
    def trend(self) -> str:
        """Rows that broke the rule in the last audits, the latest last; empty where they are not counted."""
        if len(self.counts) < 2 or self.counts[-1] is None:
            return ""
        return " → ".join("?" if count is None else f"{count:,}" for count in self.counts)


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
            tuple(row["counts"] or ()),
        )
        for row in (dict(zip(names, values, strict=True)) for values in rows.fetchall())
    ]


def results_section(
    connection: duckdb.DuckDBPyConnection, failures: list[Failure], owners: dict[str, str] | None = None
) -> Html:
    """`owners` by `schema.table`; a table that it lacks is its layer's."""
    parts = (
        [_failures_part(failures, owners or {})]
        if failures
        else [Html('<p class="empty good">✓ Every rule holds in the latest audit of every layer.</p>')]
    )
    parts.append(fold("All audited tables", _tables_part(connection)))
    parts.append(_builds_part(connection))
    return section("results", "Rules", "What must hold of every table before anything is published.", *parts)


def _failures_part(failures: list[Failure], owners: dict[str, str]) -> Html:
    heads = ("Rule", "Outcome", "Table and owner", "Observed", "Failing since (UTC)", "Why it matters, what to do")
    rows = [
        (
            f"{failure.expectation}: {failure.column}" if failure.column else failure.expectation,
            outcome(False, failure.severity),
            Html(
                f"{_link(failure.build_id, failure.layer, failure.table)}"
                f"<br>{escape(owner_of(owners, failure.table, failure.layer))}"
            ),
            failure.observed,
            Html(
                f'<span class="moment">{failure.since}</span><br>audits: {failure.audits}'
                + (f"<br>rows: {failure.trend}" if failure.trend else "")
            ),
            Html(f"{escape(failure.why)}<br>{escape(what_to_do(failure.layer, failure.severity))}"),
        )
        for failure in failures
    ]
    return table("What fails now", heads, rows, show_caption=True)


def _link(build_id: str, layer: str, name: str) -> Html:
    return Html(f'<a href="{page_path(build_id, layer, name)}">{escape(name)}</a>')


def _tables_part(connection: duckdb.DuckDBPyConnection) -> Html:
    heads = ("Table", "Layer", Head("Rules", True), Head("Warnings", True), Head("Blocking failures", True))
    rows = [
        (_link(build_id, layer, name), layer, rules, warnings, blocking)
        for layer, build_id, name, rules, warnings, blocking in connection.execute(_TABLES).fetchall()
    ]
    return table("Rules by table in the latest audits", heads, rows)


def _builds_part(connection: duckdb.DuckDBPyConnection) -> Html:
    heads = (
        "Build",
        "Audited (UTC)",
        "Outcome",
        *(Head(name, True) for name in ("Passed", "Warnings", "Blocking", "Completeness", "Health")),
    )
    scores = health_of_builds(connection)
    rows = [
        (
            build_id,
            moment(checked_at),
            outcome_bar(passed, warnings, blocking),
            passed,
            warnings,
            blocking,
            percent(scores.get((build_id, "completeness"))),
            percent(scores.get((build_id, "all"))),
        )
        for build_id, checked_at, passed, warnings, blocking in connection.execute(_TREND).fetchall()
    ]
    return table("Last builds", heads, rows, show_caption=True)
