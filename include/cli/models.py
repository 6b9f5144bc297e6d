"""`tierworks models`: the versions of every model, and a person's word on which one scores."""

from __future__ import annotations

import argparse
import sys

from include.workspace import Workspace, resolve_workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock


def add_parser(commands, workspace_option) -> None:
    parser = commands.add_parser("models", help="versions of the models: look at them, promote, roll back, retire")
    workspace_option(parser)
    parser.add_argument("--model", metavar="NAME", help="only this model")
    verbs = parser.add_subparsers(dest="verb", metavar="act")
    promote = verbs.add_parser("promote", help="make a version the champion: one that waits, or that was not better")
    back = verbs.add_parser("rollback", help="make an earlier version the champion again")
    reject = verbs.add_parser("reject", help="turn down a version that waits for approval")
    retire = verbs.add_parser("retire", help="remove old versions that the policy lets go")
    for verb in (promote, back, reject, retire):
        # Without a default of its own the option before the verb is not overwritten.
        verb.add_argument("--workspace", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    for verb in (promote, back, reject):
        verb.add_argument("name", help="the model, such as churn_90d")
        verb.add_argument("version", help="number of the version")
        verb.add_argument("--by", required=True, help="who decides")


def models(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    if not workspace.has_model_store:
        print(
            f"tierworks: {workspace.name} has no model yet. Run it once: make run WORKSPACE={options.workspace}",
            file=sys.stderr,
        )
        return 1
    from ml.tracking.promotion import NotPossible

    try:
        with workspace_lock(workspace, f"models {options.verb or 'list'}", wait_seconds=10):
            return _decide(workspace, options) if options.verb else _show(workspace, options.model)
    except (NotPossible, WorkspaceBusy) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1


def _decide(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.scoring.training import open_store
    from include.scoring.versions import retire_versions
    from ml.tracking import promotion

    if options.verb == "retire":
        retire_versions(workspace)
        return 0
    acts = {"promote": promotion.approve, "rollback": promotion.roll_back, "reject": promotion.reject}
    version = acts[options.verb](open_store(workspace), options.name, options.version, options.by)
    if options.verb == "reject":
        print(f"{version.name} version {version.version} is rejected; the champion scores on.")
    else:
        print(
            f"{version.name} version {version.version} is the champion: the next run scores with it: "
            f"make run WORKSPACE={options.workspace}"
        )
    return 0


def _show(workspace: Workspace, model: str | None) -> int:
    from include.scoring.versions import list_versions
    from ml.tracking.promotion import NotPossible

    listed = list_versions(workspace, model)
    if not listed:
        raise NotPossible(f"{workspace.name} has no model called {model}." if model else "no model is registered yet.")
    for name in dict.fromkeys(version.model for version in listed):
        print(f"\n{name}")
        for version in (one for one in listed if one.model == name):
            figures = "  ".join(f"{figure} {value:.4g}" for figure, value in version.figures.items())
            head = f"  {version.version:>4}  {version.trained_as_of}  {version.standing:<16}"
            print(f"{head}{figures}".rstrip())
            if version.decision:
                print(f"{'':24}{version.decision}")
    return 0
