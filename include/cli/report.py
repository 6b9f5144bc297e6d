"""`tierworks report`: the management report of the published version, as one page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from include.reporting.management.page import LANGUAGES, NothingPublished, write_management_report
from include.workspace import resolve_workspace


def add_parser(commands, workspace_option) -> None:
    parser = commands.add_parser("report", help="write the management report of the published version as one page")
    workspace_option(parser)
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the words (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write it (default: in the workspace's state)"
    )


def report(options: argparse.Namespace) -> int:
    try:
        page = write_management_report(resolve_workspace(options.workspace), options.language, options.out)
    except NothingPublished as problem:
        print(f"tierworks: {problem} make run WORKSPACE={options.workspace}", file=sys.stderr)
        return 1
    print(f"{page}  (opens in a browser and prints, without a network)")
    return 0
