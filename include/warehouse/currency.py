"""The currency that a build tells money in, and which currencies its sources write."""

from __future__ import annotations

from datetime import date

import duckdb

from include.contract.reader import Entity, read_contract

CURRENCIES = "written varchar, code varchar, is_own boolean"


def write_currencies(connection: duckdb.DuckDBPyConnection, as_of: date) -> str | None:
    """Replace `ops.currencies`, one row for each way in which sources write a currency, and note the build's own.

    That is the one that exchange_rates.yml names, else the one of most orders up to the date; where orders tell none,
    that of most other rows. Returns it by ISO 4217, or None when no row tells any. Needs the tables of the policies.
    """
    entities = [one for one in read_contract().values() if "currency" in one.by_name]
    counts = " union all ".join(_counts(one) for one in entities)
    connection.begin()
    connection.execute(f"create or replace table ops.currencies ({CURRENCIES})")
    connection.execute(
        "create or replace temp table told as select entity, currency, coalesce(code, upper(trim(currency))) as code, "
        f"rows from ({counts}) left join policy.currencies on lower(trim(currency)) = name where currency is not null",
        {"as_of": as_of},
    )
    (own,) = connection.execute(
        """
        select coalesce(
            (select workspace_currency from policy.exchange_settings),
            (select code from told where rows > 0 and entity <> 'exchange_rates' group by entity = 'orders', code
                order by entity = 'orders' desc, sum(rows) desc, code limit 1)
        )
        """
    ).fetchone()
    connection.execute("insert into ops.currencies select distinct currency, code, code = $own from told", {"own": own})
    connection.execute("update ops.current_build set currency = ?", [own])
    connection.execute("drop table told")
    connection.commit()
    return own


def _counts(entity: Entity) -> str:
    known = f"count(*) filter (where {entity.day} <= $as_of)" if entity.day else "count(*)"
    return f"select '{entity.name}' as entity, currency, {known} as rows from raw.{entity.name} group by currency"
