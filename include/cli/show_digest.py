"""`tierworks digest`: an order-free hash of every published table of the business; the log of runs has none."""

from __future__ import annotations

import argparse
import sys

from include.publishing.digests import version_digests
from include.warehouse.connection import open_published
from include.workspace import resolve_workspace


def digest(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    if not workspace.published_file.exists():
        run = f"make run WORKSPACE={options.workspace}"
        print(f"tierworks: {workspace.name} has no published version yet. `{run}` makes one.", file=sys.stderr)
        return 1
    with open_published(workspace.published_file) as connection:
        for table, value in version_digests(connection).items():
            print(f"{value}  {table.removeprefix('main.')}")
    return 0
