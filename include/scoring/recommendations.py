"""Lists of recommendations of a date, written a block of customers at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from include.scoring.purchase_tables import append, note_quality, settings_of
from ml.errors import NotEnoughHistory
from ml.recommendation import Blend, History, Lists, Range, judge_recommendations, learn, recommend

_EPOCH = date(1970, 1, 1)
_NEVER = np.iinfo(np.int64).max
# What is used while too little has happened to choose.
_UNJUDGED = Blend(1.0, 0.01)


def write_recommendations(connection: duckdb.DuckDBPyConnection, as_of: date, progress: Callable[[str], None]) -> None:
    settings = settings_of(connection, "recommendation_settings")
    history, customers, products, retired = _history(connection, as_of)
    now, length, neighbours = (as_of - _EPOCH).days, settings["list_length"], settings["neighbours"]
    if not history.products:
        note_quality(connection, as_of, "recommendations", {}, reason="no product has been sold")
        return
    range_of = Range(settings["unsold_days"], retired)
    try:
        judged = judge_recommendations(history, now, range_of, length, neighbours, settings["hold_out_days"])
    except NotEnoughHistory as fault:
        blend = _UNJUDGED
        note_quality(connection, as_of, "recommendations", {}, reason=str(fault))
    else:
        blend = judged.blend
        figures = {(method, "hit_rate"): value for method, value in judged.hit_rate.items()}
        figures |= {(method, "precision"): value for method, value in judged.precision.items()}
        figures |= {("recommendations", "customers"): judged.customers}
        figures |= {("recommendations", "again"): blend.again, ("recommendations", "popular"): blend.popular}
        span = tuple(_EPOCH + timedelta(days=day) for day in (judged.first_day, judged.last_day))
        note_quality(connection, as_of, "recommendations", figures, span)
        progress("Recommendations: " + ", ".join(f"{name} hit {hit:.3f}" for name, hit in judged.hit_rate.items()))
    offered = history.offered(now, range_of.unsold_days, range_of.retired)
    known = learn(_without_old_returns(history, as_of, settings["returned_months"]), now, neighbours)
    for lists in recommend(known, offered, length, blend):
        append(connection, "recommendation_lists", as_of, _rows(lists, customers, products))


def _history(connection: duckdb.DuckDBPyConnection, as_of: date) -> tuple[History, pa.Array, pa.Array, np.ndarray]:
    """Purchases with numbers for customers and products, the ids behind them, and the day each product retires."""
    for kind in ("customer", "product"):
        connection.execute(
            f"create or replace temp table numbered_{kind} as "
            f"select {kind}_id, row_number() over (order by {kind}_id) - 1 as {kind}_no "
            f'from (select distinct {kind}_id from "int".int_recommendations__purchases where ordered_on <= ?)',
            [as_of],
        )
    entries = connection.execute(
        "select customer_no::integer, product_no::integer, (ordered_on - date '1970-01-01')::integer, is_return "
        'from "int".int_recommendations__purchases join numbered_customer using (customer_id) '
        "join numbered_product using (product_id) where ordered_on <= ? order by all",
        [as_of],
    ).fetchnumpy()
    customers = connection.execute("select customer_id from numbered_customer order by customer_no").to_arrow_table()
    products = connection.execute(
        "select product_id, (retired_on - date '1970-01-01')::bigint as retired from numbered_product "
        'left join "int".int_recommendations__products using (product_id) order by product_no'
    ).to_arrow_table()
    retired = products["retired"].fill_null(_NEVER).to_numpy()
    history = History(*(np.asarray(column) for column in entries.values()), customers.num_rows, products.num_rows)
    return history, customers["customer_id"].combine_chunks(), products["product_id"].combine_chunks(), retired


def _without_old_returns(history: History, as_of: date, months: int) -> History:
    """Returns of longer ago do not keep a product out of the list."""
    first = (as_of - _EPOCH).days - round(months * 365.25 / 12)
    kept = ~history.is_return | (history.day > first)
    columns = (column[kept] for column in (history.customer, history.product, history.day, history.is_return))
    return History(*columns, history.customers, history.products)


def _rows(lists: Lists, customers: pa.Array, products: pa.Array) -> pa.Table:
    length = lists.product.shape[1]
    told = np.flatnonzero(lists.product.ravel() >= 0)
    because = lists.because.ravel()[told]
    because = pa.array(because, mask=(because < 0) | lists.again.ravel()[told])
    return pa.table(
        {
            "customer_id": customers.take(pa.array(np.repeat(lists.customer, length)[told])),
            "place": pa.array(np.tile(np.arange(1, length + 1), len(lists.customer))[told], pa.int32()),
            "product_id": products.take(pa.array(lists.product.ravel()[told])),
            "score": pa.array(lists.score.ravel()[told].round(9)),
            "reason": pa.array(lists.reasons().ravel()[told]),
            "because_product_id": products.take(because),
        }
    )
