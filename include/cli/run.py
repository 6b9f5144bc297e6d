"""`tierworks run`: the whole chain through Airflow, with live progress and a short result."""

from __future__ import annotations

import argparse
import sys

from include.cli.result import print_result
from include.pipeline.inputs import InputsInvalid, check_inputs
from include.reporting.airflow_share import airflow_share
from include.services.airflow import running_airflow, start_airflow, stop_airflow
from include.services.airflow_api import AirflowApiError
from include.services.chain import ChainFailed, follow_chain, start_chain
from include.workspace import resolve_workspace


def run(options: argparse.Namespace) -> int:
    workspace = resolve_workspace(options.workspace, options.data)
    try:
        check_inputs(workspace)
    except InputsInvalid as faults:
        print(f"tierworks: {faults}\ntierworks: nothing was run.", file=sys.stderr)
        return 2
    workspace.register()
    was_running = running_airflow() is not None
    conf = {
        "workspace": workspace.name,
        "as_of_date": options.as_of.isoformat() if options.as_of else None,
        "full_refresh": options.full_refresh,
    }
    try:
        api = start_airflow()
        chain = start_chain(api, conf)
        print(f"Running {workspace.name}: load, build, score, publish", flush=True)
        follow_chain(api, chain, workspace.name, options.timeout, lambda line: print(line, flush=True))
        print_result(workspace, airflow_share(workspace, chain))
    except (ChainFailed, AirflowApiError, TimeoutError) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 1
    finally:
        if not was_running:
            stop_airflow()
    return 0
