"""`tierworks privacy`: give a person's data out, erase it, and look for what should be nowhere."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from include.warehouse.connection import open_warehouse
from include.workspace import Workspace, resolve_workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock


def add_parser(commands, workspace_option) -> None:
    parser = commands.add_parser("privacy", help="one person's data: export it, erase it, look for it")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="export|erase|find")
    export = verbs.add_parser("export", help="write all that is known of a person as a zip, in the clear")
    erase = verbs.add_parser("erase", help="erase people everywhere, with proof")
    find = verbs.add_parser("find", help="look for a person's values in every file of the workspace")
    for verb in (export, erase, find):
        workspace_option(verb)
        verb.add_argument("--customer", help="customer_id, or source:key")
        verb.add_argument("--email", help="an e-mail address of the person")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="zip to write")
    erase.add_argument("--file", type=Path, help="text file, one customer_id, e-mail address or source:key a line")
    erase.add_argument("--by", default=None, help="who asks for it (default: your user name)")
    erase.add_argument("--reason", default="request of the person", help="why, for the log (no personal data)")
    erase.add_argument("--landing", action="store_true", help="also rewrite the files of the landing folder")
    erase.add_argument("--resume", action="store_true", help="only complete an erasure that was broken off")


def privacy(options: argparse.Namespace) -> int:
    from include.privacy.people import UnknownPerson

    workspace = resolve_workspace(options.workspace)
    if not workspace.warehouse.is_file():
        print(
            f"tierworks: {workspace.name} has no warehouse yet. Run it once: make run WORKSPACE={options.workspace}",
            file=sys.stderr,
        )
        return 1
    try:
        with workspace_lock(workspace, f"privacy {options.verb}", wait_seconds=60):
            return {"export": _export, "erase": _erase, "find": _find}[options.verb](workspace, options)
    except (UnknownPerson, ValueError, WorkspaceBusy) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1


def _asked(options: argparse.Namespace) -> list[str]:
    asked = [one for one in (options.customer, options.email) if one]
    if getattr(options, "file", None):
        asked += [line.strip() for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not asked and not getattr(options, "resume", False):
        raise ValueError(
            "say whose: --customer ID or --email ADDRESS" + (", or --file FILE." if "file" in options else ".")
        )
    return asked


def _export(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.privacy.export import export_person

    with open_warehouse(workspace, read_only=True) as connection:
        manifest = export_person(workspace, connection, _asked(options)[0], options.out)
    print(
        f"{options.out}: {sum(manifest['rows'].values()):,} rows of {len(manifest['rows'])} tables. It is in the clear."
    )
    return 0


def _erase(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.privacy.erase import erase_people

    by = options.by or getpass.getuser()
    done = erase_people(workspace, _asked(options), by, options.reason, options.landing)
    for message in done.beyond_reach:
        print(f"Not within reach: {message}")
    for one in done.found[:20]:
        print(f"Still found: {one.path} {one.inside}")
    if not done.log:
        print("Nothing was left to do.")
        return 0
    requests = sorted({one.request_id for one in done.log})
    print(f"Erased {len(done.log)} people ({', '.join(requests)}). Run the workspace again to build without them.")
    return 1 if done.found else 0


def _find(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.privacy.detector import find_values
    from include.privacy.people import find_people

    with open_warehouse(workspace, read_only=True) as connection:
        values = find_people(connection, _asked(options)[:1]).values
    places: dict[tuple[str, str], int] = {}
    for one in find_values(workspace.home, values):
        place = (str(one.path.relative_to(workspace.home)), one.inside)
        places[place] = places.get(place, 0) + 1
    for (path, inside), count in sorted(places.items()):
        print(f"{path}  {inside}  {count}")
    print(f"{len(values)} values looked for, found at {len(places)} places")
    return 0
