"""Rows a second and peak memory of loading orders from CSV, Parquet, PostgreSQL and REST, beside dlt and pandas.

`python -m tests.perf.load_speed [rows [csv|parquet|postgres|rest …]]`. Ours is the whole load: read, judge, ledger,
landed and contract rows. dlt and pandas bring the same rows into a DuckDB table, and judge nothing. dlt gets an
environment of its own in the working folder, or the interpreter that TIERWORKS_DLT_PYTHON names. REST is measured on a
tenth of the rows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import psutil

from include.warehouse.extensions import load_extension
from include.workspace import PROJECT_ROOT
from tests.postgres_cluster import PostgresCluster, postgres_programs

ROWS, PAGE = 5_000_000, 5_000
ORDERS = """
select i as order_id, 'c' || (i * 7919 % 1000000) as customer_id,
    timestamp '2020-01-01' + to_seconds(i * 31) as ordered_at,
    (hash(i) % 100000 / 100)::decimal(12, 2) as amount, case when i % 20 = 0 then 'return' else 'sale' end as kind,
    'store ' || (i % 50) as store, timestamp '2020-01-01' + to_seconds(i * 31) as updated_at
from range({rows}) t(i)
"""
DECLARATION = """
source: shop
timezone: UTC
currency: EUR
connection: bench
tables:
  people:
    files: people.csv
    format: csv
    key: id
    entities:
      customers:
        columns: {{customer_key: id}}
  orders:
    {place}
    key: order_id
    entities:
      orders:
        columns:
          order_key: order_id
          customer_key: customer_id
          ordered_at: ordered_at
          amount: amount
          kind: kind
          store: store
"""
PLACES = {
    "csv": "files: orders.csv\n    format: csv",
    "parquet": "files: orders.parquet\n    format: parquet",
    "postgres": "relation: public.orders\n    format: postgres",
    "rest": "path: /orders\n    format: rest\n    records: items\n    paging: {style: page, parameter: page}",
}
OURS = """
import datetime, sys
from pathlib import Path
from include.load import load_workspace
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
folder = Path(sys.argv[1])
workspace = Workspace("bench", (folder / "shop.yml",), data=folder)
with open_warehouse(workspace) as connection:
    done = load_workspace(workspace, connection, "b", datetime.datetime(2026, 1, 1), print)
assert done.tables[-1].rows_quarantined == 0
"""
PANDAS = """
import sys, duckdb, pandas, sqlalchemy, urllib.request, json
folder, kind, url, rest = sys.argv[1:5]
target = duckdb.connect(folder + "/pandas.duckdb")
def chunks():
    if kind == "csv":
        yield from pandas.read_csv(folder + "/orders.csv", chunksize=500_000, parse_dates=["ordered_at", "updated_at"])
    elif kind == "parquet":
        yield pandas.read_parquet(folder + "/orders.parquet")
    elif kind == "postgres":
        engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect().execution_options(stream_results=True) as session:
            yield from pandas.read_sql("select * from orders", session, chunksize=100_000)
    else:
        page = 1
        while items := json.load(urllib.request.urlopen(f"{rest}/orders?page={page}"))["items"]:
            yield pandas.DataFrame(items)
            page += 1
for number, frame in enumerate(chunks()):
    verb = "insert into orders" if number else "create or replace table orders as"
    target.execute(f"{verb} from frame")
"""
DLT = """
import sys, dlt
folder, kind, url, rest = sys.argv[1:5]
pipeline = dlt.pipeline("bench_" + kind, pipelines_dir=folder + "/dlt",
    destination=dlt.destinations.duckdb(folder + "/dlt_" + kind + ".duckdb"), dataset_name="raw")
if kind.startswith("postgres"):
    from dlt.sources.sql_database import sql_table
    backend = "pyarrow" if kind.endswith("arrow") else "sqlalchemy"
    orders = sql_table(url.replace("postgresql://", "postgresql+psycopg://"), table="orders", backend=backend,
                       chunk_size=100_000)
elif kind == "rest":
    from dlt.sources.rest_api import rest_api_resources
    paginator = {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None}
    orders = rest_api_resources({"client": {"base_url": rest}, "resources": [{"name": "orders", "endpoint":
        {"path": "orders", "data_selector": "items", "paginator": paginator}}]})
else:
    from dlt.sources.filesystem import filesystem, read_csv_duckdb, read_parquet
    reader = read_csv_duckdb(use_pyarrow=True) if kind == "csv" else read_parquet(use_pyarrow=True)
    orders = (filesystem(bucket_url="file://" + folder, file_glob="orders." + kind) | reader).with_name("orders")
