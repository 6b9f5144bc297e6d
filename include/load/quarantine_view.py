"""What a steward sees of the quarantine: counts by reason, and rows in which nobody is recognised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from include.load.declared import Source
from include.load.sql_text import literal

_SHOWN_VALUE = 40


@dataclass(frozen=True)
class Selection:
    """Which open rows: of a source, a table, with a reason's code; None means all."""

    source: str | None = None
    table: str | None = None
    reason: str | None = None

    @property
    def condition(self) -> str:
        """SQL condition over `ops.quarantine`."""
        parts = ["resolved_at is null"]
        if self.source:
            parts.append(f"source = {literal(self.source)}")
        if self.table:
            parts.append(f"table_name = {literal(self.table)}")
        if self.reason:
            parts.append(f"list_contains([reason.code for reason in reasons], {literal(self.reason)})")
        return " and ".join(parts)


def summary(connection: duckdb.DuckDBPyConnection, chosen: Selection) -> list[tuple]:
    """Source, table, reason's code, column, its words, rows and the day since when, the most frequent first."""
    return connection.execute(
        'select source, table_name, told.code, told."column", any_value(told.reason order by told.reason), '
        "count(*) as n, min(coalesce(since, quarantined_at))::date from ops.quarantine, unnest(reasons) as t(told) "
        f'where {chosen.condition} group by source, table_name, told.code, told."column" order by n desc, 1, 2, 3, 4'
    ).fetchall()


def tables(connection: duckdb.DuckDBPyConnection, chosen: Selection) -> list[tuple[str, str, int]]:
    """Source, table and number of open rows."""
    return connection.execute(
        f"select source, table_name, count(*) from ops.quarantine where {chosen.condition} group by all order by all"
    ).fetchall()


def samples(
    connection: duckdb.DuckDBPyConnection, chosen: Selection, readable: dict[tuple[str, str], set[str]], limit: int
) -> list[tuple]:
    """Source, table, row id, file, line and faults in words; of values only those in `readable` columns."""
    shown = " or ".join(
        f'(source = {literal(source)} and table_name = {literal(table)} and told."column" in '
        f"({', '.join(map(literal, sorted(columns)))}))"
        for (source, table), columns in readable.items()
        if columns
    )
    value = "left(json_extract_string(content, '/' || replace(replace(told.\"column\", '~', '~0'), '/', '~1')), "
    told = (
        'case when told."column" is null then told.reason '
        f"when {shown or 'false'} then told.\"column\" || ' = ' || coalesce({value} {_SHOWN_VALUE}), 'nothing') "
        "|| ': ' || told.reason else told.\"column\" || ' = ***: ' || told.reason end"
    )
    return connection.execute(
        f"select source, table_name, row_id, file, line, list_transform(reasons, lambda told: {told}) "
        f"from ops.quarantine where {chosen.condition} order by source, table_name, file, line limit {limit}"
    ).fetchall()


def readable_columns(sources: Iterable[Source]) -> dict[tuple[str, str], set[str]]:
    """Columns of each table that feed nothing personal, and no key of a customer, which may be an address."""
    found: dict[tuple[str, str], set[str]] = {}
    for table in (table for source in sources for table in source.tables):
        used, personal = set(), set()
        for mapping in table.entities:
            for column in mapping.columns:
                target = mapping.entity.by_name[column.name]
                is_personal = target.pii is not None or target.name == "customer_key"
                (personal if is_personal else used).update(column.uses)
        found[table.source, table.name] = used - personal
    return found
