"""Time and memory of the dbt core and value layers: beside the same SQL by hand, of a daily batch, and as orders grow.

`python -m tests.perf.build_speed [--whole] [orders …]`. Orders follow the law of BG/NBD and lie in `raw`, as a load
leaves them. Built are facts, metrics and the marts of value, tiers and lifecycle, with all that they stand on; with
`--whole` every model of the project.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import psutil

from include.contract.reader import read_contract
from include.load.changes import note_difference
from include.load.contract_tables import create_contract_tables
from include.load.crosswalk import mint_customer_ids
from include.pipeline import steps
from include.scoring.tables import create_score_tables
from include.transform.dbt import run_dbt
from include.warehouse.connection import STORAGE, open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import Workspace

SIZES = (2_000_000, 20_000_000)
THREADS = 2  # of dbt and of the SQL by hand
VALUE_MARTS = ("value", "lifecycle", "customer", "accounts", "benefits", "identity")
ORDERS_EACH = 27  # orders of a customer on average
FIRST, LAST = datetime.date(2022, 1, 1), datetime.date(2024, 6, 14)
# A customer's orders come at a rate of their own, from a first day of their own until they have left.
_ORDERS = """
create or replace temp table made as
with buyers as (
    select
        c, hash(c, 'r') / 18446744073709551615 as a, hash(c, 'd') / 18446744073709551615 as b,
        hash(c, 'l') / 18446744073709551615 as l
    from range({customers}) t(c)
),
lives as (
    select
        c, cast(b * b * {days} * 0.8 as integer) as begins, greatest(1, -ln(1 - a * 0.999) * {each}) as wanted,
        least({days}, cast(b * b * {days} * 0.8 + 30 + l * {days} * 1.5 as integer)) as ends
    from buyers
)
select
    'o' || c || '.' || n as order_key, 'c' || c as customer_key,
    date '{first}' + least(ends, cast(begins + n * (ends - begins) / wanted as integer)) as day,
    cast((5 + hash(c, n) % 20000) / 100.0 as decimal(18, 4)) as amount, hash(n, c) % 2000 as product,
    case when hash(c, n, 1) % 25 = 0 then 'return' else 'sale' end as kind
from lives, range(cast(wanted as integer)) t(n)
"""
_FILL = {
    "customers": "select 'shop' as source, customer_key, 'orders' as _table, min(day)::timestamp as created_at, "
    "min(day) as created_on, 1 as _line from made group by all",
    "orders": "select 'shop' as source, order_key, customer_key, day + interval 10 hour as ordered_at, "
    "day as ordered_on, kind, case when kind = 'return' then -amount else amount end as amount, 'orders' as _table, "
    "row_number() over () as _line from made",
    "order_items": "select 'shop' as source, order_key || '.1' as order_item_key, order_key, "
    "'p' || product as product_key, 1 as quantity, case when kind = 'return' then -amount else amount end as amount, "
    "kind, 'items' as _table, row_number() over () as _line from made",
    "products": "select 'shop' as source, 'p' || p as product_key, 'thing ' || p as name, 'c' || p % 40 as category, "
    "'products' as _table, p as _line from range(2000) t(p)",
}


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """Seconds and peak memory (PSS, bytes, children included) of the block, in the mapping that it yields."""
    told, stop, me = {"peak": 0.0}, threading.Event(), psutil.Process()

    def look() -> None:
        while not stop.wait(0.25):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            told["peak"] = max(told["peak"], total)

    watcher, began = threading.Thread(target=look, daemon=True), time.perf_counter()
    watcher.start()
    try:
        yield told
    finally:
        told["seconds"] = time.perf_counter() - began
        stop.set()
        watcher.join()


def fill(workspace: Workspace, orders: int, last: datetime.date) -> int:
    """A company with about so many orders up to `last`; returns how many."""
    days = (last - FIRST).days
    with open_warehouse(workspace) as connection:
        create_contract_tables(connection)
        create_score_tables(connection)
        connection.execute(_ORDERS.format(customers=orders // ORDERS_EACH, days=days, each=ORDERS_EACH, first=FIRST))
        for entity in _FILL:
            _put(connection, entity, "b1", datetime.datetime(2026, 1, 1))
        mint_customer_ids(workspace, connection)
        return connection.execute("select count(*) from raw.orders").fetchone()[0]


def add_a_day(workspace: Workspace, day: datetime.date, orders: int) -> None:
    """A day's batch of known customers, one order in ten up to three days late, as a load would leave it."""
    with open_warehouse(workspace) as connection:
        connection.execute(
            "create or replace temp table made as select 'n' || n as order_key, customer_key, "
            f"date '{day}' - (case when n % 10 = 0 then 1 + n % 3 else 0 end)::integer as day, "
            "cast((100 + n % 9000) / 100.0 as decimal(18, 4)) as amount, n % 2000 as product, 'sale' as kind from "
            "(select customer_key, row_number() over (order by hash(customer_key)) as n from raw.customers) "
            f"where n <= {orders}"
        )
        contract = read_contract()
        for entity in ("orders", "order_items"):
            _put(connection, entity, "b2", datetime.datetime(2026, 1, 2))
            rows = f"(from raw.{entity} where _batch_id = 'b2')"
            note_difference(connection, contract[entity], "shop", f"(from raw.{entity} limit 0)", rows)


