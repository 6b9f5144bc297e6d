"""`tierworks rollback`: make an earlier published version the current one."""

from __future__ import annotations

import argparse
import sys

from include.publishing.postgres_schema import ServingFailed
from include.publishing.serving import show_version
from include.publishing.versions import VersionError, earlier_version
from include.reporting.pages import write_pages
from include.workspace import resolve_workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock


def rollback(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    try:
        with workspace_lock(workspace, "rollback"):
            version = earlier_version(workspace, options.to)
            show_version(workspace, version, progress=lambda line: None)
    except (VersionError, ServingFailed, WorkspaceBusy) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        if isinstance(problem, ServingFailed):  # files show it
            write_pages(workspace)
        return 1
    write_pages(workspace)
    print(f"{workspace.name}: readers now see build {version.build_id}, as of {version.as_of_date}")
    return 0
