"""The warehouse holds personal data: its owner alone reads it, and what is made beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from include.housekeeping import rewriting
from include.privacy import tables
from include.transform.dbt import _run
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace


@pytest.fixture
def workspace(home: Path):
    before = os.umask(0o022)
    yield Workspace("shop", ())
    os.umask(before)


def _open_to_others(workspace: Workspace) -> list[str]:
    """Files, and folders that are not every workspace's, that somebody else may read."""
    own = (workspace.rebuildable, workspace.kept, workspace.versions, workspace.mlflow_artifacts)
    return [path.name for path in workspace.home.rglob("*") if path not in own and path.stat().st_mode & 0o077]


def test_a_warehouse_and_its_log_are_their_owners(workspace):
    with open_warehouse(workspace) as connection:
        connection.execute("create table raw.customers as select 'ann@mail.example' as email")
        connection.execute(f"attach '{workspace.rebuildable / 'scratch.duckdb'}' as scratch")
        assert workspace.warehouse.with_name("warehouse.duckdb.wal").is_file()
        assert _open_to_others(workspace) == []
    (workspace.versions / "later").touch()
    assert _open_to_others(workspace) == ["later"], "who writes afterwards writes as before"


@pytest.mark.parametrize("rewrite", [tables.rewrite, rewriting.rewrite])
def test_one_made_before_becomes_its_owners_and_stays_it(workspace, rewrite):
    with open_warehouse(workspace):
        pass
    workspace.warehouse.chmod(0o644)
    with open_warehouse(workspace, read_only=True):
        assert _open_to_others(workspace) == ["warehouse.duckdb"], "a reader may not own it"
    with open_warehouse(workspace):
        assert _open_to_others(workspace) == []
    rewrite(workspace.warehouse)
    assert _open_to_others(workspace) == []


def test_what_dbt_writes_beside_it_is_too_and_figures_can_be_asked_for(workspace):
    write = "import os, pathlib; there = pathlib.Path(os.environ['TIERWORKS_WAREHOUSE']); there.touch(); "
    write += "(pathlib.Path(os.environ['DBT_TARGET_PATH']) / 'semantic_manifest.json').touch()"
    _run(workspace, [sys.executable, "-c", write], [], None, print)
    assert _open_to_others(workspace) == ["dbt", "semantic_manifest.json"]