def _put(connection: duckdb.DuckDBPyConnection, entity: str, batch: str, moment: datetime.datetime) -> None:
    connection.execute(
        f"insert into raw.{entity} by name select *, 'rows' as _file, '{batch}' as _batch_id, "
        f"timestamp '{moment}' as _loaded_at from ({_FILL[entity]})"
    )


@dataclass(frozen=True)
class Built:
    """What building core and marts took: seconds and bytes of all, seconds from the first model's begin to the last
    one's end in each layer, and seconds of each model."""

    seconds: float
    peak: float
    at_models: float
    models: dict[str, float]

    def facts(self) -> float:
        return sum(seconds for model, seconds in self.models.items() if model.startswith("fct_"))

    def print(self, words: str, count: int = 20) -> None:
        print(
            f"{words}: {self.seconds:.1f} s, {self.at_models:.1f} s of them at models "
            f"({sum(self.models.values()):.1f} s by {THREADS} threads), peak {self.peak / 1e9:.2f} GB",
            flush=True,
        )
        for model, seconds in sorted(self.models.items(), key=lambda one: -one[1])[:count]:
            print(f"{'':>14}{model:<40} {seconds:6.2f} s", flush=True)


def build(workspace: Workspace, as_of: datetime.date, full_refresh: bool = False) -> Built:
    """Build core and marts."""
    models, at_models = {}, 0.0
    with watched() as told:
        for layer in ("core", "marts"):
            steps.build(workspace, as_of, layer, full_refresh and layer == "core", progress=lambda line: None)
            results = json.loads((workspace.dbt_target / "run_results.json").read_text())["results"]
            made = [one for one in results if one["unique_id"].startswith("model.")]
            models |= {one["unique_id"].split(".")[-1]: one["execution_time"] for one in made}
            moments = [
                datetime.datetime.fromisoformat(step[edge])
                for one in made
                for step in one["timing"]
                for edge in ("started_at", "completed_at")
            ]
            at_models += (max(moments) - min(moments)).total_seconds()
    return Built(told["seconds"], told["peak"], at_models, models)


def by_hand(workspace: Workspace, built: Built) -> float:
    """Seconds of the compiled SQL of every table that was built, in the order of need, in one plain connection."""
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text())["nodes"]
    nodes = {key: node for key, node in manifest.items() if node["name"] in built.models}
    done, spent = set(), 0.0
    with duckdb.connect(str(workspace.warehouse), config=STORAGE) as connection:
        connection.execute(f"set timezone = 'UTC'; set threads = {THREADS}; set preserve_insertion_order = false")
        while len(done) < len(nodes):
            for key, node in nodes.items():
                if key in done or not set(node["depends_on"]["nodes"]) & nodes.keys() <= done:
                    continue
                done.add(key)
                if node["config"]["materialized"] != "view":
                    query = (workspace.dbt_target / "compiled" / "tierworks" / node["original_file_path"]).read_text()
                    table = f'"{node["schema"]}"."{node["name"]}__by_hand"'
                    began = time.perf_counter()
                    connection.execute(f"create or replace table {table} as {query}")
                    spent += time.perf_counter() - began
                    connection.execute(f"drop table {table}")
    return spent


