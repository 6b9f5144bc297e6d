"""Two real retailers, each built once to its published file, beside what their files say in pandas."""

from __future__ import annotations

import functools
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from include.warehouse.connection import open_published
from include.workspace import resolve_workspace
from tests.pipeline.conftest import run_chain
from tests.real_retailers import books, metrics_by_hand, standing_by_hand

ROWS = pytest.StashKey[dict[str, dict[str, int]]]()


class Retailer:
    """A retailer's published tables, and the same customers counted by hand."""

    def __init__(self, published: Path, warehouse: Path, told: books.Books):
        self.published, self.warehouse = published, warehouse
        self.books, self.name, self.last = told, told.name, told.as_of

    @functools.cache  # noqa: B019
    def read(self, query: str) -> pd.DataFrame:
        with open_published(self.published) as connection:
            return connection.execute(query).df()

    @functools.cache  # noqa: B019
    def mart(self, table: str) -> pd.DataFrame:
        """A published table whose customers go by the source's own keys (column `customer`)."""
        rows = self.read(f"select * from {table}")
        return rows.assign(customer=rows["customer_id"].map(self.keys)) if "customer_id" in rows else rows

    @functools.cached_property
    def keys(self) -> pd.Series:
        """The source's key by customer id, from the working warehouse: published keys are masked."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            rows = connection.execute("select customer_id, customer_key from core.customer_xref").df()
        return rows.set_index("customer_id")["customer_key"]

    @functools.cache  # noqa: B019
    def metrics(self, as_of: pd.Timestamp) -> pd.DataFrame:
        return metrics_by_hand.metrics_at(self.books, as_of)

    @functools.cached_property
    def known(self) -> pd.DataFrame:
        """Metrics by hand of everyone known at every as-of date; columns as_of_date and customer."""
        told = [self.metrics(day).assign(as_of_date=day) for day in self.books.dates]
        return pd.concat(told).rename_axis("customer").reset_index()

    @functools.cached_property
    def buyers(self) -> pd.DataFrame:
        """Of them, those who had bought."""
        return self.known[self.known["orders_lifetime"] > 0].reset_index(drop=True)

    @functools.cached_property
    def tiers(self) -> pd.DataFrame:
        return standing_by_hand.tiers(self.buyers)

    @functools.cached_property
    def stages(self) -> pd.DataFrame:
        return standing_by_hand.stages(self.known)


@pytest.fixture(scope="session", params=["complete_journey", "online_retail"])
def retailer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Retailer:
    """Built without Airflow; the state root is its own, and other tests' again afterwards."""
    data = request.getfixturevalue("shared_data") / "online_retail" if request.param == "online_retail" else None
    told = books.online_retail(data) if data else books.complete_journey()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(tmp_path_factory.mktemp("home")))
        workspace = resolve_workspace(request.param, str(data) if data else None)
        run_chain(workspace)
        made = Retailer(workspace.published_file, workspace.warehouse, told)
    tables = made.read("select table_name from duckdb_tables() where schema_name = 'main' order by 1")
    counts = {name: int(made.read(f"select count(*) as n from {name}")["n"][0]) for name in tables["table_name"]}
    request.config.stash.setdefault(ROWS, {})[request.param] = counts
    return made


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Rows of every published table, one column a retailer."""
    found = config.stash.get(ROWS, {})
    if found:
        terminalreporter.section("rows published")
        terminalreporter.write_line(pd.DataFrame(found).to_string(na_rep="-"))
