"""One date gives one set of tables: in a fresh workspace, in an older one, from all data or from data cut there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.warehouse.connection import open_published
from include.workspace import Workspace, resolve_workspace
from tests.chain.small_company import make_small_company
from tests.pipeline.conftest import run_chain

pytestmark = pytest.mark.timeout(600)
EARLIER = date(2024, 2, 10)
# What was read is told in full whatever the as-of date, so the row ledger alone may differ.
LEDGER = {"main.load_ledger", "main.quarantine_summary"}


def _marts(digests: dict[str, str]) -> dict[str, str]:
    return {table: digest for table, digest in digests.items() if table not in LEDGER}


def _cut(folder: Path) -> None:
    """Remove every row of an event after the earlier date, as if the files had been taken on that evening."""
    for name, column in (("sales", "at"), ("people", "joined")):
        path = folder / f"{name}.csv"
        mark = ";" if name == "sales" else ","
        with duckdb.connect() as connection:
            connection.read_csv(str(path), delimiter=mark, all_varchar=True).create("found")
            connection.execute(f'create table kept as from found where left("{column}", 10) <= ?', [str(EARLIER)])
            connection.execute(f"copy kept to '{path}' (header, delimiter '{mark}')")


def test_one_date_one_set_of_tables(company: Workspace, tmp_path: Path):
    latest = run_chain(company)
    assert {"main.customer_tiers", "main.churn_scores", "main.clv_scores"} <= set(latest)

    earlier = run_chain(company, EARLIER, batch_id="batch-3")
    with open_published(company.published_file) as connection:
        assert connection.execute("select max(ordered_on) <= ? from fct_orders", [EARLIER]).fetchone() == (True,)

    cut_folder = make_small_company(tmp_path / "cut", customers=250)
    _cut(cut_folder)
    truncated = run_chain(resolve_workspace(str(cut_folder)), EARLIER)
    assert _marts(earlier) == _marts(truncated), "an earlier date equals data cut at that date"

    assert run_chain(company, batch_id="batch-4") == latest, "back to the latest date"
