"""`tierworks backfill`: past dates through Airflow, one after another."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from include.cli.days import day
from include.cli.run import goes_on_without_us
from include.pipeline.backfill import DATES, MONTH_ENDS, WEEKLY, Backfill, BackfillRefused, plan_backfill
from include.pipeline.inputs import InputsInvalid, check_inputs
from include.publishing.versions import list_versions
from include.services.airflow_api import AirflowApiError
from include.services.airflow_use import airflow_in_use
from include.services.chain import ChainFailed, follow_run, wait_for_dags
from include.workspace import resolve_workspace

_STEPS = {"month": MONTH_ENDS, "week": WEEKLY}


def backfill(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace)
    wanted = Backfill(
        DATES if options.dates else _STEPS[options.step],
        options.first,
        options.last,
        tuple(options.dates),
        options.publish,
        options.score,
    )
    try:
        check_inputs(workspace)
        days = plan_backfill(workspace, wanted)
    except (BackfillRefused, InputsInvalid) as faults:
        print(f"tierworks: {faults}\ntierworks: nothing was run.", file=sys.stderr)
        return 2
    workspace.register()
    try:
        with airflow_in_use() as api:
            wait_for_dags(api, ["backfill"])
            run_id = api.trigger("backfill", _params(workspace.name, wanted))
            print(f"Telling {len(days)} past dates of {workspace.name}, {days[-1]} to {days[0]}", flush=True)
            follow_run(api, "backfill", run_id, options.timeout, lambda line: print(line, flush=True))
    except (ChainFailed, AirflowApiError, TimeoutError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return goes_on_without_us()
    if wanted.publish:
        for version in sorted(list_versions(workspace), key=lambda version: version.as_of_date):
            if version.as_of_date in days:
                print(f"  {version.as_of_date}  {version.folder / 'tierworks.duckdb'}")
    return 0


def add_parser(commands, workspace_option: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = commands.add_parser("backfill", help="tell past dates, beside what readers see")
    workspace_option(parser)
    parser.add_argument("--from", dest="first", type=day, metavar="DATE", help="first date (YYYY-MM-DD)")
    parser.add_argument("--to", dest="last", type=day, metavar="DATE", help="last date")
    parser.add_argument(
        "--step", choices=tuple(_STEPS), default="month", help="every month-end, or every week (default: %(default)s)"
    )
    parser.add_argument(
        "--date",
        dest="dates",
        type=day,
        action="append",
        default=[],
        metavar="DATE",
        help="this date, instead of a range; may be repeated",
    )
    parser.add_argument("--no-publish", dest="publish", action="store_false", help="keep no version of the dates")
    parser.add_argument("--no-score", dest="score", action="store_false", help="with --no-publish: do not score either")
    parser.add_argument("--timeout", type=float, default=86400, help="seconds before giving up (default: %(default)s)")


def _params(workspace: str, wanted: Backfill) -> dict:
    return {
        "workspace": workspace,
        "step": wanted.step,
        "first_date": wanted.first.isoformat() if wanted.first else None,
        "last_date": wanted.last.isoformat() if wanted.last else None,
        "dates": [day.isoformat() for day in wanted.dates],
        "publish": wanted.publish,
        "score": wanted.score,
    }
