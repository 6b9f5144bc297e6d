"""The dbt docs as one page, and the data dictionary beside it: both open without a network."""

from __future__ import annotations

from pathlib import Path

from expectations.suite_reader import SUITES
from include.contract.reader import FOLDER as CONTRACT
from include.dictionary.pages import dictionary_path, write_dictionary
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

    The data dictionary (`dictionary_path`) is written with it.

    Raises
    ------
    DbtFailed: the catalog could not be read.
    WorkspaceBusy: a writer held the workspace for longer than a minute.
    """
    page = page_path(workspace)
    if not workspace.warehouse.exists():
        return None
    made = [page, dictionary_path(workspace)]
    folders = [PROJECT, CONTRACT, SUITES, *filter(None, [workspace.expectations])]
    told = (path for folder in folders for path in folder.rglob("*") if path.suffix in {".sql", ".yml", ".md"})
    newest = max(path.stat().st_mtime for path in (workspace.warehouse, *told))
    if not all(path.exists() and path.stat().st_mtime >= newest for path in made):
        with workspace_lock(workspace, "dbt docs", wait_seconds=60) as lock:
            with open_warehouse(workspace, read_only=True) as connection:
                # A load makes the warehouse; the tables that models are compiled from come with the build.
                if current_build(connection) is None:
                    return None
            progress("Writing the dbt docs")
            run_dbt(workspace, ["docs", "generate", "--static"], lock, lambda _: None)
            progress("Writing the data dictionary")
            write_dictionary(workspace)
    return page
