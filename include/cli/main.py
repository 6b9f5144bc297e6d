"""`tierworks`: run the chain, look at what it made, bring a version back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from include.cli.days import day
from include.workspace import DEFAULT_WORKSPACE, UnknownWorkspace


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    from include.cli import (
        act,
        backfill,
        clean,
        dashboard,
        docs,
        maintain,
        matches,
        metrics,
        models,
        privacy,
        quarantine,
        register,
        report,
        rollback,
        run,
        serve,
        show_digest,
        show_status,
        simulate,
        sql,
    )

    commands = {
        "run": run.run,
        "register": register.register,
        "backfill": backfill.backfill,
        "status": show_status.status,
        "maintain": maintain.maintain,
        "rollback": rollback.rollback,
        "quarantine": quarantine.quarantine,
        "replay": quarantine.replay,
        "digest": show_digest.digest,
        "docs": docs.docs,
        "dashboard": dashboard.dashboard,
        "up": serve.up,
        "down": serve.down,
        "clean": clean.clean,
        "simulate": simulate.simulate,
        "matches": matches.matches,
        "metrics": metrics.metrics,
        "sql": sql.sql,
        "models": models.models,
        "report": report.report,
        "act": act.act,
        "privacy": privacy.privacy,
    }
    try:
        return commands[options.command](options)
    except UnknownWorkspace as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ntierworks: stopped. What was published stays; run again to go on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tierworks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    run = commands.add_parser("run", help="load, build, score and publish one workspace through Airflow")
    _workspace_option(run)
    run.add_argument(
        "--data", help="landing folder with the source files; default: the one used last, or the package's"
    )
    run.add_argument("--as-of", type=day, help="tell what was known at the end of this day (YYYY-MM-DD)")
    run.add_argument("--full-refresh", action="store_true", help="build every table anew")
    run.add_argument("--timeout", type=float, default=7200, help="seconds before giving up (default: %(default)s)")

    known = commands.add_parser("register", help="make a workspace known to a running Airflow (docs/compose.md)")
    _workspace_option(known)
    known.add_argument("--data", help="landing folder with the source files; default: the one used last")

    from include.cli import act, backfill, dashboard, maintain, matches, metrics, models, privacy, report, sql

    backfill.add_parser(commands, _workspace_option)

    status = commands.add_parser("status", help="what is published, loaded, checked and modelled")
    _workspace_option(status)
    status.add_argument("--json", action="store_true", help="one JSON object on standard output")

    rollback = commands.add_parser("rollback", help="make an earlier published version the current one")
    _workspace_option(rollback)
    rollback.add_argument("--to", help="build id; default: the version published before the current one")

    waiting = commands.add_parser("quarantine", help="rows that were set aside and wait for a fix")
    replay = commands.add_parser("replay", help="bring rows of the quarantine in after a fix")
    for command in (waiting, replay):
        _workspace_option(command)
        command.add_argument("--source", help="only this source")
        command.add_argument("--table", help="only this table")
    waiting.add_argument("--reason", metavar="CODE", help="only rows with this reason, such as wrong_type")
    waiting.add_argument("--limit", type=int, default=10, help="rows to show (default: %(default)s)")
    waiting.add_argument("--export", type=Path, metavar="FILE", help="write whole rows of one table as a CSV sheet")
    replay.add_argument("--file", type=Path, metavar="FILE", help="sheet of `quarantine --export` with rows corrected")
    replay.add_argument("--by", metavar="NAME", help="who corrected them (default: your user name)")

    digest = commands.add_parser("digest", help="order-free hash of every published table")
    _workspace_option(digest)

    docs = commands.add_parser("docs", help="write the dbt docs (lineage) and the data dictionary, and say where")
    _workspace_option(docs)

    dashboard.add_parser(commands, _workspace_option)

    up = commands.add_parser("up", help="start Airflow, MLflow, the dashboard, dbt docs and Data Docs for looking at")
    _workspace_option(up)
    up.add_argument("--data", help=argparse.SUPPRESS)
    up.add_argument("--as-of", help=argparse.SUPPRESS)
    commands.add_parser("down", help="stop what `up` started")

    matches.add_parser(commands, _workspace_option)
    metrics.add_parser(commands, _workspace_option)
    sql.add_parser(commands, _workspace_option)
    models.add_parser(commands, _workspace_option)
    report.add_parser(commands, _workspace_option)
    maintain.add_parser(commands, _workspace_option)
    act.add_parser(commands, _workspace_option)
    privacy.add_parser(commands, _workspace_option)

    clean = commands.add_parser("clean", help="remove what can be rebuilt; crosswalk, decisions and models stay")
    clean.add_argument("--workspace", help="only this workspace; default: all of them")

    simulate = commands.add_parser("simulate", help="make a CRM by stated laws, as files or in a PostgreSQL database")
    simulate.add_argument("--customers", type=int, default=2000, help="people (default: %(default)s)")
    simulate.add_argument("--seed", type=int, default=7, help="another seed, another world (default: %(default)s)")
    simulate.add_argument("--from", dest="first", type=day, help="first day (default: 2024-01-01)")
    simulate.add_argument("--to", dest="last", type=day, help="last day (default: 2025-06-30)")
    simulate.add_argument("--day", type=day, help="as it stands at the end of this day (default: the last)")
    simulate.add_argument(
        "--only", action="append", default=[], metavar="TABLE", help="only this table; may be repeated"
    )
    simulate.add_argument("--format", choices=("csv", "parquet", "jsonl"), help="of all files (default: mixed)")
    simulate.add_argument(
        "--actions", metavar="FOLDER", help="files of actions that `act` wrote back: they were done, and have effects"
    )
    place = simulate.add_mutually_exclusive_group(required=True)
    place.add_argument("--out", help="folder for the files, which does not exist yet")
    place.add_argument(
        "--postgres-connection", metavar="NAME", help="bring the database of this connection up to the day"
    )
    return parser


def _workspace_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workspace", default=DEFAULT_WORKSPACE, help="name, or folder of declarations (default: %(default)s)"
    )


if __name__ == "__main__":
    sys.exit(main())
