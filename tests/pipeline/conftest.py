"""The chain's steps called one after the other, without Airflow."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.pipeline import steps
from include.warehouse.connection import open_published
from include.warehouse.digest import schema_digests
from include.workspace import Workspace, resolve_workspace
from tests.chain.small_company import make_small_company


def run_chain(workspace: Workspace, as_of: date | None = None, batch_id: str = "batch-1") -> dict[str, str]:
    """Load, build, score, audit and publish; returns the digest of every published table."""
    workspace.register()
    quiet = {"progress": lambda _: None}
    steps.load(workspace, batch_id, **quiet)
    day = steps.resolve_as_of(workspace, as_of, date(2000, 1, 1))
    steps.audit(workspace, day, "raw", **quiet)
    steps.build(workspace, day, "core", **quiet)
    steps.audit(workspace, day, "facts", **quiet)
    steps.score(workspace, day, {}, **quiet)
    steps.build(workspace, day, "marts", **quiet)
    steps.publish(workspace, day, **quiet)
    return published_digests(workspace)


def published_digests(workspace: Workspace) -> dict[str, str]:
    with open_published(workspace.published_file) as connection:
        found = schema_digests(connection, "main")
    found.pop("main.published_version")
    return found


@pytest.fixture
def company(tmp_path: Path, home: Path) -> Workspace:
    """A registered workspace of the small company, in a state root of the test's own."""
    return resolve_workspace(str(make_small_company(tmp_path / "acme", customers=250)))