pipeline.run(orders, table_name="orders", write_disposition="replace")
"""


def main(rows: int = ROWS, kinds: Sequence[str] = tuple(PLACES)) -> None:
    with tempfile.TemporaryDirectory(prefix="tierworks-bench-") as made:
        folder, cluster = Path(made), PostgresCluster(Path(tempfile.mkdtemp(dir="/tmp")), postgres_programs())
        cluster.start()
        try:
            url = cluster.new_database()
            _write(folder, url, rows)
            with _api(folder) as rest:
                _compare(folder, url, rest, rows, _interpreter_of_dlt(folder), kinds)
        finally:
            cluster.stop()


def _write(folder: Path, url: str, rows: int) -> None:
    with duckdb.connect() as engine:
        load_extension(engine, "postgres_scanner")
        engine.execute(f"copy ({ORDERS.format(rows=rows)}) to '{folder}/orders.parquet'")
        engine.execute(f"copy (from '{folder}/orders.parquet') to '{folder}/orders.csv'")
        engine.execute(f"attach '{url}' as target (type postgres)")
        engine.execute(f"create table target.orders as from '{folder}/orders.parquet'")
        for page in range(1, rows // 10 // PAGE + 1):
            items = engine.execute(
                f"select to_json(list(o))::varchar from '{folder}/orders.parquet' o "
                f"where order_id between {(page - 1) * PAGE} and {page * PAGE - 1}"
            ).fetchone()[0]
            (folder / f"page{page}.json").write_text(f'{{"items": {items}}}')
    (folder / "people.csv").write_text("id\nc0\n")


class _api:
    """Serves the pages written before; past the last one there are no items."""

    def __init__(self, folder: Path):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                page = parse_qs(urlsplit(self.path).query).get("page", ["1"])[0]
                path = folder / f"page{page}.json"
                body = path.read_bytes() if path.exists() else b'{"items": []}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()


def _interpreter_of_dlt(folder: Path) -> str:
    if told := os.environ.get("TIERWORKS_DLT_PYTHON"):
        return told
    python = folder / "venv" / "bin" / "python"
    subprocess.run(["uv", "venv", "-q", "-p", sys.executable, folder / "venv"], check=True)
    needed = ["dlt[duckdb]", "sqlalchemy<2.1", "psycopg[binary]", "pandas", "pyarrow", f"duckdb=={duckdb.__version__}"]
    subprocess.run(["uv", "pip", "install", "-q", "-p", python, *needed], check=True)
    return str(python)


def _compare(folder: Path, url: str, rest: str, rows: int, dlt: str, kinds: Sequence[str]) -> None:
    print(f"{'source':<10} {'tool':<18} {'rows':>10} {'seconds':>8} {'rows/s':>10} {'peak PSS':>9}", flush=True)
    for kind in kinds:
        place = PLACES[kind]
        count = rows // 10 // PAGE * PAGE if kind == "rest" else rows
        (folder / "shop.yml").write_text(DECLARATION.format(place=place))
        where = url if kind == "postgres" else rest
        tools = [("tierworks", sys.executable, OURS, kind), ("pandas", dlt, PANDAS, kind)]
        variants = [("dlt", "postgres"), ("dlt (pyarrow)", "postgres_arrow")] if kind == "postgres" else [("dlt", kind)]
        tools += [(label, dlt, DLT, variant) for label, variant in variants]
        for label, python, code, variant in tools:
            seconds, peak = _measure([python, "-c", code, str(folder), variant, url, rest], folder, where, label)
            print(
                f"{kind:<10} {label:<18} {count:>10,} {seconds:>8.1f} {count / seconds:>10,.0f} {peak / 1e6:>6,.0f} MB",
                flush=True,
            )


def _measure(command: list[str], folder: Path, where: str, label: str) -> tuple[float, float]:
    """Seconds of the command, and bytes of its peak proportional set size, children included."""
    environment = {
        **os.environ,
        "TIERWORKS_HOME": str(folder / f"home-{label}-{time.time_ns()}"),
        "TIERWORKS_CONN_BENCH": where,
        "PYTHONPATH": str(PROJECT_ROOT),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    started, peak = time.perf_counter(), 0
    child = psutil.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while child.poll() is None:
        try:
            family = [child, *child.children(recursive=True)]
            peak = max(peak, sum(process.memory_full_info().pss for process in family))
        except psutil.Error:
            pass
        time.sleep(0.25)
    if child.returncode:
        raise RuntimeError(f"{label}: {child.stderr.read().decode()[-1500:]}")
    return time.perf_counter() - started, peak


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, sys.argv[2:] or tuple(PLACES))
