"""The dbt docs as one page that opens without a network."""

from __future__ import annotations

from pathlib import Path

from include.transform.dbt import PROJECT, run_dbt
from include.warehouse.builds import current_build
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from include.workspace_lock import workspace_lock


def page_path(workspace: Workspace) -> Path:
    """Where the page is, or will be."""
    return workspace.dbt_target / "static_index.html"


def dbt_docs_page(workspace: Workspace, progress=print) -> Path | None:
    """Path of the page, made anew when models or the warehouse changed since; None before the first build.

    Raises
    ------
    DbtFailed: the catalog could not be read.
    WorkspaceBusy: a writer held the workspace for longer than a minute.
    """
    page = page_path(workspace)
    if not workspace.warehouse.exists():
        return None
    sources = [workspace.warehouse, *(path for path in PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".md"})]
    if not page.exists() or page.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        with workspace_lock(workspace, "dbt docs", wait_seconds=60) as lock:
            with open_warehouse(workspace, read_only=True) as connection:
                # A load makes the warehouse; the tables that models are compiled from come with the build.
                if current_build(connection) is None:
                    return None
            progress("Writing the dbt docs")
            run_dbt(workspace, ["docs", "generate", "--static"], lock, lambda _: None)
    return page
