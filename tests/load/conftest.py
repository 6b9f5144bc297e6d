"""A small company in a folder: declarations and files written by the test, loaded for real."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest

from include.load import LoadFailed, LoadResult, load_workspace, read_declaration
from include.load.declared import Source
from include.load.rest_client import RestClient
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import Workspace
from tests.load.rest_api import CRM, RestApi, order, serving

ORDERS = """
source: shop
timezone: Europe/Berlin
currency: EUR
null_values: [NA]
tables:
  orders:
    files: orders*.csv
    format: csv
    key: id
    entities:
      customers:
        where: customer is not null
        group_by: customer
        order_by: at
        columns: {customer_key: customer, created_at: at}
      orders:
        columns:
          order_key: id
          customer_key: customer
          ordered_at: at
          kind: {column: kind, codes: {S: sale, R: return}}
          amount: amount
"""
LINES = """
source: shop
timezone: Europe/Berlin
currency: EUR
tables:
  lines:
    files: lines*.csv
    format: csv
    entities:
      customers:
        where: customer is not null
        group_by: customer
        order_by: at
        columns: {customer_key: customer, created_at: at, city: city}
      orders:
        group_by: basket
        order_by: at
        columns: {order_key: basket, customer_key: customer, ordered_at: at}
      order_items:
        columns: {order_item_key: _row_id, order_key: basket, product_key: product, amount: amount}
"""
HEADER = "id,customer,at,kind,amount\n"
LINES_HEADER = "basket,customer,at,city,product,amount\n"


@dataclass
class Company:
    """A workspace on disk; `load` runs a batch, `rows` asks the warehouse."""

    workspace: Workspace
    batches: int = 0

    @property
    def data(self) -> Path:
        return self.workspace.data

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.data / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def declare(self, text: str) -> None:
        self.workspace.declarations[0].write_text(text)

    @property
    def source(self) -> Source:
        return read_declaration(self.workspace.declarations[0])

    def load(self, say: Callable[[str], object] = lambda line: None, **options: Any) -> LoadResult:
        self.batches += 1
        moment = datetime.datetime(2025, 12, 31, tzinfo=datetime.UTC) + datetime.timedelta(days=self.batches)
        with open_warehouse(self.workspace) as connection:
            return load_workspace(self.workspace, connection, f"batch-{self.batches}", moment, say, **options)

    def load_telling(self) -> str:
        """What the log says of a load."""
        said: list[str] = []
        self.load(said.append)
        return "\n".join(said)

    def load_failing(self) -> LoadFailed:
        with pytest.raises(LoadFailed) as caught:
            self.load()
        return caught.value

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.workspace, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def quarantine(self) -> list[tuple[str, int, list[str]]]:
        """File, line and reason codes, in order."""
        found = self.rows(
            "select file, line, [reason.code for reason in reasons] from ops.quarantine order by file, line"
        )
        return [(file, line, codes) for file, line, codes in found]

    def digests(self) -> dict[str, str]:
        with open_warehouse(self.workspace, read_only=True) as connection:
            return schema_digests(connection, "raw") | {
                "xref": str(connection.execute("from core.customer_xref order by all").fetchall())
            }


@pytest.fixture
def company(tmp_path: Path, home: Path) -> Callable[..., Company]:
    """Makes a company of a declaration, the shop of orders when none is given."""
    made: Iterator[int] = iter(range(100))

    def make(declaration: str = ORDERS) -> Company:
        folder = tmp_path / f"company{next(made)}"
        data = folder / "data"
        data.mkdir(parents=True)
        path = folder / "shop.yml"
        path.write_text(declaration)
        return Company(Workspace(folder.name, (path,), data=data))

    return make


@pytest.fixture
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    yield connection
    connection.close()


@pytest.fixture
def api():
    names = [{"id": 0, "name": {"full": "Ann"}, "address": None}, {"id": 1, "name": {"full": "王伟"}, "tags": ["a"]}]
    names.append({"id": 2, "name": {"full": "Bob"}, "address": {"city": "Bonn", "geo": {"lat": 50.7}}})
    made = RestApi(records={"/api/customers": names, "/api/orders": [order(n, n) for n in range(1, 6)]})
    with serving(made):
        yield made


@pytest.fixture
def crm(company, api, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_CRM", f"http://:{quote(api.token, safe='')}@127.0.0.1:{api.port}")
    monkeypatch.setattr(RestClient, "backoff", 0.01)
    return company(CRM)
