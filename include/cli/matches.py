"""`tierworks matches`: records that may be one person, side by side, and a steward's word on them."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from include.identity.decisions import Decision, decisions_in_force, keep_decision
from include.identity.masking import masked
from include.identity.queue import (
    Pair,
    UnknownPair,
    read_queue,
    records_of_customer,
    records_of_pair,
)
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace, resolve_workspace
from include.workspace_lock import WorkspaceBusy, workspace_lock


def add_parser(commands, workspace_option) -> None:
    parser = commands.add_parser("matches", help="records that may be one person: look at them, decide")
    workspace_option(parser)
    parser.add_argument("--limit", type=int, default=10, help="pairs to show (default: %(default)s)")
    parser.add_argument(
        "--customer", metavar="ID", help="show the records of this customer instead; an id, or source:key"
    )
    parser.add_argument("--reveal", action="store_true", help="show personal data in the clear")
    verbs = parser.add_subparsers(dest="verb", metavar="decide")
    decide = verbs.add_parser("decide", help="say that a pair is one person, or is not")
    # Without a default of its own the option before the verb is not overwritten.
    decide.add_argument("--workspace", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    decide.add_argument("pair", help="number of the pair, or two records: c12…/c34… or till:K7/web:12")
    decide.add_argument("verdict", choices=("same", "not-same"))
    decide.add_argument("--by", required=True, help="who decides")
    decide.add_argument("--reason", required=True, help="why, for whoever asks later")


def matches(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    if not workspace.warehouse.is_file():
        print(
            f"tierworks: {workspace.name} has no warehouse yet. Run it once: make run WORKSPACE={options.workspace}",
            file=sys.stderr,
        )
        return 1
    try:
        with workspace_lock(workspace, "matches", wait_seconds=10):
            if options.verb == "decide":
                return _decide(workspace, options)
            return _show(workspace, options)
    except (UnknownPair, ValueError, WorkspaceBusy) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1


def _decide(workspace: Workspace, options: argparse.Namespace) -> int:
    with open_warehouse(workspace, read_only=True) as connection:
        a, b = records_of_pair(connection, options.pair)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    verdict = options.verdict.replace("-", "_")
    keep_decision(workspace, Decision(*a, *b, verdict, options.by, options.reason, now))
    words = "are one person" if verdict == "same" else "are two people"
    print(
        f"{options.pair}: {options.by} says they {words}. Kept; it shows after the next run: "
        f"make run WORKSPACE={options.workspace}"
    )
    return 0


def _show(workspace: Workspace, options: argparse.Namespace) -> int:
    with open_warehouse(workspace, read_only=True) as connection:
        if options.customer:
            return _show_customer(records_of_customer(connection, options.customer), options)
        pairs = read_queue(workspace, connection)
    decided = len(decisions_in_force(workspace))
    print(f"{workspace.name}: {len(pairs):,} pairs to decide, {decided:,} decided")
    for pair in pairs[: options.limit]:
        _print_pair(pair, options.reveal)
    if pairs:
        print(
            f"\nDecide with: tierworks matches --workspace {options.workspace} decide PAIR same|not-same "
            "--by NAME --reason WHY"
        )
    return 0


def _show_customer(records: list[tuple[str, str, str]], options: argparse.Namespace) -> int:
    if not records:
        print(
            f"tierworks: no customer is called {options.customer}. Give a customer_id, or source:key.", file=sys.stderr
        )
        return 1
    print(f"{options.customer}: {len(records)} records")
    for first_id, source, key in records:
        print(f"  {first_id}  {source}  {key if options.reveal else masked('key', key)}")
    if len(records) > 1:
        print(
            f"Two of them are not one person? tierworks matches --workspace {options.workspace} decide ID/ID not-same "
            "--by NAME --reason WHY"
        )
    return 0


def _print_pair(pair: Pair, reveal: bool) -> None:
    shown = (lambda field, value: value or "–") if reveal else masked
    keys = [key if reveal else masked("key", key) for _, key in (pair.record_a, pair.record_b)]
    print(f"\n{pair.pair_id}   {pair.probability:.1%} likely one person")
    print(f"  {'':<12} {pair.customer_id_a:<30} {pair.customer_id_b:<30}")
    print(f"  {'record':<12} {pair.record_a[0] + ' ' + keys[0]:<30} {pair.record_b[0] + ' ' + keys[1]:<30}")
    for item in pair.evidence:
        values = f"{shown(item.field, item.value_a):<30} {shown(item.field, item.value_b):<30}"
        print(f"  {item.field:<12} {values} {item.agreement:<16} {item.weight:+.1f} bits")
