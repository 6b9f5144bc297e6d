"""Price elasticities of a date, by the value tier that customers have then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb

from include.scoring.purchase_tables import append, note_quality, settings_of
from ml.elasticity import EnoughPrices, price_elasticities

# Lines of equal price add up: the estimate and its error are the same as from each by itself.
_SOLD = """
    select
        lines.product_id, lines.category, coalesce(tiers.value_tier, 'unknown') as segment,
        extract(month from lines.ordered_on)::integer as month,
        round(lines.unit_price, 4) as unit_price, round(lines.list_price, 4) as list_price,
        count(*) as lines, sum(lines.quantity order by lines.quantity) as quantity,
        sum(ln(lines.quantity) order by lines.quantity) as log_quantity
    from "int".int_elasticity__lines as lines
    left join scores.clv_tiers as tiers on lines.customer_id = tiers.customer_id and tiers.as_of_date = ?
    where lines.ordered_on <= ? and round(lines.unit_price, 4) > 0
    group by 1, 2, 3, 4, 5, 6
    order by 1, 2, 3, 4, 5, 6
"""


def write_elasticities(connection: duckdb.DuckDBPyConnection, as_of: date, progress: Callable[[str], None]) -> None:
    settings = settings_of(connection, "elasticity_settings")
    sold = connection.execute(_SOLD, [as_of, as_of]).to_arrow_table()
    enough = EnoughPrices(settings["minimum_lines"], settings["minimum_price_changes"], settings["minimum_products"])
    found = price_elasticities(sold, enough)
    append(connection, "price_elasticities", as_of, found)
    known = found.num_rows - found["elasticity"].null_count
    note_quality(connection, as_of, "price_elasticity", {("absorbed_poisson", "estimates"): known})
    progress(f"Price elasticity: {known} of {found.num_rows} segments and categories have seen enough prices")
