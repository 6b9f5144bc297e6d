"""`tierworks clean`: remove what can be rebuilt, and say what stays."""

from __future__ import annotations

import argparse
import shutil
import sys

from include.services.airflow import PARTS
from include.services.processes import running_services
from include.workspace import registered_workspaces, resolve_workspace, state_root
from include.workspace_lock import WorkspaceBusy, workspace_lock


def clean(options: argparse.Namespace) -> int:
    running = running_services()
    if running:
        print(f"tierworks: {', '.join(running)} still run; `make down` stops them.", file=sys.stderr)
        return 1
    for name in [options.workspace] if options.workspace else registered_workspaces():
        workspace = resolve_workspace(name)
        try:
            with workspace_lock(workspace, "clean", wait_seconds=5):
                _remove(workspace.rebuildable)
        except WorkspaceBusy as problem:
            print(f"tierworks: {problem}", file=sys.stderr)
            return 1
        print(f"{workspace.name}: removed warehouse, published versions, logs and reports; kept {workspace.kept}")
    if not options.workspace:
        _remove(state_root() / "airflow")
        _remove(state_root() / "services")
        print(f"Removed Airflow's own database and logs ({', '.join(PARTS)})")
    return 0


def _remove(folder) -> None:
    if folder.exists():
        for path in folder.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder)
