"""A company without a single order publishes empty marts, and its result can be shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.reporting.airflow_share import AirflowShare
from include.reporting.result_page import write_result_page
from include.reporting.status import workspace_status
from include.workspace import resolve_workspace
from tests.chain.small_company import DECLARATION
from tests.pipeline.conftest import run_chain

pytestmark = pytest.mark.timeout(300)


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
    assert status["marts"]["customer_tiers"] == status["marts"]["fct_orders"] == status["marts"]["dim_customer"] == 0
    assert status["ledger"]["totals"]["rows_read"] == 0
    page = Path(write_result_page(workspace)).read_text()
    assert not re.search(r'(src|href)="http|url\(http|@import|<script', page), "an outside request"
    print_result(workspace, AirflowShare(wall=10, work=5, imports=2))
    assert "0 customers" in capsys.readouterr().out
