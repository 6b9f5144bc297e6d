"""The one currency that a build tells money in."""

from __future__ import annotations

from datetime import date

import duckdb

from include.contract.reader import Entity, read_contract


def workspace_currency(connection: duckdb.DuckDBPyConnection, as_of: date) -> str | None:
    """The currency that exchange_rates.yml names, else the one of most orders up to the date, by ISO 4217.

    Where orders tell none, that of most other rows; None when no row tells any. The tables of policies are written.
    """
    (named,) = connection.execute("select workspace_currency from policy.exchange_settings").fetchone()
    if named is not None:
        return named
    others = [one for one in read_contract().values() if one.name not in ("orders", "exchange_rates")]
    return _commonest(connection, [read_contract()["orders"]], as_of) or _commonest(
        connection, [entity for entity in others if "currency" in entity.by_name], as_of
    )


def _commonest(connection: duckdb.DuckDBPyConnection, entities: list[Entity], as_of: date) -> str | None:
    counts = " union all ".join(
        f"select currency, count(*) as rows from raw.{one.name} where {one.day or '$as_of'} <= $as_of group by currency"
        for one in entities
    )
    found = connection.execute(
        f"""
        select coalesce(code, upper(trim(currency))) as told
        from ({counts}) left join policy.currencies on lower(trim(currency)) = name
        where currency is not null group by told order by sum(rows) desc, told limit 1
        """,
        {"as_of": as_of},
    ).fetchone()
    return found and found[0]
