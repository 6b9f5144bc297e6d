"""Tables of the schema `scores` about what is bought next, together and at which price, and how they are filled."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

if TYPE_CHECKING:
    from ml.tracking.store import RegisteredVersion

_DATE = "as_of_date date not null"
_MODEL = "model_name varchar, model_version varchar"
PURCHASE_TABLES = {
    "propensity_scores": f"customer_id varchar not null, {_DATE}, category varchar not null, probability double, "
    f"score_reason varchar, {_MODEL}",
    "next_purchase_windows": f"customer_id varchar not null, {_DATE}, last_purchase_on date, expected_gap_days double, "
    "purchase_probability double, earliest_on date, expected_on date, latest_on date, next_category varchar, "
    "category_probability double, score_reason varchar",
    "recommendation_lists": f"customer_id varchar not null, {_DATE}, place integer not null, "
    f"product_id varchar not null, score double, reason varchar, because_product_id varchar, {_MODEL}",
    "price_elasticities": f"{_DATE}, segment varchar not null, category varchar not null, elasticity double, "
    "standard_error double, elasticity_low double, elasticity_high double, log_log_elasticity double, lines bigint, "
    "price_changes bigint, products bigint, elasticity_reason varchar",
    "purchase_quality": f"{_DATE}, subject varchar not null, method varchar, metric varchar, value double, "
    "judged_from date, judged_to date, reason varchar",
}


def settings_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, float]:
    """The one row of a table of the schema `policy`."""
    found = connection.execute(f"from policy.{table}")
    return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


def forget_date(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Empty the tables of the date, and of dates that are kept no more; the caller opens the transaction."""
    for table in PURCHASE_TABLES:
        connection.execute(
            f"delete from scores.{table} "
            "where as_of_date = ? or as_of_date not in (select as_of_date from ops.as_of_dates)",
            [as_of],
        )


def append(connection: duckdb.DuckDBPyConnection, table: str, as_of: date, rows: pa.Table) -> None:
    """Add rows, which need not have all columns of the table."""
    connection.register("arrived", rows)
    try:
        connection.execute(f"insert into scores.{table} by name select *, ?::date as as_of_date from arrived", [as_of])
    finally:
        connection.unregister("arrived")


def with_model(rows: pa.Table, version: RegisteredVersion | None) -> pa.Table:
    """The rows with the name and number of the version that told them, null where none did."""
    for name, value in (("model_name", version and version.name), ("model_version", version and version.version)):
        rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
    return rows


def note_quality(
    connection: duckdb.DuckDBPyConnection,
    as_of: date,
    subject: str,
    figures: dict[tuple[str, str], float],
    judged: tuple[date, date] | None = None,
    reason: str | None = None,
) -> None:
    """Note figures by method and metric; without any, one row with the reason."""
    head, span = (as_of, subject), judged or (None, None)
    rows = [(*head, method, metric, float(value), *span, None) for (method, metric), value in sorted(figures.items())]
    if reason:
        rows.append((*head, None, None, None, *span, reason))
    connection.executemany("insert into scores.purchase_quality values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
