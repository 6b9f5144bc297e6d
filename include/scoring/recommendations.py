"""Lists of recommendations of a date, written a block of customers at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from include.scoring.purchase_tables import append, note_quality, settings_of, with_model
from include.scoring.serving import Telling, version_to_score
from ml.errors import NotEnoughHistory
from ml.recommendation import Blend, History, Lists, Range, judge_recommendations, learn, recommend
from ml.tracking.recommendation_runs import MODEL_NAME, list_settings, same_settings, train_recommendations
from ml.tracking.store import RegisteredVersion

_EPOCH = date(1970, 1, 1)
_NEVER = np.iinfo(np.int64).max
# What is used while too little has happened to choose.
_UNJUDGED = Blend(1.0, 0.01)


@dataclass(frozen=True)
class Purchases:
    """What was bought by the date, ids behind its numbers, what is out of the range, and the settings of the policy."""

    history: History
    customers: pa.Array
    products: pa.Array
    range_of: Range
    settings: dict


def read_purchases(connection: duckdb.DuckDBPyConnection, as_of: date) -> Purchases:
    settings = settings_of(connection, "recommendation_settings")
    history, customers, products, retired = _history(connection, as_of)
    return Purchases(history, customers, products, Range(settings["unsold_days"], retired), settings)


def train_recommendations_by_policy(bought: Purchases, telling: Telling) -> tuple[RegisteredVersion, str]:
    """Version and standing, as `train_recommendations`."""
    asked = (bought.history, bought.range_of, telling.as_of, bought.settings)
    return train_recommendations(telling.store, *asked, telling.context, telling.progress)


def write_recommendations(connection: duckdb.DuckDBPyConnection, telling: Telling) -> None:
    as_of, bought = telling.as_of, read_purchases(connection, telling.as_of)
    history, settings, range_of = bought.history, bought.settings, bought.range_of
    now, length, neighbours = (as_of - _EPOCH).days, settings["list_length"], settings["neighbours"]
    version, reason = version_to_score(
        telling.store,
        MODEL_NAME,
        as_of,
        lambda: train_recommendations_by_policy(bought, telling),
        telling.progress,
        lambda version: same_settings(version, settings),
    )
    blend = list_settings(telling.store, version).blend if version else _UNJUDGED
    try:
        if version is None:
            raise NotEnoughHistory(reason)
        # The blend was chosen on days before these, whenever it was.
        judged = judge_recommendations(history, now, range_of, length, neighbours, settings["hold_out_days"], blend)
    except NotEnoughHistory as fault:
        note_quality(connection, as_of, "recommendations", {}, reason=str(fault))
    else:
        span = tuple(_EPOCH + timedelta(days=day) for day in (judged.first_day, judged.last_day))
        note_quality(connection, as_of, "recommendations", judged.figures(), span)
        hits = ", ".join(f"{name} hit {hit:.3f}" for name, hit in judged.hit_rate.items())
        telling.progress(f"Recommendations: {hits}")
    if not history.products:
        return
    offered = history.offered(now, range_of.unsold_days, range_of.retired)
    known = learn(_without_old_returns(history, as_of, settings["returned_months"]), now, neighbours)
    for lists in recommend(known, offered, length, blend):
        told = with_model(_rows(lists, bought.customers, bought.products), version)
        append(connection, "recommendation_lists", as_of, told)


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
