"""A steward at the terminal: sees what waits, recognises nobody, mends a row in a sheet and a mapping, and is done."""

from __future__ import annotations

import csv
import datetime
import stat

import pytest

from include.cli.main import main
from include.pipeline.steps import load
from include.reporting.status import workspace_status
from include.workspace import resolve_workspace
from tests.load.conftest import HEADER, ORDERS


@pytest.fixture
def folder(tmp_path, home):
    """A workspace's folder with a declaration and a file of one good and three bad rows, loaded."""
    path = tmp_path / "shop"
    path.mkdir()
    (path / "shop.yml").write_text(ORDERS)
    rows = "1,ann@example.com,2024-03-01,S,1\n2,bob@example.com,2024-03-01,S,1.5x\n3,eve@example.com,2024-03-01,X,3\n"
    (path / "orders.csv").write_text(HEADER + rows + '4,"dan@example.com,2024-03-01,S,4\n')
    workspace = resolve_workspace(str(path))
    workspace.register()
    load(workspace, "first", lambda line: None)
    return path


def test_the_quarantine_is_shown_without_names(folder, capsys):
    assert main(["quarantine", "--workspace", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "shop: 3 rows wait for a fix" in told
    assert f"since {datetime.datetime.now(datetime.UTC):%Y-%m-%d}" in told
    assert "orders.csv:3  amount = 1.5x: orders.amount needs a number in range" in told
    assert "orders.csv:4  kind = X: orders.kind has no such code" in told
    assert "orders.csv:5  the quotes of the line do not pair up" in told
    assert "@" not in told
    assert main(["quarantine", "--workspace", str(folder), "--reason", "missing_value"]) == 0
    assert "no row waits in the quarantine for this choice" in capsys.readouterr().out
    assert workspace_status(resolve_workspace(str(folder)))["ledger"]["open"] == 3
    assert main(["status", "--workspace", str(folder)]) == 0
    assert "3 rows wait for a fix: tierworks quarantine" in capsys.readouterr().out


def test_a_personal_value_at_fault_stays_hidden(folder, capsys):
    (folder / "orders_2.csv").write_text(HEADER + "7,ann\u200b@example.com,2024-03-01,S,1\n")
    load(resolve_workspace(str(folder)), "second", lambda line: None)
    assert main(["quarantine", "--workspace", str(folder), "--reason", "hidden_character"]) == 0
    told = capsys.readouterr().out
    assert "customer = ***: customers.customer_key holds a character that is not seen" in told
    assert "@" not in told


def test_a_row_and_a_mapping_are_mended(folder, capsys, tmp_path):
    sheet = tmp_path / "sheet.csv"
    choice = ["--workspace", str(folder)]
    assert main(["quarantine", *choice, "--export", str(sheet)]) == 0
    assert "3 rows of shop/orders, whole and in the clear" in capsys.readouterr().out
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    with sheet.open(newline="") as content:
        rows = list(csv.DictReader(content))
    rows[0]["amount"] = "1.5"
    rows[2] |= {"id": "4", "customer": "dan@example.com", "at": "2024-03-01", "kind": "S", "amount": "4"}
    with sheet.open("w", newline="") as content:
        writer = csv.DictWriter(content, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert main(["replay", *choice, "--file", str(sheet), "--by", "eva"]) == 0
    told = capsys.readouterr().out
    assert "2 corrections kept" in told
    assert "3 rows judged again, 2 accepted, 0 already there, 1 still open" in told
    assert "Carry the rows to the marts: make run" in told
    (folder / "shop.yml").write_text(ORDERS.replace("R: return", "R: return, X: sale"))
    assert main(["replay", *choice]) == 0
    assert "shop/orders: its declaration has changed" in capsys.readouterr().out
    assert main(["quarantine", *choice]) == 0
    assert capsys.readouterr().out == "shop: no row waits in the quarantine\n"
    assert main(["replay", *choice]) == 0
    assert capsys.readouterr().out == "shop: nothing waits in the quarantine\n"


def test_what_cannot_be_done_is_said(folder, capsys, tmp_path):
    choice = ["--workspace", str(folder)]
    assert main(["quarantine", *choice, "--source", "web", "--export", str(tmp_path / "sheet.csv")]) == 1
    assert "a sheet holds rows of one table; open are: none" in capsys.readouterr().err
    assert main(["replay", *choice, "--file", str(tmp_path / "nothing.csv")]) == 1
    assert "nothing.csv cannot be read (No such file or directory)" in capsys.readouterr().err
    assert main(["replay", *choice, "--table", "order"]) == 1
    assert "no declared table answers to */order (declared: shop/orders)" in capsys.readouterr().err