def build_value_layer(workspace: Workspace, layer: str, lock: int | None, full_refresh: bool, progress) -> None:
    """As `include.transform.dbt.build_layer`, but only what facts, metrics and the marts of value need.

    Data tests are left out: they are an audit, which the SQL by hand does not do either.
    """
    needed = ["+path:models/core", *(f"+path:models/marts/{folder}" for folder in VALUE_MARTS)]
    tags = {"core": ("staging", "core"), "marts": ("marts",)}[layer]
    selected = [f"tag:{tag},{path}" for tag in tags for path in needed]
    run_dbt(workspace, ["run", "--select", *selected, *["--full-refresh"] * full_refresh], lock, progress)


def digests(workspace: Workspace) -> dict[str, str]:
    with open_warehouse(workspace, read_only=True) as connection:
        return schema_digests(connection, "int", "core", "marts")


def company(folder: str, orders: int, history_months: int | None = None) -> tuple[Workspace, int]:
    """A workspace with about so many orders, and how many they are."""
    os.environ["TIERWORKS_HOME"] = folder
    policies = None
    if history_months is not None:
        policies = Path(folder) / "policies"
        policies.mkdir()
        (policies / "calendar.yml").write_text(f"history_months: {history_months}\n")
    workspace = Workspace("bench", (), policies)
    return workspace, fill(workspace, orders, LAST)


def measure(orders: int) -> tuple[int, float]:
    """Print the figures of one size; rows and seconds at models of a full build."""
    with tempfile.TemporaryDirectory(prefix="tierworks-bench-") as folder:
        workspace, count = company(folder, orders)
        whole = build(workspace, LAST)
        whole.print(f"{count:>12,} orders")
        plain = by_hand(workspace, whole)
        print(f"{'':>14}the same SQL by hand {plain:.1f} s: dbt takes {whole.at_models / plain:.2f} times as long")
        day = LAST + datetime.timedelta(days=1)
        add_a_day(workspace, day, count // 1000)
        daily = build(workspace, day)
        daily.print(f"{'':>14}a day's {count // 1000:,} orders")
        share = sum(daily.models.values()) / sum(whole.models.values())
        print(
            f"{'':>14}{daily.at_models / whole.at_models:.1%} of a full build's, {share:.1%} of the models' own "
            f"seconds, {daily.facts() / whole.facts():.1%} of the facts'",
            flush=True,
        )
        kept = digests(workspace)
        build(workspace, day, full_refresh=True)
        unequal = [table for table, digest in digests(workspace).items() if kept[table] != digest]
        print(f"{'':>14}tables that differ from a full build: {', '.join(unequal) or 'none'}", flush=True)
        return count, whole.at_models


def measure_dates(orders: int) -> None:
    """Print what twelve as-of dates at once cost beside one."""
    took = {}
    for dates in (1, 12):
        with tempfile.TemporaryDirectory(prefix="tierworks-bench-") as folder:
            workspace, count = company(folder, orders, history_months=dates - 1)
            took[dates] = build(workspace, LAST)
            took[dates].print(f"{count:>12,} orders, {dates} as-of dates", count=0)
    print(f"{'':>14}twelve dates cost {took[12].at_models / took[1].at_models:.2f} times one", flush=True)


def main(sizes: tuple[int, ...] = SIZES, is_whole: bool = False) -> None:
    if not is_whole:
        steps.build_layer = build_value_layer
    measure_dates(min(sizes))
    told = [measure(size) for size in sizes]
    for (fewer, quick), (more, slow) in pairwise(told):
        exponent = math.log(slow / quick) / math.log(more / fewer)
        print(f"from {fewer:,} to {more:,} orders the time at models grows with exponent {exponent:.2f}")


if __name__ == "__main__":
    main(tuple(int(text) for text in sys.argv[1:] if text.isdigit()) or SIZES, "--whole" in sys.argv)
