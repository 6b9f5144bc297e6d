"""`tierworks maintain`: let go of what the policies no longer keep, and say what."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from include.policies.reader import PolicyError, read_policies
from include.workspace import load_workspace, registered_workspaces
from include.workspace_lock import WorkspaceBusy


def add_parser(commands: argparse._SubParsersAction, workspace_option: Callable) -> None:
    parser = commands.add_parser(
        "maintain", help="remove old versions, logs, results and mended rows by policy; shrink the warehouse's file"
    )
    parser.add_argument("--workspace", help="only this workspace; default: all of them, and Airflow's own records")
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")


def maintain(options: argparse.Namespace) -> int:
    from include.housekeeping.airflow_records import clean_airflow
    from include.housekeeping.keep_house import keep_house
    from include.services.airflow import airflow_environment, airflow_home

    names = [options.workspace] if options.workspace else registered_workspaces()
    try:
        for name in names:
            done = keep_house(load_workspace(name), options.dry_run, wait_seconds=60)
            if not any(done.values()):
                print(f"{name}: nothing to let go of")
        if not options.workspace and (airflow_home() / "airflow.db").is_file():
            kept = [read_policies(load_workspace(name))["housekeeping"] for name in names]
            days = [max((one[key] for one in kept), default=0) for key in ("log_days", "airflow_days")]
            if all(days):
                clean_airflow(airflow_home(), airflow_environment(port=0), *days, options.dry_run)
    except (WorkspaceBusy, PolicyError, RuntimeError, ValueError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    return 0
