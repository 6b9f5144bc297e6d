"""A company without a single order publishes empty marts, and its result can be shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.reporting.airflow_share import AirflowShare
from include.reporting.result_page import write_result_page
from include.reporting.status import workspace_status
from include.warehouse.connection import open_published
from include.workspace import resolve_workspace
from tests.chain.small_company import DECLARATION
from tests.dbt_in_process import DbtInProcess
from tests.pipeline.conftest import run_chain, run_dbt_here

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch, dbt_in_process: DbtInProcess) -> None:
    run_dbt_here(monkeypatch, dbt_in_process)


def test_no_orders_at_all(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from include.cli.result import print_result

    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "shop.yml").write_text(DECLARATION)
    (folder / "people.csv").write_text("id,joined,mail,name,land\n")
    (folder / "sales.csv").write_text("line;receipt;person;at;article;shelf;pieces;paid\n")
    workspace = resolve_workspace(str(folder))
    run_chain(workspace)
    status = workspace_status(workspace)
    assert status["as_of_date"] == "2000-01-01"
    for table in ("customer_metrics", "customer_tiers", "fct_orders", "dim_customer", "tier_history"):
        assert status["marts"][table] == 0, table
    assert status["ledger"]["totals"]["rows_read"] == 0
    page = Path(write_result_page(workspace)).read_text()
    assert not re.search(r'(src|href)="http|url\(http|@import|<script', page), "an outside request"
    print_result(workspace, AirflowShare(wall=10, work=5, imports=2))
    assert "0 customers" in capsys.readouterr().out


@pytest.mark.verify
def test_nothing_but_returns(home: Path, tmp_path: Path):
    """Nobody has bought, so nobody has a tier; what came back is told."""
    folder = tmp_path / "returned"
    folder.mkdir()
    (folder / "shop.yml").write_text(DECLARATION.replace("{constant: sale}", "{constant: return}"))
    (folder / "people.csv").write_text("id,joined,mail,name,land\nann,2023-05-01,ann@example.org,Ann Lee,DE\n")
    header = "line;receipt;person;at;article;shelf;pieces;paid\n"
    rows = "1;r1;ann;2023-06-02 10:00:00;tea;drinks;-1;-5\n2;r2;bob;2024-01-31 10:00:00;tea;drinks;-1;-7\n"
    (folder / "sales.csv").write_text(header + rows)
    workspace = resolve_workspace(str(folder))
    run_chain(workspace)
    with open_published(workspace.published_file) as connection:
        told = "select as_of_date::varchar, sum(returned_amount_lifetime)::int, sum(orders_lifetime)::int"
        query = f"{told} from customer_metrics where is_current group by 1"
        assert connection.execute(query).fetchall() == [("2024-01-31", 12, 0)]
        for table in ("customer_tiers", "rfm_scores", "churn_scores"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,), table
