"""`tierworks dashboard`: start the business users' dashboard of a workspace, and say where it is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from include.workspace import resolve_workspace


def add_parser(commands, workspace_option: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = commands.add_parser("dashboard", help="start the dashboard of business users (`down` stops it)")
    workspace_option(parser)
    parser.add_argument("--port", type=int, help="on 127.0.0.1 (default: TIERWORKS_DASHBOARD_PORT, else 8501)")
    parser.add_argument(
        "--role",
        default="masked",
        metavar="ROLE",
        help="role of privacy.yml, or role.reader where its rows are limited (default: %(default)s, for everybody)",
    )
    parser.add_argument("--foreground", action="store_true", help="stay, and end with the command, as in a container")
    parser.add_argument(
        "--address", default="127.0.0.1", help="with --foreground: where to listen, in a container 0.0.0.0"
    )


def dashboard(options: argparse.Namespace) -> int:
    from include.dashboard.published import RoleRefused, current
    from include.services.dashboard import become_dashboard, start_dashboard

    workspace = resolve_workspace(options.workspace)
    try:
        if options.foreground:
            become_dashboard(workspace, options.address, options.role, options.port)
        workspace.register()
        current(workspace, options.role)
        url = start_dashboard(workspace, options.role, options.port)
    except (RoleRefused, TimeoutError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    print(f"{url}  (`make down` stops it)")
    if not workspace.current.exists():
        print(f"Nothing is published yet: `make run WORKSPACE={options.workspace}` first, then look again.")
    return 0
