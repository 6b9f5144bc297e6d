"""`tierworks act`: bring the published version's actions to the CRM, and a human's word on those that wait for it."""

from __future__ import annotations

import argparse
import sys

from include.cli.days import day
from include.workspace import Workspace, resolve_workspace


def add_parser(commands, workspace_option) -> None:
    parser = commands.add_parser("act", help="bring actions to the CRM: plan and send, approve, turn down, status")
    workspace_option(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="verb")
    approve = verbs.add_parser("approve", help="let a batch that waits for a human go out with the next act")
    turn_down = verbs.add_parser("turn-down", help="refuse a batch that waits for a human")
    status = verbs.add_parser("status", help="the ledger: planned, arrived, withheld, refused, waiting")
    for verb in (approve, turn_down, status):
        # Without a default of its own the option before the verb is not overwritten.
        verb.add_argument("--workspace", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    for verb in (approve, turn_down):
        verb.add_argument("date", type=day, help="date of the batch (YYYY-MM-DD)")
        verb.add_argument("--by", required=True, help="who decides")


def act(options: argparse.Namespace) -> int:
    from include.actions.receivers import SendFailed

    workspace = resolve_workspace(options.workspace)
    try:
        return _decide(workspace, options) if options.verb in ("approve", "turn-down") else _act(workspace, options)
    except SendFailed as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1


def _act(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.actions.act import plan_actions, send_actions, told_counts
    from include.actions.ledger import open_ledger
    from include.actions.receivers import receiver_of

    receiver = receiver_of(workspace, lambda name: None)
    if options.verb != "status":
        if receiver is None:
            print(
                "tierworks: no CRM is set. Set TIERWORKS_CONN_CRM, such as postgresql://user:password@host/db, "
                "https://host/path or file:///folder.",
                file=sys.stderr,
            )
            return 1
        plan_actions(workspace)
        send_actions(workspace, receiver)
    with open_ledger(workspace) as ledger:
        if options.verb == "status":
            print(f"{workspace.name}: {told_counts(ledger)}")
        for batch in ledger.questions():
            print(f"{batch['as_of_date']} waits for a human: {batch['question']}")
            print(f"  tierworks act --workspace {options.workspace} approve {batch['as_of_date']} --by NAME")
    return 0


def _decide(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.actions.act import decide_batches

    decide_batches(workspace, [(options.date.isoformat(), options.verb == "approve", options.by)])
    return 0
